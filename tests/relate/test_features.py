"""The input of the relation network: pieces, graph, roles and pairs."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from bioweft.relate.features import INPUTS, LONGEST, NODES, OBJECT, ROLES, SUBJECT, padded
from tests.relate.graphs import document, stretches
from tests.train import tiny

WORDS = ["sanirin", "abc1", "fever", "binds", "the", "in", "mice", "rx2", "gene", "."]
TEXTS = st.lists(st.sampled_from(WORDS), max_size=30).map(" ".join)


def test_mentions_are_marked_where_they_stand() -> None:
    (stretch,) = stretches(document())
    names = [[tiny.WORDS[piece] for piece in stretch.pieces[low:high]] for low, high, _ in stretch.mentions]
    assert ["sanirin"] in names
    assert names.count(["abc1"]) == 2
    assert set(stretch.positions[1:6].tolist()) == {0}  # the title
    assert (stretch.roles[0] == SUBJECT).sum() == 2
    assert (stretch.roles[0] == OBJECT).sum() == 2


@given(TEXTS, TEXTS)
@settings(deadline=None, max_examples=60)
def test_any_document(title: str, abstract: str) -> None:
    annotated = document(title, abstract)
    for stretch in stretches(annotated):
        t = len(stretch.pieces)
        assert t <= LONGEST
        for (subject, object_), roles, nodes in zip(stretch.pairs, stretch.roles, stretch.nodes, strict=True):
            assert {SUBJECT, OBJECT} <= set(roles.tolist())
            assert subject != object_
            assert 2 <= len(nodes) <= NODES
            assert (np.diff(nodes) > 0).all()
            assert nodes[-1] < t
            assert roles.max() < ROLES
            assert roles.shape == nodes.shape


@given(TEXTS, TEXTS)
@settings(deadline=None, max_examples=40)
def test_adjacency_is_symmetric_with_self_loops(title: str, abstract: str) -> None:
    batch = stretches(document(title, abstract))
    if not batch:
        return
    inputs = dict(zip(INPUTS, padded(batch), strict=True))
    for kind in ("tree", "join"):
        edges = inputs[kind] > 0
        assert (edges == edges.transpose(0, 2, 1)).all()
        assert edges[:, np.arange(edges.shape[1]), np.arange(edges.shape[1])].all()
        assert np.allclose(inputs[kind].sum(-1), 1.0)


def test_a_document_without_pairs_gives_nothing() -> None:
    assert stretches(document("Fever in mice.", "")) == []
    assert stretches(document("", "")) == []


def test_a_long_document_is_cut_between_sentences() -> None:
    annotated = document("Sanirin binds abc1.", "Sanirin binds the gene abc1 in fever. " * 120)
    cut = stretches(annotated)
    assert len(cut) > 1
    assert all(len(stretch.pieces) <= LONGEST for stretch in cut)


def test_offsets_of_the_document_change_nothing() -> None:
    (first,), (second,) = (
        stretches(document("Mice in.", "Sanirin binds abc1.")),
        stretches(document("", "Sanirin binds abc1.")),
    )
    assert first.roles[0][-5:].tolist() == second.roles[0][-5:].tolist()
    assert first.distances.tolist() == second.distances.tolist()
