"""Terms that are written much like a name."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bioweft.lexicon import dictionary
from bioweft.link import similar
from bioweft.link.similar import LEAST, SimilarTerms, compile_tables, grams_of
from bioweft.records import Concept, Term

NAMES = {
    "disease": [
        "G6PD deficiency",
        "hypotension",
        "atypical pneumonia",
        "anaemia",
        "C6 deficiency",
        "von Hippel disease",
        "hypophysitis",
        "AADH syndrome",
        "hepatotoxicity",
    ],
    "chemical": ["amphotericin B", "apomorphine", "prednisone", "cytosine arabinoside", "adenine nucleotides"],
    "gene": ["von Willebrand factor", "Willebrand", "serine kinase 1"],
    "species": ["Candida albicans", "Bacillus subtilis"],
    "cell_line": ["amphotericin line"],
}


def compiled(names: dict[str, list[str]]) -> SimilarTerms:
    concepts = [
        Concept(f"x:{type_}{number}", name, type_, (Term(name, "name"),))
        for type_, of_type in names.items()
        for number, name in enumerate(of_type)
    ]
    return compile_tables([dictionary.table(concepts)])


TERMS = compiled(NAMES)


@pytest.mark.parametrize(
    ("name", "type_", "expected"),
    [
        ("G6PD-deficient", "disease", "G6PD deficiency"),
        ("deficiency of G6PD", "disease", "G6PD deficiency"),
        ("amphothericin B", "chemical", "amphotericin B"),
        ("Amphotericin-B", "chemical", "amphotericin B"),
        ("von Wilebrand factor", "gene", "von Willebrand factor"),
        ("Candida albiccans", "species", "Candida albicans"),
        # What sets names apart: a number, a letter, a beginning, a denial, a word, an ending, the type.
        ("G7PD deficiency", "disease", None),
        ("C7 deficiency", "disease", None),
        ("amphotericin C", "chemical", None),
        ("hypertension", "disease", None),
        ("hematotoxicity", "disease", None),
        ("hepatotoxity", "disease", "hepatotoxicity"),
        ("typical pneumonia", "disease", None),
        ("non-anaemia", "disease", None),
        ("amphotericin B methyl ester", "chemical", None),
        ("prednisolone", "chemical", None),
        ("serine kinase 2", "gene", None),
        ("Willebrandt", "gene", None),
        ("apomorphin", "disease", None),
        ("adenine nucleosides", "chemical", None),
        ("hypophysis", "disease", None),
        ("ADH syndrome", "disease", None),
        ("amphotericin lines", "cell_line", None),
        ("", "disease", None),
        ("αβγδεζ ⠀𝛼𝛼𝛼", "disease", None),
    ],
)
def test_what_is_alike(name: str, type_: str, expected: str | None) -> None:
    texts = [term.text for term in TERMS.search(name, type_)]
    assert texts == ([] if expected is None else [expected])


def test_a_term_is_most_like_itself() -> None:
    for type_ in ("disease", "chemical", "species"):
        for name in NAMES[type_]:
            if similar.is_searched(name, type_):
                (first, *_) = TERMS.search(name, type_)
                assert (first.text, first.similarity) == (name, pytest.approx(1, abs=1e-4))


words = st.text(st.sampled_from("abcde1"), min_size=1, max_size=7)
names = st.lists(words, min_size=1, max_size=4).map(" ".join)


@settings(max_examples=60, deadline=None)
@given(st.lists(names, min_size=1, max_size=40), st.lists(names, min_size=1, max_size=10))
def test_none_that_is_similar_enough_is_missed(texts: list[str], queries: list[str]) -> None:
    terms = compiled({"disease": texts})
    for query in filter(lambda name: similar.is_searched(name, "disease"), [*queries, *texts]):
        grams = grams_of([query])[1]
        squares = terms.weight[grams].astype(np.float64)
        near = set(terms._near(grams, squares, terms.types_from[:2]).tolist())
        for number, text in enumerate(terms.text.to_pylist()):
            own = grams_of([text])[1]
            common = float(terms.weight[np.intersect1d(own, grams)].sum())
            sizes = float(terms.weight[own].sum() * squares.sum()) ** 0.5
            if sizes and common / sizes >= LEAST:
                assert number in near


@given(st.lists(st.text(max_size=12), max_size=8))
def test_the_3_grams_of_a_name_do_not_depend_on_the_names_beside_it(texts: list[str]) -> None:
    owner, gram = grams_of(texts)
    for number, text in enumerate(texts):
        assert gram[owner == number].tolist() == grams_of([text])[1].tolist()
        assert np.all(np.diff(gram[owner == number]) > 0)
