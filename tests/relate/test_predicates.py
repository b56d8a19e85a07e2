"""Labels mean what the Biolink model has."""

from functools import cache
from importlib import resources
from typing import Any

import pytest

from bioweft.evaluate.relations.examples import LABELS
from bioweft.relate.predicates import MEANINGS, SYMMETRIC, Meaning, canonical, parsed, phrase

pytest.importorskip("biolink_model", reason="predicates are checked against the package biolink-model")
import yaml


@cache
def biolink() -> Any:
    text = (resources.files("biolink_model") / "schema" / "biolink_model.yaml").read_text(encoding="utf-8")
    return yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def slot(name: str) -> Any:
    return biolink()["slots"][name.removeprefix("biolink:").replace("_", " ")]


def is_predicate(name: str) -> bool:
    """Say whether a slot is `related to` or below it."""
    while name:
        if name == "related to":
            return True
        name = slot(name).get("is_a", "")
    return False


def test_each_label_of_each_corpus_has_a_meaning() -> None:
    assert set(MEANINGS) == {label for labels in LABELS.values() for label in labels}


@pytest.mark.parametrize("meaning", MEANINGS.values(), ids=MEANINGS)
def test_predicate_is_in_the_model(meaning: Meaning) -> None:
    assert meaning.predicate.startswith("biolink:")
    assert is_predicate(meaning.predicate.removeprefix("biolink:").replace("_", " "))
    assert "deprecated" not in slot(meaning.predicate)


@pytest.mark.parametrize("meaning", MEANINGS.values(), ids=MEANINGS)
def test_qualifiers_have_values_of_the_model(meaning: Meaning) -> None:
    for name, value in meaning.qualifiers.items():
        if name == "qualified_predicate":
            assert is_predicate(value.removeprefix("biolink:").replace("_", " "))
        elif name == "subject_form_or_variant_qualifier":  # its range is given where an association uses it
            values = biolink()["enums"]["ChemicalOrGeneOrGeneProductFormOrVariantEnum"]["permissible_values"]
            assert value in values
        else:
            assert value in biolink()["enums"][slot(name)["range"]]["permissible_values"]


def test_label_that_denies_is_negated() -> None:
    assert {label for label, meaning in MEANINGS.items() if meaning.negated} == {"CPR:10", "NA", "no_relation"}
    assert {label for label, meaning in MEANINGS.items() if meaning.speculative} == {"SA"}


@pytest.mark.parametrize(
    ("label", "words"),
    [
        ("CID", "contributes to"),
        ("CPR:3", "increases the activity or abundance of"),
        ("CPR:2", "affects the activity or abundance of"),
        ("CPR:6", "decreases the activity (by antagonism) of"),
        ("modulator_decrease_disease", "decreases"),
        ("increased_expression", "associated with (subject: increased expression)"),
        ("causative_mutation", "causes (subject: genetic variant form)"),
    ],
)
def test_predicates_in_words(label: str, words: str) -> None:
    meaning = MEANINGS[label]
    assert phrase(meaning.predicate, canonical(meaning.qualifiers.items())) == words


def test_qualifiers_are_one_string_by_name() -> None:
    assert canonical([("b", "2"), ("a", "1")]) == "a=1;b=2"
    assert canonical([]) == ""


def test_predicates_that_are_the_same_in_either_order() -> None:
    assert {"biolink:associated_with", "biolink:interacts_with"} <= SYMMETRIC
    assert SYMMETRIC.isdisjoint({"biolink:affects", "biolink:contributes_to", "biolink:causes"})


def test_qualifiers_are_parsed_as_they_were_joined() -> None:
    for meaning in MEANINGS.values():
        assert parsed(canonical(meaning.qualifiers.items())) == dict(sorted(meaning.qualifiers.items()))
    assert parsed("") == {}
