"""Sentences as flat arrays: tags of tokens, and batches that are what the network sees at run time."""

from collections import Counter
from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

from hypothesis import given
from hypothesis import strategies as st

from bioweft.tag.features import INPUTS, features, padded
from bioweft.train import examples as module
from bioweft.train.examples import LABELS, UNKNOWN, Batch, Example, Span
from tests.train import tiny
from tests.train.sentences import EXAMPLES, example

GENE, CHEMICAL, DISEASE = (LABELS.index(label) for label in ("gene", "chemical", "disease"))
MASK = tiny.WORDS.index("[MASK]")


def tags(sentence: Example) -> np.ndarray:
    return tiny.encoded([sentence]).tags


def batch(*sentences: Example) -> Batch:
    return tiny.encoded(sentences).batch(np.arange(len(sentences)), np.zeros(len(sentences), np.int64))


def test_labels_that_are_not_annotated_are_unknown() -> None:
    of_tokens = tags(EXAMPLES[0])
    assert of_tokens[:, GENE].tolist() == [1, 0, 0, 0]
    assert of_tokens[:, CHEMICAL].tolist() == [0, 0, 1, 0]
    assert (of_tokens[:, DISEASE] == UNKNOWN).all()


def test_a_span_within_tokens_covers_them_whole() -> None:
    assert tags(example("the abc1-binds", ("bc1-b", "gene")))[:, GENE].tolist() == [0, 1, 2, 2]


def test_what_is_unsure_is_unknown() -> None:
    assert tags(example("the abc1 binds", unsure="abc1"))[:, GENE].tolist() == [0, UNKNOWN, 0]


def test_of_overlapping_spans_the_longer_counts() -> None:
    of_tokens = tags(example("the abc1 gene", ("abc1", "gene"), ("abc1 gene", "gene")))
    assert of_tokens[:, GENE].tolist() == [0, 1, 2]


texts = st.lists(st.sampled_from([*tiny.WORDS[5:], "Abc1", "ABC1", "-", "é", "\u00ad", "x" * 40]), max_size=12)


@given(st.lists(texts, min_size=1, max_size=4), st.randoms())
def test_a_batch_is_what_the_network_sees_at_run_time(sentences: list[list[str]], chance: object) -> None:
    joined = [(" " if chance.random() < 0.7 else "").join(words) for words in [["mice"], *sentences]]  # type: ignore[attr-defined]
    listed = [(Span(0, len(text), "gene"),) if text else () for text in joined]
    encoded = tiny.encoded([example(text, listed=spans) for text, spans in zip(joined, listed, strict=True)])
    seen = encoded.batch(np.arange(len(joined)), np.arange(len(joined)))
    terms = [[(span.start, span.end, span.label) for span in spans] for spans in listed]
    expected = padded(features(joined, tiny.words(), terms), list(range(len(joined))))
    names = ("pieces", "there", "first", "tokens", "shapes", "listed", "guideline")
    given_, wanted = (
        {name: np.asarray(array) for name, array in zip(INPUTS, arrays, strict=True)}
        for arrays in (seen.inputs(), expected)
    )
    for name in names:
        assert given_[name].tolist() == wanted[name].tolist(), name
    spelt = [one["spellings"][one["spelling"]] for one in (given_, wanted)]
    assert spelt[0].tolist() == spelt[1].tolist()
    assert encoded.lengths.tolist() == seen.there.sum(1).tolist()


def test_terms_are_forgotten_one_by_one_or_at_once() -> None:
    text = "abc1 binds sanirin in the mice"
    terms = [Span(0, 4, "gene"), Span(11, 18, "chemical"), Span(22, 30, "species")]
    of = batch(example(text, listed=tuple(terms)))
    whole = [batch(example(text, listed=some)).terms.tolist() for some in powerset(terms)]
    kept = Counter(whole.index(of.forget(0.3, np.random.default_rng(n)).terms.tolist()) for n in range(2000))
    assert set(kept) == set(range(8))
    assert kept[0] / 2000 == pytest.approx(0.3 + 0.7 * 0.3**3, abs=0.04)
    assert kept[7] / 2000 == pytest.approx(0.7**4, abs=0.04)
    assert of.terms.tolist() == whole[7]


def powerset(terms: list[Span]) -> list[tuple[Span, ...]]:
    return [some for size in range(len(terms) + 1) for some in combinations(terms, size)]


def test_hidden_tokens_show_nothing() -> None:
    of = batch(example("The genes (abc1), rx2"))
    pieces = of.pieces[0]
    everything = of.hide(1.0, MASK, np.random.default_rng(1))
    assert everything.pieces[0].tolist() == [pieces[0], *[MASK] * (len(pieces) - 2), pieces[-1]]
    spellings, spelling = everything.inputs()[4:6]
    assert not spellings[spelling].any()
    spaces = int(of.shapes[0, :, -1].sum())
    assert everything.shapes[0].sum(0).tolist() == [0] * 8 + [spaces]  # where white space is, is seen
    some = of.hide(0.3, MASK, np.random.default_rng(3))
    for token in range(of.tokens.shape[1]):
        gone = some.pieces[0][of.owner[0] == token] == MASK
        assert gone.all() == (some.word[0, token] == -1)
        assert gone.all() == gone.any()
    assert 0 < (some.pieces == MASK).sum() < (everything.pieces == MASK).sum()
    assert (of.pieces != MASK).all()


@pytest.mark.parametrize(("longest", "tokens"), [(6, 4), (7, 5), (8, 6)])
def test_an_example_that_is_too_long_is_cut(longest: int, tokens: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LONGEST", longest)
    of = batch(example("abc1 binds sanirin in the mice"))
    assert (of.pieces.shape[1], of.tokens.shape[1]) == (longest, tokens)
    assert of.pieces[0, -1] == tiny.WORDS.index("[SEP]")


def test_padding_says_nothing() -> None:
    of = batch(*EXAMPLES)
    beyond = ~of.tokens
    assert beyond.any()
    assert (of.tags[beyond] == UNKNOWN).all()
    assert (of.word[beyond] == -1).all()
    assert not of.shapes[beyond].any()


def test_arrays_make_the_same_examples() -> None:
    encoded = tiny.encoded(EXAMPLES)
    again = replace(encoded, **encoded.arrays())
    assert again.arrays().keys() == encoded.arrays().keys()
    assert again.batch(np.arange(4), np.zeros(4, np.int64)).pieces.tolist() == batch(*EXAMPLES).pieces.tolist()
