"""Which terms are found in which texts: rule by rule, and against a matcher too simple to be wrong."""

import re
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.lexicon import dictionary
from bioweft.lexicon.compile import compile_tables
from bioweft.lexicon.matcher import HashTable, Matcher
from bioweft.lexicon.normalise import SEPARATOR
from bioweft.records import Concept, Term, TermStatus


def matcher_of(terms: Iterable[str], *, type: str = "disease", status: TermStatus = "synonym") -> Matcher:
    """Compile a dictionary whose concept n has the n-th term."""
    concepts = [Concept(f"x:{n}", text, type, (Term(text, status),)) for n, text in enumerate(terms)]
    return compile_tables([dictionary.table(concepts)])


def found(matcher: Matcher, text: str) -> list[str]:
    hits = matcher.find(text)
    return [text[start:end] for start, end in zip(hits.start, hits.end, strict=True)]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("breast cancer", "Breast Cancer"),
        ("breast cancer", "BREAST CANCERS"),
        ("breast cancer", "breast\u00a0cancer"),
        ("Breast Neoplasms", "breast neoplasm"),
        ("leukemia", "leukaemias"),
        ("haemorrhagic fever", "hemorrhagic fever"),
        ("Parkinson's disease", "Parkinson disease"),
        ("Parkinson disease", "Parkinson’s disease"),
        ("non-small cell lung cancer", "non small-cell lung cancer"),
        ("β-thalassemia", "beta-thalassaemia"),
        ("beta thalassemia", "β\u2010thalassemia"),
        ("Sjögren syndrome", "Sjogren's syndrome"),
    ],
)
def test_names_are_found_in_any_writing(term: str, text: str) -> None:
    assert found(matcher_of([term]), f"of {text}, in") == [text]


@pytest.mark.parametrize(
    ("term", "text", "type"),
    [
        ("IL-6", "IL6", "gene"),
        ("IL6", "IL 6", "gene"),
        ("IL12", "il-12", "chemical"),
        ("TNF", "Tnf", "gene"),
        ("TNF-alpha", "TNFα", "gene"),
        ("TNF-α", "TNFalpha", "gene"),
        ("HDAC", "HDACs", "gene"),
        ("BRCA1", "Brca1", "gene"),
        ("CAT", "CAT", "gene"),
        ("MTOR", "mTOR", "gene"),
        ("p53", "p53", "gene"),
    ],
)
def test_codes_are_found_where_they_are_codes(term: str, text: str, type: str) -> None:
    assert found(matcher_of([term], type=type, status="symbol"), f"of {text}, in") == [text]


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("CAT", "a cat sat"),
        ("CAT", "Cat hair"),
        ("WAS", "it was"),
        ("WAS", "Was it"),
        ("IL-6", "IL-6R"),
        ("MK", "MK-801"),
        ("TF", "COUP-TF"),
        ("AT1", "at 1 hour"),
        ("p53", "p 53"),
        ("TNF", "TNFR"),
        ("PM2", "PM2.5"),
        ("OR 1", "OR 1.5"),
        ("NMR", "NMR spectra"),
        ("WAS", "IT WAS SEEN IN MICE"),
    ],
)
def test_codes_are_not_found_in_words_and_longer_codes(term: str, text: str) -> None:
    assert found(matcher_of([term], type="gene", status="symbol"), text) == []


@pytest.mark.parametrize(
    ("term", "text"),
    [
        ("cancer", "cancerous precancer xcancer"),
        ("embolism", "thrombo-embolism"),
        ("cancer", "can cer"),
        ("common", "a common cold"),
        ("lung cancer", "lung. Cancer"),
        ("lung cancer", f"lung{SEPARATOR}cancer"),
        ("disease", "diseases"),
    ],
)
def test_names_are_not_found_in_parts_and_stops(term: str, text: str) -> None:
    assert found(matcher_of([term]), text) == []


def test_a_stop_term_stands_as_a_code_in_capitals() -> None:
    matcher = matcher_of(["SET", "set"], type="gene", status="symbol")
    assert found(matcher, "a set and a Set of SET") == ["SET"]


def test_all_lengths_are_found_in_order() -> None:
    matcher = matcher_of(["lung cancer", "cancer", "small cell lung cancer", "lung cancer cell line"])
    assert found(matcher, "small cell lung cancer") == ["small cell lung cancer", "lung cancer", "cancer"]


def test_a_stretch_names_each_concept_once_the_one_with_more_names_first() -> None:
    few = Concept("x:few", "rat", "species", (Term("rat", "synonym"),))
    many = Concept("x:many", "Rat", "species", (Term("rat", "synonym"), Term("Rat", "name"), Term("rats", "weak")))
    matcher = compile_tables([dictionary.table([few, many])])
    hits = matcher.find("the rat")
    assert [matcher.concepts[number].as_py() for number in hits.concept] == ["x:many", "x:few"]


def test_an_exact_writing_ranks_before_another() -> None:
    matcher = matcher_of(["TNF", "Tnf"], type="gene", status="symbol")
    hits = matcher.find("Tnf")
    rank = dict(zip(hits.concept.tolist(), hits.rank.tolist(), strict=True))
    assert rank[1] < rank[0]


@pytest.mark.parametrize("texts", [[], [""], ["--"], [SEPARATOR], ["!"], ["12"], ["x"]])
def test_terms_that_name_nothing_are_harmless(texts: list[str]) -> None:
    assert found(matcher_of([*texts, "lung cancer"]), "x 12 -- ! lung cancer") == ["lung cancer"]
    assert found(matcher_of(texts), "x 12 -- ! lung cancer") == []


WORDS = ["gala", "belt", "corm", "dune", "7", "α", "(", "."]
phrases = st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join)
gaps = st.sampled_from([" ", "-", "  ", " - ", "\u00a0", "\n"])
junk = st.text(alphabet=st.characters(exclude_characters=SEPARATOR), max_size=8)


def naive(terms: Iterable[str], text: str) -> set[tuple[int, int]]:
    """Compare every stretch of tokens with every term."""
    token = re.compile(r"[a-z]+|α|[0-9]+|[^\sa-zα0-9-]")
    wanted = {tuple(token.findall(term)) for term in terms if re.search("[a-zα]", term)}
    tokens = [(match.group(), match.start(), match.end()) for match in token.finditer(text)]
    spans = set()
    for low in range(len(tokens)):
        for high in range(low, len(tokens)):
            if tuple(part for part, _, _ in tokens[low : high + 1]) in wanted:
                spans.add((tokens[low][1], tokens[high][2]))
    return spans


@given(st.lists(phrases, min_size=1, max_size=6), st.lists(st.tuples(st.sampled_from(WORDS), gaps), max_size=14))
def test_agrees_with_a_naive_matcher(terms: list[str], parts: list[tuple[str, str]]) -> None:
    text = "".join(word + gap for word, gap in parts)
    hits = matcher_of(terms).find(text)
    assert set(zip(hits.start.tolist(), hits.end.tolist(), strict=True)) == naive(terms, text)
    assert all(a <= b for a, b in pairwise(zip(hits.start.tolist(), hits.end.tolist(), strict=True)))


CANCER = matcher_of(["lung cancer"])


@given(junk, junk)
def test_a_term_is_found_whatever_surrounds_it(before: str, after: str) -> None:
    text = f"{before} ; lung cancer ; {after}"
    start = len(before) + 3
    hits = CANCER.find(text)
    assert (start, start + len("lung cancer")) in zip(hits.start.tolist(), hits.end.tolist(), strict=True)


@given(st.dictionaries(st.integers(0, 2**64 - 2), st.integers(0, 2**31 - 1), max_size=200), st.integers(0, 2**64 - 2))
def test_hash_table_is_a_dictionary(pairs: dict[int, int], absent: int) -> None:
    table = HashTable.build(np.array(list(pairs), np.uint64), np.array(list(pairs.values()), np.int32))
    asked = np.array([*pairs, absent], np.uint64)
    assert table.get(asked).tolist() == [*pairs.values(), pairs.get(absent, -1)]
