"""What is tagged most times is tagged every time."""

import pytest

from bioweft.records import Mention
from bioweft.tag.consistency import consistent

TEXT = "Abx binds. Abx acts on Abx; Abx-like, Abxes and big Abx."

HALF = {"gene": 0.5}


def mentions(*starts: int, name: str = "Abx", type_: str = "gene", score: float = 0.8) -> list[Mention]:
    return [Mention(start, start + len(name), name, type_, "net", score) for start in starts]


def starts(found: list[Mention]) -> list[int]:
    assert all(TEXT[m.start : m.end] == m.text for m in found)
    return [m.start for m in found]


def test_a_name_tagged_often_enough_is_tagged_wherever_it_is_a_word() -> None:
    found = consistent(TEXT, mentions(0, 11, 23), fill=HALF, drop={})
    assert starts(found) == [0, 11, 23, 28, TEXT.rindex("Abx")]
    assert all(m.tagger == "net" and m.score == pytest.approx(0.8) for m in found)


def test_a_name_tagged_too_seldom_is_not_tagged() -> None:
    assert consistent(TEXT, mentions(0), fill=HALF, drop={"gene": 0.3}) == []


def test_between_the_two_nothing_changes() -> None:
    assert starts(consistent(TEXT, mentions(0, 11), fill=HALF, drop={"gene": 0.3})) == [0, 11]


def test_without_shares_nothing_changes() -> None:
    assert consistent(TEXT, mentions(0), fill={}, drop={}) == mentions(0)


def test_what_lies_in_a_longer_mention_does_not_count() -> None:
    longer = mentions(TEXT.index("big"), name="big Abx")
    found = consistent(TEXT, [*mentions(0, 11), *longer], fill=HALF, drop={})
    assert [m.text for m in found] == ["Abx", "Abx", "Abx", "Abx", "big Abx"]


def test_types_do_not_see_each_other() -> None:
    disease = mentions(TEXT.rindex("Abx"), type_="disease")
    drop = {"gene": 0.5, "disease": 0.5}
    found = consistent(TEXT, [*mentions(0, 11, 23, 28), *disease], fill={}, drop=drop)
    assert [m.type for m in found] == ["gene"] * 4


def test_of_what_is_filled_in_the_longer_stays() -> None:
    text = "big Abx. Abx. big Abx"
    found = consistent(
        text,
        [Mention(0, 7, "big Abx", "gene", "net", 0.9), Mention(9, 12, "Abx", "gene", "net", 0.9)],
        fill=HALF,
        drop={},
    )
    assert [(m.start, m.text) for m in found] == [(0, "big Abx"), (9, "Abx"), (14, "big Abx")]
