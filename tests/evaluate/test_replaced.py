"""Replaced identifiers are told by the names that their mentions share with current concepts."""

from collections import Counter

import pytest

from bioweft.evaluate import replaced

HEADINGS = replaced.names(
    [
        ("mesh:1", "Sevoflurane"),
        ("mesh:2", "Muscular Dystrophy, Duchenne"),
        ("mesh:3", "Gold Salt"),
        ("mesh:4", "Iron"),
    ]
)
ENTRY_TERMS = replaced.names([("mesh:5", "Shared Name"), ("mesh:6", "shared-name"), ("mesh:2", "sevoflurane")])


@pytest.mark.parametrize(
    ("texts", "told"),
    [
        (["sevoflurane", "SVF", "SVF"], ("mesh:1", "sevoflurane")),  # the headings come before the entry terms
        (["duchenne muscular dystrophy"], ("mesh:2", "duchenne muscular dystrophy")),  # words in any order
        (["sevoflurane", "gold salt"], None),  # two concepts
        (["Shared name"], None),  # one text of two concepts
        (["sevoflurane", "a narcotic", "a narcotic"], None),  # a minority
        (["iron"], None),  # too short
        (["halothane"], None),
    ],
)
def test_a_name_tells_when_it_names_one_concept(texts: list[str], told: tuple[str, str] | None) -> None:
    assert replaced.by_name(Counter(texts), [HEADINGS, ENTRY_TERMS]) == told


def test_the_table_leads_to_current_identifiers_alone() -> None:
    table = replaced.table()
    assert table["mesh:C009250"] == "mesh:D000077149"
    assert table.keys().isdisjoint(table.values())
