"""Abbreviations: definitions found with exact offsets, and what is none."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.text.abbreviations import find


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        ("Patients with amyotrophic lateral sclerosis (ALS) were seen.", "ALS", "amyotrophic lateral sclerosis"),
        ("The tumor necrosis factor-alpha (TNF-alpha) level", "TNF-alpha", "tumor necrosis factor-alpha"),
        ("heat shock protein 70 (HSP70; see below)", "HSP70", "heat shock protein 70"),
        ("COVID-19 (coronavirus disease 2019) spread", "COVID-19", "coronavirus disease 2019"),
        ("Type 2 diabetes mellitus [T2DM] is common", "T2DM", "Type 2 diabetes mellitus"),
        ("the angiotensin-converting enzyme 2 (ACE2) receptor", "ACE2", "angiotensin-converting enzyme 2"),
        ("non-small cell lung cancer (NSCLC)", "NSCLC", "non-small cell lung cancer"),
        ("the transforming growth factor β (TGFβ) pathway", "TGFβ", "transforming growth factor β"),
    ],
)
def test_definitions(text: str, short: str, long: str) -> None:
    (found,) = find(text)
    assert (found.short, found.long) == (short, long)


@pytest.mark.parametrize(
    "text",
    [
        "The mice (n = 5) were fed.",
        "It was seen (Fig. 2) and known (ref. 3).",
        "They were old (62 years) and well (see below).",
        "The drug (aspirin) was given.",
        "No bracket at all.",
        "An unclosed (bracket",
        "Nothing like it (XYZ) was found.",
    ],
)
def test_what_is_no_definition(text: str) -> None:
    assert find(text) == []


@given(
    st.text(max_size=40),
    st.lists(st.sampled_from(["alpha", "cell", "Growth", "factor", "of", "β"]), min_size=2, max_size=5),
    st.text(max_size=40),
)
def test_offsets_name_what_is_said(before: str, words: list[str], after: str) -> None:
    short = "".join(word[0] for word in words).upper()
    text = f"{before} {' '.join(words)} ({short}) {after}"
    for found in find(text):
        assert text.startswith(found.short, found.short_start)
        assert text[found.long_start : found.long_end] == found.long
