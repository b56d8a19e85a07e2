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


WIDE = "Old big Abx, Abx. Old big Abx and big Abx; Old big Abx of yore. Big Abx"


def wide(*stretches: tuple[int, str]) -> list[Mention]:
    return [Mention(start, start + len(name), name, "gene", "net", 0.9) for start, name in stretches]


def test_a_name_is_tagged_whole_wherever_a_part_of_it_is() -> None:
    found = wide((0, "Old big Abx"), (13, "Abx"), (22, "big Abx"), (34, "big Abx"), (43, "Old"), (51, "Abx"))
    after = consistent(WIDE, found, fill={}, drop={}, widen={"gene": 0.3})
    assert [(m.start, m.text) for m in after] == [
        (0, "Old big Abx"), (13, "Abx"), (18, "Old big Abx"), (34, "big Abx"), (43, "Old big Abx")
    ]  # fmt: skip
    assert all(WIDE[m.start : m.end] == m.text for m in after)


@pytest.mark.parametrize(("share", "widened"), [(0.3, 3), (0.4, 1)])
def test_a_name_must_be_tagged_whole_often_enough(share: float, widened: int) -> None:
    found = wide((0, "Old big Abx"), (22, "big Abx"), (47, "big Abx"))
    after = consistent(WIDE, found, fill={}, drop={}, widen={"gene": share})
    assert [m.text for m in after].count("Old big Abx") == widened


def test_what_goes_beyond_a_name_is_not_cut_to_it() -> None:
    found = wide((0, "Old big Abx"), (22, "big Abx and"))
    assert consistent(WIDE, found, fill={}, drop={}, widen={"gene": 0.1}) == found
