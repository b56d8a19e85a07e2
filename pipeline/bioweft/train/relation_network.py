"""The network for relations: attention beside graph convolution over dependency trees, then a reading of pairs.

After BioIE (arXiv 2110.13683): a graph layer adds what a token's neighbours in the trees say to what multi-head
attention, a soft adjacency, brings from the whole stretch. Then the encoder's last layers are read once more for each
pair, over its tree pruned to what is near the path, where each piece knows the role that it plays for the pair. Inputs
are those of `bioweft.relate.features`; shapes are named there: b stretches, t word pieces, m mentions, e entities,
p pairs, q questions on them.
"""

import copy
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import BertModel

from bioweft.relate.features import (
    DEPENDENCIES,
    EDGE_KINDS,
    OBJECT,
    POSITIONS,
    ROLES,
    SUBJECT,
    TEXT_DISTANCES,
    TREE_DISTANCES,
    TYPE_FLAGS,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class RelationNetworkSettings:
    """Sizes of what stands on the encoder, and parts to leave out."""

    labels: tuple[str, ...]
    corpora: tuple[str, ...]
    """The corpora in whose manner it can be asked to judge."""
    marked_layer: int = 2
    """The layer of the encoder, from 0, before which mentions are marked."""
    hidden: int = 256
    heads: int = 4
    graph_layers: int = 1
    """Layers of the graph of the whole stretch."""
    pair_layers: int = 1
    """Last layers of the encoder that are read once more for each pair, over the pieces of its own graph."""
    dropout: float = 0.1
    graph: bool = True
    """Whether a graph layer has its graph convolution."""
    attention: bool = True
    """Whether a graph layer has its attention."""


class RelationNetwork(nn.Module):
    """Scores of every label for every candidate pair, above or below a threshold."""

    def __init__(self, encoder: BertModel, settings: RelationNetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        self.encoder = encoder
        width, hidden = encoder.config.hidden_size, settings.hidden
        self.mention_type = nn.Embedding(TYPE_FLAGS, width)
        nn.init.normal_(self.mention_type.weight, std=0.02)
        self.type_state = nn.Embedding(TYPE_FLAGS, hidden)
        self.position = nn.Embedding(POSITIONS, hidden)
        self.dependency = nn.Embedding(1 + len(DEPENDENCIES), hidden)
        self.join = nn.Linear(width, hidden)
        self.norm = nn.LayerNorm(hidden)
        self.graph_layers = nn.ModuleList(_GraphLayer(hidden, settings) for _ in range(settings.graph_layers))
        self.pair_reader = _PairReader(encoder, settings)
        self.corpus = nn.Embedding(len(settings.corpora), hidden)
        self.text_distance = nn.Embedding(TEXT_DISTANCES, hidden)
        self.tree_distance = nn.Embedding(TREE_DISTANCES, hidden)
        self.query = nn.Linear(3 * hidden + 3 * width, hidden)
        self.dropout = nn.Dropout(settings.dropout)
        self.hidden = nn.Linear(4 * hidden + 3 * width, hidden)
        self.heads = nn.Linear(hidden, 1 + len(settings.labels))

    def forward(
        self, pieces: Tensor, there: Tensor, types: Tensor, positions: Tensor, dependencies: Tensor, tree: Tensor,
        join: Tensor, mentions: Tensor, entities: Tensor, pairs: Tensor, distances: Tensor, nodes: Tensor,
        roles: Tensor, asked: Tensor, corpus: Tensor,
    ) -> Tensor:  # fmt: skip
        """Return scores, shape (q, labels); a label holds where its score is above 0.

        A score is the logit of the label minus that of the threshold class (Zhou et al. 2021, ATLOP).
        """
        halfway, states = self._encoded(pieces, there, types)
        absent = (1.0 - there.float()) * -1e4
        states = self.join(self.dropout(states)) + self.type_state(types)
        states = self.norm(states + self.position(positions) + self.dependency(dependencies))
        for layer in self.graph_layers:
            states = layer(states, (tree, join), absent)
        subjects, objects = self._arguments(states, mentions, entities, pairs)
        readings = self.pair_reader(halfway, (tree, join), pairs[:, 0], nodes, roles)
        given = torch.cat((subjects, objects, subjects * objects, readings), -1)
        pair_states = self.query(given)
        pair_states = pair_states + self.text_distance(distances[..., 0]) + self.tree_distance(distances[..., 1])
        joined = torch.cat((pair_states[asked] + self.corpus(corpus), given[asked]), -1)
        logits = self.heads(self.dropout(functional.gelu(self.hidden(self.dropout(joined)))))
        scores: Tensor = logits[..., 1:] - logits[..., :1]
        return scores

    def freeze(self, layers: int) -> None:
        """Let the encoder's embeddings and its first `layers` stay as they are, and all else learn."""
        self.requires_grad_(True)
        for module in (self.encoder.embeddings, *self.encoder.encoder.layer[:layers]):
            module.requires_grad_(False)

    def _encoded(self, pieces: Tensor, there: Tensor, types: Tensor) -> tuple[Tensor, Tensor]:
        """Return the encoder's states that pairs are read from, and its last ones, shape (b, t, width) each.

        Mentions and their types are marked before a middle layer. The layers before it know nothing of mentions, so
        that they may stay as they are while the others learn.
        """
        absent = (1.0 - there.float())[:, None, None, :] * -1e4
        states: Tensor = self.encoder.embeddings(pieces)
        layers = self.encoder.encoder.layer
        for number, layer in enumerate(layers):
            if number == self.settings.marked_layer:
                states = states + self.mention_type(types)
            if number == len(layers) - self.settings.pair_layers:
                halfway = states
            states = _encoder_layer(layer, states, absent)
        return halfway, states

    def _arguments(self, states: Tensor, mentions: Tensor, entities: Tensor, pairs: Tensor) -> tuple[Tensor, Tensor]:
        """Return the states of subjects and objects, shape (p, hidden) each.

        A mention is the mean of its pieces, an entity log(sum(exp(mention))) over its mentions, a soft maximum.
        """
        mention_states = torch.bmm(mentions.to(states.dtype), states)
        outside = (1.0 - entities.to(states.dtype)).unsqueeze(-1) * -1e4
        entity_states = torch.logsumexp((mention_states.unsqueeze(1) + outside).float(), 2).to(states.dtype)
        e = entity_states.shape[1]
        flat = entity_states.flatten(0, 1)
        return flat[pairs[:, 0] * e + pairs[:, 1]], flat[pairs[:, 0] * e + pairs[:, 2]]


class _GraphLayer(nn.Module):
    """H' = norm(H + relu(sum_k A_k H W_k) + attention(H)), then a feed-forward layer.

    A_k is the adjacency of one kind of edges with self-loops, its rows divided by their sums.
    """

    def __init__(self, hidden: int, settings: RelationNetworkSettings) -> None:
        super().__init__()
        self.settings = settings
        self.neighbours = nn.Linear(hidden, EDGE_KINDS * hidden)
        self.projections = nn.Linear(hidden, 3 * hidden)
        self.output = nn.Linear(hidden, hidden)
        self.first_norm, self.second_norm = nn.LayerNorm(hidden), nn.LayerNorm(hidden)
        self.forward_layer = nn.Sequential(nn.Linear(hidden, 2 * hidden), nn.ReLU(), nn.Linear(2 * hidden, hidden))
        self.dropout = nn.Dropout(settings.dropout)
        _begin_small(self.neighbours, self.output, self.forward_layer[-1])

    def forward(self, states: Tensor, adjacency: tuple[Tensor, ...], absent: Tensor) -> Tensor:
        """Return states of the same shape (b, t, hidden); `absent`, shape (b, t), is added to scores of attention."""
        given = states
        if self.settings.graph:
            given = given + self.dropout(functional.relu(_moved(self.neighbours(states), adjacency)))
        if self.settings.attention:
            query, key, value = (_by_head(part, self.settings.heads) for part in self.projections(states).chunk(3, -1))
            attended = _attend(query, key, value, absent[:, None, None, :])
            given = given + self.dropout(self.output(attended))
        given = self.first_norm(given)
        normed: Tensor = self.second_norm(given + self.dropout(self.forward_layer(given)))
        return normed


class _PairReader(nn.Module):
    """The encoder's last layers once more over each pair's own pieces, which know their roles for the pair.

    The pieces are those of the trees, pruned to the path of the pair; before each layer what a piece's neighbours there
    say is added to it.
    """

    def __init__(self, encoder: BertModel, settings: RelationNetworkSettings) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.settings = settings
        self.role = nn.Embedding(ROLES + 1, width)
        nn.init.normal_(self.role.weight, std=0.02)
        self.layers = copy.deepcopy(encoder.encoder.layer[-settings.pair_layers :])
        self.neighbours = nn.ModuleList(nn.Linear(width, EDGE_KINDS * width) for _ in self.layers)
        _begin_small(*self.neighbours)
        self.dropout = nn.Dropout(settings.dropout)

    def forward(
        self, states: Tensor, adjacency: tuple[Tensor, ...], stretch: Tensor, nodes: Tensor, roles: Tensor
    ) -> Tensor:
        """Return for each pair the means of subject and object and the maximum of all, shape (p, 3 * width)."""
        t = states.shape[1]
        there = (nodes >= 0).to(states.dtype)
        places = nodes.clamp(min=0) + (stretch * t).unsqueeze(1)
        own = states.flatten(0, 1)[places] + self.role(roles)
        both = places.unsqueeze(2) * t + nodes.clamp(min=0).unsqueeze(1)
        pruned = [edges.flatten()[both] * there.unsqueeze(1) for edges in adjacency]
        pruned = [edges / (edges.sum(-1, keepdim=True) + 1e-6) for edges in pruned]
        absent = (1.0 - there)[:, None, None, :] * -1e4
        for layer, neighbours in zip(self.layers, self.neighbours, strict=True):
            if self.settings.graph:
                own = own + self.dropout(functional.relu(_moved(neighbours(own), pruned)))
            own = _encoder_layer(layer, own, absent)
        means = []
        for role in (SUBJECT, OBJECT):
            weights = (roles == role).to(own.dtype).unsqueeze(-1)
            means.append((own * weights).sum(1) / (weights.sum(1) + 1e-6))
        largest = (own + ((there - 1.0) * 1e4).unsqueeze(-1)).amax(1)
        return torch.cat((*means, largest), -1)


def _encoder_layer(layer: nn.Module, states: Tensor, absent: Tensor) -> Tensor:
    """Return the states after a layer of the encoder; it gives them alone or in a tuple, by version."""
    output = layer(states, absent)
    after: Tensor = output[0] if isinstance(output, tuple) else output
    return after


def _moved(shares: Tensor, adjacency: Sequence[Tensor]) -> Tensor:
    """Return the sum of A_k H W_k over the kinds k of edges; `shares` holds H W_k side by side."""
    kinds = zip(adjacency, shares.chunk(EDGE_KINDS, -1), strict=True)
    return torch.stack([torch.bmm(edges.to(share.dtype), share) for edges, share in kinds]).sum(0)


def _begin_small(*layers: nn.Module) -> None:
    """Let layers whose outputs are added to states begin with little to say, so that the states come through."""
    for layer in layers:
        assert isinstance(layer, nn.Linear)
        nn.init.normal_(layer.weight, std=0.01)
        nn.init.zeros_(layer.bias)


def _by_head(states: Tensor, heads: int) -> Tensor:
    """Return states of shape (b, n, hidden) as (b, heads, n, hidden / heads)."""
    return states.reshape(states.shape[0], -1, heads, states.shape[-1] // heads).transpose(1, 2)


def _attend(query: Tensor, key: Tensor, value: Tensor, bias: Tensor) -> Tensor:
    """Return softmax(Q K' / sqrt(width) + bias) V with the heads joined, shape (b, n, hidden)."""
    scores = query @ key.transpose(-1, -2) / query.shape[-1] ** 0.5 + bias
    attended: Tensor = (scores.softmax(-1) @ value).transpose(1, 2).flatten(2)
    return attended


def loss(scores: Tensor, labels: Tensor, known: Tensor) -> Tensor:
    """Return the adaptive-threshold loss (Zhou et al. 2021, equation 10), the mean over pairs.

    A right label is to be above the threshold class, and the threshold class above all wrong ones. `labels` and `known`
    have the shape (n, labels): 1 where a label is right, and where the pair's corpus annotates it at all.
    """
    scores = scores.float()
    threshold = torch.zeros_like(scores[:, :1])
    right = torch.where(labels > 0, scores, -1e4)
    # log softmax of each right label among the right ones and the threshold
    above = scores - torch.logsumexp(torch.cat((threshold, right), -1), -1, keepdim=True)
    wrong = torch.where((labels == 0) & (known > 0), scores, -1e4)
    below = torch.logsumexp(torch.cat((threshold, wrong), -1), -1)
    return (below - (above * labels).sum(-1)).mean()
