"""What the network sees of a text, with a tokenizer of a few words."""

import numpy as np
import pytest

pytest.importorskip("tokenizers", reason="features need the tokenizers library")

from bioweft.records import ENTITY_TYPES
from bioweft.tag.features import CHARACTERS, SHAPES, Features, Words, features
from tests.train import tiny

UPPER, ALL_UPPER, MIXED, DIGIT, NUMBER, MARK, NOT_ASCII, SINGLE, APART = range(SHAPES)


def one(text: str) -> Features:
    (found,) = features([text], tiny.words())
    return found


def words(text: str) -> list[str]:
    found = one(text)
    return [text[a:b] for a, b in zip(found.starts, found.ends, strict=True)]


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("IL-6 binds.", ["IL", "-", "6", "binds", "."]),
        ("TNF-α (5 mg)", ["TNF", "-", "α", "(", "5", "mg", ")"]),
        ("a\n b", ["a", "b"]),
        ("", []),
    ],
)
def test_tokens(text: str, tokens: list[str]) -> None:
    assert words(text) == tokens


def test_pieces_of_tokens() -> None:
    found = one("gene genes x")
    assert [tiny.tokenizer().id_to_token(piece) for piece in found.pieces] == [
        "[CLS]", "gene", "gene", "##s", "[UNK]", "[SEP]"
    ]  # fmt: skip
    assert found.first.tolist() == [1, 2, 4]


def test_shapes() -> None:
    found = one("Ab ABC mTOR 12 p53 - β")
    flags = [set(np.flatnonzero(row).tolist()) for row in found.shapes]
    assert flags == [
        {UPPER, APART},
        {UPPER, ALL_UPPER, APART},
        {MIXED, APART},
        {DIGIT, NUMBER, APART},
        {DIGIT, APART},
        {MARK, SINGLE, APART},
        {NOT_ASCII, SINGLE, APART},
    ]
    assert one("IL-6").shapes[:, APART].tolist() == [1, 0, 0]


def test_characters_of_a_long_token_are_its_ends() -> None:
    short, long = one("abcdefghij tuvwxy").characters, one("abcdefghijklmnopqrstuvwxy").characters
    assert long.shape == (1, CHARACTERS)
    assert long[0].tolist() == [*short[0][:10].tolist(), *short[1][:6].tolist()]


def test_terms_that_dictionaries_list() -> None:
    (found,) = features(["the IL-6 gene"], tiny.words(), [[(4, 8, "gene"), (9, 13, "plant"), (9, 13, "disease")]])
    begin, goes_on = (2 * ENTITY_TYPES.index("gene") + part for part in (0, 1))
    assert found.listed[:, begin].tolist() == [0, 1, 0, 0, 0]
    assert found.listed[:, goes_on].tolist() == [0, 0, 1, 1, 0]
    assert found.listed.sum() == 4  # of types that are not among the six, nothing
    assert found.covered(5, 9) == (1, 4)


def test_a_text_does_not_depend_on_its_neighbours() -> None:
    alone, among = one("gene x"), features(["genes genes genes", "gene x"], tiny.words())[1]
    for name in ("pieces", "first", "characters", "shapes", "listed", "starts", "ends"):
        assert getattr(alone, name).tolist() == getattr(among, name).tolist()


def test_words_that_come_again_are_seen_as_before() -> None:
    texts = ["gene x", "genes in mice", "gene genes mice fever", "x"]
    few = Words(tiny.tokenizer(), most=3)  # so few that they are forgotten in between
    for text in (*texts, *texts):
        (found,) = features([text], few)
        for name in ("pieces", "first", "characters", "shapes"):
            assert getattr(found, name).tolist() == getattr(one(text), name).tolist()


@pytest.mark.parametrize("text", ["a" + "\u0301\u0308" * 50_000, "ab" * 50_000, "5" * 100_000])
def test_a_token_without_end_has_few_pieces(text: str) -> None:
    found = one(text)
    assert len(found.starts) <= 2
    assert found.ends[-1] == len(text)
    assert len(found.pieces) < 600
