"""Names as words of their own."""

import pytest

from bioweft.text.words import occurrences


@pytest.mark.parametrize(
    ("text", "name", "starts"),
    [
        ("Abx, Abx-like and Abx", "Abx", [0, 5, 18]),
        ("Abxes xAbx", "Abx", []),
        ("a a a", "a a", [0]),  # none overlap
        ("xA A A", "A A", [3]),  # the first is no word, but one begins within it
    ],
)
def test_a_name_is_found_where_it_is_a_word(text: str, name: str, starts: list[int]) -> None:
    assert list(occurrences(text, name)) == starts
