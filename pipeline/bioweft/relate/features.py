"""The input of the relation network for a stretch of a document: word pieces, mentions, graph and candidate pairs.

A stretch is some sentences of a document, one after another as one sequence of word pieces. Nodes of the graph are the
pieces; its edges are those of the dependency trees, and joins between sentences. Training and running share this
module, which needs no torch.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from bioweft.records import ENTITY_TYPES, AnnotatedDocument

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from bioweft.relate.parser import Parse

LONGEST = 512
"""Word pieces of a stretch, the marks of begin and end included."""

TYPE_FLAGS = 1 + 2 * len(ENTITY_TYPES)
"""Flags of a piece: 0 outside all mentions, else a mention of a type begins here or goes on here."""

POSITIONS = 8
"""Flags of where a piece's sentence stands: 0 in the title, then from the first to the last part of the document."""

TREE, JOIN = 0, 1
"""Kinds of edges: within a sentence's tree; between roots of successive sentences or mentions of one entity."""

EDGE_KINDS = 2

DEPENDENCIES = (
    "acl acomp advcl advmod agent amod appos attr aux auxpass case cc ccomp compound conj csubj csubjpass dative dep"
    " det dobj expl intj mark meta neg nmod npadvmod nsubj nsubjpass nummod oprd parataxis pcomp pobj poss preconj"
    " predet prep prt punct quantmod relcl root xcomp"
).split()
"""Labels of dependency trees that the network knows, in the order of their numbers from 1; 0 is any other."""

_DEPENDENCY = {label: number for number, label in enumerate(DEPENDENCIES, start=1)}

FAR = 3
"""Distance from a path in the tree from which on all distances count alike."""

_ELSEWHERE, _WITH_SUBJECT, _WITH_OBJECT, SUBJECT, OBJECT, _WITH_BOTH = range(6)
ROLES = _WITH_BOTH + 3 * (FAR + 1)
"""Roles that a piece can play for a pair.

It stands in a sentence without subject and object, or with one of the two, or is part of a mention of the subject or of
the object, or it stands in a sentence with both: then the role tells its distance in the tree from the path between
the two, and whether it stands before, between or after them.
"""


TEXT_DISTANCES = 20
"""Distances in the text: twice the number of bits of that in pieces, and one more where the subject is first."""

TREE_DISTANCES = 12
"""Lengths of the path in the tree, from 1; 0 where no sentence holds both."""


NODES = 32
"""The most pieces that a pair's own graph has: the mentions and what is nearest to the path between them."""


@dataclass(frozen=True, slots=True)
class Features:
    """A stretch of t word pieces, m mentions, e entities and p candidate pairs."""

    pieces: NDArray[np.int32]
    """Ids of the word pieces, the marks of begin and end included, shape (t,)."""
    types: NDArray[np.uint8]
    """Shape (t,), below `TYPE_FLAGS`."""
    positions: NDArray[np.uint8]
    """Shape (t,), below `POSITIONS`."""
    dependencies: NDArray[np.uint8]
    """Labels of the tokens that the pieces belong to, shape (t,)."""
    edges: NDArray[np.int32]
    """From piece, to piece, kind; each in both directions, without self-loops, shape (n, 3)."""
    mentions: NDArray[np.int32]
    """First piece, end of pieces and entity of each mention of an entity, shape (m, 3)."""
    pairs: NDArray[np.int32]
    """Subject and object as numbers of entities, shape (p, 2)."""
    places: NDArray[np.int32]
    """Which of the given pairs each is, shape (p,)."""
    corpus: NDArray[np.int32]
    """Number of the corpus in whose manner each pair is to be judged, shape (p,)."""
    distances: NDArray[np.uint8]
    """Of the nearest mentions of each pair, in the text and in the tree, shape (p, 2)."""
    nodes: list[NDArray[np.int32]]
    """The pieces of each pair's own graph, in order, at most `NODES`."""
    roles: list[NDArray[np.uint8]]
    """The roles of these pieces for the pair, below `ROLES`."""

    @property
    def entities(self) -> int:
        """Number of entities."""
        return int(self.mentions[:, 2].max(initial=-1)) + 1


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence of t word pieces: where they stand in the document, and its tree."""

    number: int
    pieces: NDArray[np.int32]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]
    token: NDArray[np.int64]
    """The token of its tree that each piece belongs to, shape (t,)."""
    heads: NDArray[np.int64]
    """Heads of the n tokens, shape (n,); the root's is itself."""
    labels: Sequence[str]


def features(
    document: AnnotatedDocument,
    parses: "Mapping[int, Parse]",
    entities: Sequence[Sequence[int]],
    pairs: Sequence[tuple[int, int, int]],
    tokenizer: "Tokenizer",
) -> Iterator[Features]:
    """Yield the stretches of a document that hold candidate pairs: one, or several of a document that is too long.

    A pair whose entities share no stretch is in none.

    Args:
        document: with sentences and mentions.
        parses: by the place of a sentence, its tree; sentences without one are left out.
        entities: the mentions of each entity, as places in the document's mentions.
        pairs: of each candidate pair, subject and object as places in `entities`, and the number of the corpus in whose
            manner it is to be judged.
        tokenizer: of the network.
    """
    mentions = [(document.mentions[place], entity) for entity, places in enumerate(entities) for place in places]
    mentions.sort(key=lambda item: (item[0].start, item[0].end, item[1]))
    sentences = _sentences(document, parses, tokenizer)
    marks = tokenizer.encode("", add_special_tokens=True).ids
    for stretch in _stretches(sentences):
        made = _Stretch(document, stretch, marks)
        made.add_mentions([(mention.start, mention.end, mention.type, entity) for mention, entity in mentions])
        if stretch_features := made.features(pairs):
            yield stretch_features


def _sentences(
    document: AnnotatedDocument, parses: "Mapping[int, Parse]", tokenizer: "Tokenizer"
) -> Iterator[_Sentence]:
    numbers = sorted(number for number, parse in parses.items() if parse.heads)
    texts = [document.document.text[slice(*document.sentences[number])] for number in numbers]
    for number, encoding in zip(numbers, tokenizer.encode_batch(texts, add_special_tokens=False), strict=True):
        longest = LONGEST - 2
        offsets = np.array(encoding.offsets, np.int64).reshape(-1, 2)[:longest] + document.sentences[number][0]
        starts = np.array(parses[number].starts, np.int64)
        yield _Sentence(
            number,
            pieces=np.array(encoding.ids[:longest], np.int32),
            starts=offsets[:, 0],
            ends=offsets[:, 1],
            token=np.maximum(np.searchsorted(starts, offsets[:, 0], "right") - 1, 0),
            heads=np.array(parses[number].heads, np.int64),
            labels=parses[number].labels,
        )


def _stretches(sentences: Iterable[_Sentence]) -> Iterator[list[_Sentence]]:
    """Yield as many sentences at a time as the network can read."""
    stretch: list[_Sentence] = []
    length = 2
    for sentence in sentences:
        if stretch and length + len(sentence.pieces) > LONGEST:
            yield stretch
            stretch, length = [], 2
        stretch.append(sentence)
        length += len(sentence.pieces)
    if stretch:
        yield stretch


class _Stretch:
    """Sentences of a document as one sequence of pieces, between the marks of begin and end."""

    def __init__(self, document: AnnotatedDocument, sentences: Sequence[_Sentence], marks: Sequence[int]) -> None:
        begin, end = (np.array([mark], np.int32) for mark in marks)
        self.sentences = sentences
        self.pieces = np.concatenate((begin, *(sentence.pieces for sentence in sentences), end))
        lengths = [len(sentence.pieces) for sentence in sentences]
        self.bounds = np.cumsum([1, *lengths])
        """Where the pieces of each sentence begin, and where the last ones end."""
        self.starts = np.concatenate([sentence.starts for sentence in sentences])
        self.ends = np.concatenate([sentence.ends for sentence in sentences])
        self.types = np.zeros(len(self.pieces), np.uint8)
        self.positions = np.zeros(len(self.pieces), np.uint8)
        self.dependencies = np.zeros(len(self.pieces), np.uint8)
        self.edges: list[tuple[int, int, int]] = []
        self.mentions: list[tuple[int, int, int]] = []
        self.distances = [_distances(sentence.heads) for sentence in sentences]
        title = document.document.passages[0] if document.document.passages else None
        title_end = len(title.text) if title is not None and title.kind == "title" else 0
        for sentence, low, high in zip(sentences, self.bounds, self.bounds[1:], strict=False):
            in_title = bool(len(sentence.starts)) and sentence.starts[0] < title_end
            share = sentence.number * (POSITIONS - 1) // max(1, len(document.sentences))
            self.positions[low:high] = 0 if in_title else 1 + share
            numbers = np.array([_DEPENDENCY.get(label, 0) for label in sentence.labels], np.uint8)
            self.dependencies[low:high] = numbers[sentence.token]
            self.edges += _tree(sentence, int(low))
        roots = [int(low) + _first_piece(sentence, _root(sentence.heads)) for sentence, low in
                 zip(sentences, self.bounds, strict=False)]  # fmt: skip
        self.edges += [(one, next_one, JOIN) for one, next_one in pairwise(roots)]

    def add_mentions(self, mentions: Sequence[tuple[int, int, str, int]]) -> None:
        """Take the mentions (start, end, type, entity) that stand in the stretch."""
        first_of_entity: dict[int, int] = {}
        for start, end, type_, entity in mentions:
            low, high = int(np.searchsorted(self.ends, start, "right")), int(np.searchsorted(self.starts, end, "left"))
            if low >= high or self.starts[low] >= end:  # it stands in another stretch, or gives no piece
                continue
            low, high = low + 1, high + 1  # the mark of begin
            flag = 1 + 2 * ENTITY_TYPES.index(type_) if type_ in ENTITY_TYPES else 0
            if flag:
                self.types[low] = flag
                self.types[low + 1 : high] = flag + 1
            self.mentions.append((low, high, entity))
            if first_of_entity.setdefault(entity, low) != low:
                self.edges.append((first_of_entity[entity], low, JOIN))

    def features(self, pairs: Sequence[tuple[int, int, int]]) -> Features | None:
        """Return the features of the pairs whose entities both stand here, None where there are none."""
        present = sorted({entity for _, _, entity in self.mentions})
        number = {entity: place for place, entity in enumerate(present)}
        kept = [
            (place, number[s], number[o], corpus)
            for place, (s, o, corpus) in enumerate(pairs)
            if s in number and o in number
        ]
        if not kept:
            return None
        mentions = np.array([(low, high, number[entity]) for low, high, entity in self.mentions], np.int32)
        shown = [self._shown(mentions[mentions[:, 2] == s], mentions[mentions[:, 2] == o]) for _, s, o, _ in kept]
        nodes = [_nodes(roles) for _, roles in shown]
        edges = np.array(self.edges, np.int32).reshape(-1, 3)
        edges = np.concatenate((edges, edges[:, [1, 0, 2]]))
        return Features(
            pieces=self.pieces,
            types=self.types,
            positions=self.positions,
            dependencies=self.dependencies,
            edges=np.unique(edges[edges[:, 0] != edges[:, 1]], axis=0),
            mentions=mentions,
            pairs=np.array([(s, o) for _, s, o, _ in kept], np.int32),
            places=np.array([place for place, *_ in kept], np.int32),
            corpus=np.array([corpus for *_, corpus in kept], np.int32),
            distances=np.array([distances for distances, _ in shown], np.uint8),
            nodes=nodes,
            roles=[roles[chosen] for (_, roles), chosen in zip(shown, nodes, strict=True)],
        )

    def _shown(
        self, subjects: NDArray[np.int32], objects: NDArray[np.int32]
    ) -> tuple[tuple[int, int], NDArray[np.uint8]]:
        """Return the distances of a pair with mentions of shape (k, 3), and the role of each piece for it."""
        roles = np.zeros(len(self.pieces), np.uint8)
        path = 0
        for i in range(len(self.sentences)):
            low, high = int(self.bounds[i]), int(self.bounds[i + 1])
            with_subject = subjects[(subjects[:, 0] >= low) & (subjects[:, 0] < high)]
            with_object = objects[(objects[:, 0] >= low) & (objects[:, 0] < high)]
            if len(with_subject) and len(with_object):
                distance, length = self._path(i, with_subject, with_object)
                path = min(path or TREE_DISTANCES, 1 + length, TREE_DISTANCES - 1)
                side = _sides(high - low, with_subject - low, with_object - low)
                roles[low:high] = _WITH_BOTH + 3 * distance + side
            elif len(with_subject):
                roles[low:high] = _WITH_SUBJECT
            elif len(with_object):
                roles[low:high] = _WITH_OBJECT
        for low, high, _ in subjects:
            roles[low:high] = SUBJECT
        for low, high, _ in objects:
            roles[low:high] = OBJECT
        s, o = _nearest(subjects, objects)
        bits = min(abs(s - o).bit_length(), TEXT_DISTANCES // 2 - 1)
        return (2 * bits + (s < o), path), roles

    def _path(self, i: int, subjects: NDArray[np.int32], objects: NDArray[np.int32]) -> tuple[NDArray[np.int64], int]:
        """Return how far each piece of sentence i is from the nearest path from subject to object, and its length."""
        sentence, low = self.sentences[i], int(self.bounds[i])
        distances = self.distances[i]
        subject_tokens, object_tokens = (
            np.array([_head_token(sentence, first - low, end - low) for first, end, _ in mentions])
            for mentions in (subjects, objects)
        )
        lengths = distances[np.ix_(subject_tokens, object_tokens)]
        # In a tree, d(t, s) + d(t, o) - d(s, o) is twice the distance of t from the path between s and o.
        twice = distances[subject_tokens][:, None, :] + distances[object_tokens][None, :, :] - lengths[..., None]
        nearest = np.minimum(twice.min((0, 1)) // 2, FAR)
        return nearest[sentence.token], int(lengths.min())


def _distances(heads: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the number of edges between any two tokens of a tree, shape (n, n); the root is its own head.

    Tokens are taken from the root down: a token is one edge farther from all that are placed already than its head.
    """
    n = len(heads)
    distances = np.zeros((n, n), np.int64)
    children: list[list[int]] = [[] for _ in range(n)]
    for token, head in enumerate(heads):
        if token != head:
            children[head].append(token)
    placed = [_root(heads)]
    for token in placed:
        for child in children[token]:
            row = distances[token, placed] + 1
            distances[child, placed] = row
            distances[placed, child] = row
            placed.append(child)
    return distances


def _root(heads: NDArray[np.int64]) -> int:
    return int(np.flatnonzero(heads == np.arange(len(heads)))[0])


def _first_piece(sentence: _Sentence, token: int) -> int:
    """Return the first piece of a token; of a token without pieces, that of the piece before it."""
    place = int(np.searchsorted(sentence.token, token))
    return max(0, min(place, len(sentence.token) - 1))


def _tree(sentence: _Sentence, low: int) -> Iterator[tuple[int, int, int]]:
    """Yield the edges of a sentence whose pieces begin at `low`.

    The first piece of a token is joined to that of its head, and each further piece of a token to its first.
    """
    heads = sentence.heads
    for piece, token in enumerate(sentence.token):
        first = _first_piece(sentence, token)
        end = first if piece != first else _first_piece(sentence, heads[token])
        if end != piece:
            yield low + piece, low + end, TREE


def _head_token(sentence: _Sentence, first: int, end: int) -> int:
    """Return the token of a mention that the others depend on: the first whose own head lies outside."""
    tokens = sentence.token[first:end]
    for token in tokens:
        head = sentence.heads[token]
        if head == token or not tokens[0] <= head <= tokens[-1]:
            return int(token)
    return int(tokens[0])


def _sides(length: int, subjects: NDArray[np.int32], objects: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return 0 for pieces before the nearest two mentions of a pair, 1 for those between them, 2 for those after."""
    low, high = sorted(_nearest(subjects, objects))
    places = np.arange(length)
    return (places >= low).astype(np.int64) + (places > high)


def _nodes(roles: NDArray[np.uint8]) -> NDArray[np.int32]:
    """Return the pieces of a pair's own graph: its tree pruned to what is near the path (Zhang et al. 2018, C-GCN).

    Mentions come first, then pieces by their distance from the path; where no sentence holds both, those nearest to a
    mention.
    """
    mentions = np.flatnonzero((roles == SUBJECT) | (roles == OBJECT))
    places = np.arange(len(roles))
    gaps = np.abs(places[:, None] - mentions[None, :]).min(1)
    in_both = (roles.astype(np.int64) - _WITH_BOTH) // 3
    order = np.where(roles >= _WITH_BOTH, 1 + in_both, 2 + FAR + gaps)
    order[mentions] = 0
    order[roles == _ELSEWHERE] = len(roles) + FAR + 2
    nearest = np.argsort(order, kind="stable")[:NODES]
    return np.sort(nearest[order[nearest] < len(roles) + FAR + 2]).astype(np.int32)


def _nearest(subjects: NDArray[np.int32], objects: NDArray[np.int32]) -> tuple[int, int]:
    """Return where the two mentions of a pair that are nearest to each other begin."""
    gaps = np.abs(subjects[:, None, 0] - objects[None, :, 0])
    s, o = np.unravel_index(int(gaps.argmin()), gaps.shape)
    return int(subjects[s, 0]), int(objects[o, 0])


INPUTS = (
    "pieces", "there", "types", "positions", "dependencies", "tree", "join", "mentions", "entities", "pairs",
    "distances", "nodes", "roles", "asked", "corpus",
)  # fmt: skip
"""Names of what the network takes, in its order."""


def padded(batch: Sequence[Features]) -> tuple[NDArray[np.generic], ...]:
    """Return `INPUTS` for b stretches of at most t pieces, m mentions and e entities, with q questions on p pairs.

    Shapes: pieces, there (1 where a piece is), types, positions, dependencies (b, t); tree and join, adjacency with
    self-loops, each row divided by its sum (b, t, t); mentions, which averages pieces (b, m, t); entities, 1 where a
    mention is one of an entity's (b, e, m). Of the pairs: pairs, the stretch, subject and object (p, 3); distances
    (p, 2); nodes and their roles, with -1 and `ROLES` for padding (p, k). Of the questions, one stretch after the
    other: asked, the pair (q,), and the corpus (q,). A pair that two corpora are asked about is read once.
    """
    b, t = len(batch), max(len(item.pieces) for item in batch)
    m, e = max(len(item.mentions) for item in batch), max(item.entities for item in batch)
    pieces, there, types, positions, dependencies = (np.zeros((b, t), np.int64) for _ in range(5))
    adjacency = np.zeros((EDGE_KINDS, b, t, t), np.float32)
    adjacency[:, :, np.arange(t), np.arange(t)] = 1
    mentions, entities = np.zeros((b, m, t), np.float32), np.zeros((b, e, m), np.float32)
    for i, item in enumerate(batch):
        n = len(item.pieces)
        pieces[i, :n], there[i, :n] = item.pieces, 1
        types[i, :n], positions[i, :n], dependencies[i, :n] = item.types, item.positions, item.dependencies
        adjacency[item.edges[:, 2], i, item.edges[:, 0], item.edges[:, 1]] = 1
        for number, (low, high, entity) in enumerate(item.mentions):
            mentions[i, number, low:high] = 1 / (high - low)
            entities[i, entity, number] = 1
    adjacency /= adjacency.sum(-1, keepdims=True)
    stretch = np.repeat(np.arange(b), [len(item.pairs) for item in batch])
    questions = np.concatenate((stretch[:, None], np.concatenate([item.pairs for item in batch])), 1)
    pairs, first, asked = np.unique(questions, axis=0, return_index=True, return_inverse=True)
    all_nodes = [nodes for item in batch for nodes in item.nodes]
    all_roles = [roles for item in batch for roles in item.roles]
    shape = len(pairs), max(map(len, all_nodes))
    nodes, roles = np.full(shape, -1, np.int64), np.full(shape, ROLES, np.int64)
    for i, place in enumerate(first):
        n = len(all_nodes[place])
        nodes[i, :n], roles[i, :n] = all_nodes[place], all_roles[place]
    return (
        pieces, there, types, positions, dependencies, *adjacency, mentions, entities, pairs.astype(np.int64),
        np.concatenate([item.distances for item in batch])[first].astype(np.int64), nodes, roles,
        asked.reshape(-1).astype(np.int64), np.concatenate([item.corpus for item in batch]).astype(np.int64),
    )  # fmt: skip


def by_stretch(values: NDArray[np.float32], batch: Sequence[Features]) -> list[NDArray[np.float32]]:
    """Return the outputs for the pairs of a batch, shape (p, ...), as one array a stretch."""
    return np.split(values, np.cumsum([len(item.pairs) for item in batch])[:-1])
