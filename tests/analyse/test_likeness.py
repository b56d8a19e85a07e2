"""What somebody meant who typed a name that nothing has."""

import pytest

from bioweft.analyse.likeness import is_near, suggestions

TERMS = [
    ("Chloroquine", "x:1", 900, True),
    ("Chloroquina", "x:1", 900, False),
    ("Chloroquinol", "x:2", 1, True),
    ("Chlorquin", "x:3", 0, True),
    ("Hydroxychloroquine", "x:4", 800, True),
    ("Asthma", "x:5", 5000, True),
]


@pytest.mark.parametrize(
    ("name", "first"), [("chloroquin", "Chloroquine"), ("CHLORQUINOL", "Chloroquinol"), ("astma", "Asthma")]
)
def test_what_is_most_like_it_and_most_written_of_comes_first(name: str, first: str) -> None:
    assert suggestions(name, TERMS)[0] == first


def test_each_concept_is_suggested_once_and_by_its_name_where_that_is_as_near() -> None:
    assert suggestions("chloroquin", TERMS) == ["Chloroquine", "Chlorquin", "Chloroquinol"]


def test_nothing_is_suggested_for_a_name_like_no_other() -> None:
    assert suggestions("zzzz", TERMS) == []
    assert not is_near(4, 12)
