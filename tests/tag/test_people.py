"""Words for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.records import Mention
from bioweft.tag import people


def words(text: str) -> list[str]:
    return [mention.text for mention in people.tagged(text, [])]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patients, women and men", ["Patients", "women", "men"]),
        ("12 children and their in-patients", ["children", "in-patients"]),
        ("WOMEN and healthy volunteers", ["WOMEN", "volunteers"]),
        ("patient-derived cells", ["patient"]),
        ("900 person-years, child-resistant", []),
        ("MEN type 1", []),
        ("the People's Republic, the Children's Hospital", []),
        ("the children's mothers", ["children"]),
        ("human cells, subjects, omen, menu", []),
    ],
)
def test_words_for_people(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_a_mention_of_a_network_is_the_same_with_and_without_it() -> None:
    text = "Patients with measles"
    of_network = [Mention(0, 8, "Patients", "species", "net", 0.4), Mention(14, 21, "measles", "disease", "net", 0.9)]
    assert people.tagged(text, of_network) == people.tagged(text, of_network[1:])
    assert people.without(of_network) == of_network[1:]


def test_a_longer_species_keeps_its_place() -> None:
    longer = Mention(0, 15, "Homo men patient", "species", "net")
    assert people.tagged("Homo men patient", [longer]) == [longer]


@given(st.text("men wopatis-'", max_size=40))
def test_words_for_people_are_whole_words(text: str) -> None:
    for mention in people.tagged(text, []):
        assert mention.text == text[mention.start : mention.end]
        assert mention.text.casefold() in people.WORDS
        assert not (mention.start and text[mention.start - 1].isalnum())
        assert not text[mention.end : mention.end + 1].isalnum()
