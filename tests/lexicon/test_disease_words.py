"""Adjectives, eponyms and harm to organs made from names of diseases."""

import pytest

from bioweft.lexicon.types.disease_words import adjectives, with_lookups
from bioweft.records import Concept, Term


@pytest.mark.parametrize(
    ("name", "adjective"),
    [
        ("Ischemia", "ischemic"),
        ("thrombosis", "thrombotic"),
        ("Hypothyroidism", "hypothyroid"),
        ("akinesia", "akinetic"),
        ("arthritis", "arthritic"),
        ("nephropathy", "nephropathic"),
        ("hypertension", "hypertensive"),
        ("catalepsy", "cataleptic"),
        ("hemorrhage", "hemorrhagic"),
    ],
)
def test_an_adjective_is_made_of_a_single_word(name: str, adjective: str) -> None:
    assert adjective in list(adjectives(name))


def looked_up(concept: Concept, *others: Concept, anatomy: set[str] | None = None) -> set[str]:
    first, *_ = with_lookups([concept, *others], anatomy=anatomy or set())
    return {term.text for term in first.terms if term.lookup}


def test_people_stand_for_their_syndrome_but_ordinary_words_do_not() -> None:
    concept = Concept("x:1", "Lesch-Nyhan syndrome", "disease", (Term("Lesch-Nyhan syndrome", "name"),))
    assert looked_up(concept) == {"Lesch-Nyhan"}
    concept = Concept("x:1", "Sweet syndrome", "disease", (Term("Sweet Syndrome", "name"),))
    assert looked_up(concept) == set()
    concept = Concept("x:1", "Iliac disease", "disease", (Term("Femur Disease", "name"),))
    assert looked_up(concept, anatomy={"femur"}) == set()


def test_harm_to_an_organ_is_its_heading_unless_a_concept_has_the_name() -> None:
    kidney = Concept("mesh:D007674", "Kidney Diseases", "disease", (Term("Kidney Diseases", "name"),))
    acute = Concept("x:1", "Kidney injury", "disease", (Term("kidney injury", "name"),))
    assert "renal toxicity" in looked_up(kidney)
    assert "kidney injury" in looked_up(kidney)
    assert "kidney injury" not in looked_up(kidney, acute)
