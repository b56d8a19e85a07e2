"""Where mentions begin and end."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.records import DictionaryHit, Mention
from bioweft.tag.boundaries import repaired


def repaired_texts(marked: str, type_: str = "gene", *terms: tuple[str, str]) -> list[str]:
    """Return what becomes of the mention between `|` and `|`; `terms` are terms of dictionaries, with their types."""
    before, name, after = marked.split("|")
    text = before + name + after
    mention = Mention(len(before), len(before) + len(name), name, type_, "net", 0.9)
    hits = [DictionaryHit(text.index(t), text.index(t) + len(t), of_type, None) for t, of_type in terms]
    mentions = list(repaired(text, mention, hits))
    assert all(m.text == text[m.start : m.end] for m in mentions)
    return [m.text for m in mentions]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("infected by |HTLV-|1 in", "HTLV-1"),
        ("infected by |HTLV-|I in", "HTLV-I"),
        ("low |miR-486-|5p levels", "miR-486-5p"),
        ("of |C57BL/|6J mice", "C57BL/6J"),
        ("with |HBV-|related signs", "HBV"),
        ("of |PKB/|Akt in", "PKB"),
        ("both |TNF-alpha| and", "TNF-alpha"),
        ("TNF-alpha and |-beta| rose", "-beta"),
        ("in w|hol|e words", "whole"),
        ("a |stenosis of the| left", "stenosis"),
        ("both |and granule cells| die", "granule cells"),
    ],
)
def test_a_name_goes_on_to_the_end_of_its_word_or_ends_before_its_hyphen(marked: str, expected: str) -> None:
    assert repaired_texts(marked) == [expected]


def test_the_charge_of_an_ion_stays() -> None:
    assert repaired_texts("of |F-| (as salt)", "chemical") == ["F-"]


@pytest.mark.parametrize(
    ("marked", "expected"),
    [
        ("with |Se(IV|), which", "Se(IV)"),
        ("the |NaBH(|4) step", "NaBH(4)"),
        ("of |K3[Co(CN)|6] here", "K3[Co(CN)6]"),
        ("the |adenomatous polyposis coli (|APC) gene", "adenomatous polyposis coli"),
        ("factor (|VEGF)165|, with", "VEGF"),
        ("(|type one) sugar sickness|", "sugar sickness"),
        ("of |kappa (trans-three-cyclohexyl| groups", "kappa"),
    ],
)
def test_brackets_are_whole(marked: str, expected: str) -> None:
    assert repaired_texts(marked, "chemical") == [expected]


def test_a_definition_is_two_mentions() -> None:
    assert repaired_texts("|hay fever syndrome (HFS)| is", "disease") == ["hay fever syndrome", "HFS"]
    assert repaired_texts("|N-methyl-D-aspartate (NMDA) receptor| is") == ["N-methyl-D-aspartate (NMDA) receptor"]


def test_a_term_of_the_type_is_not_cut_at_a_hyphen() -> None:
    assert repaired_texts("of |COVID|-19.", "disease", ("COVID-19", "disease")) == ["COVID-19"]
    assert repaired_texts("of SARS-|CoV-2|.", "species", ("SARS-CoV-2", "species")) == ["SARS-CoV-2"]
    assert repaired_texts("|thallium|-201 uptake", "chemical", ("thallium-201", "chemical")) == ["thallium"]


def test_a_part_of_a_term_of_another_type_is_no_mention() -> None:
    assert repaired_texts("of |SARS|-CoV-2.", "disease", ("SARS-CoV-2", "species")) == []
    assert repaired_texts("|CFTR|-related disease", "gene", ("CFTR-related disease", "disease")) == ["CFTR"]
    assert repaired_texts("|HIV|-dementia", "species", ("HIV-dementia", "disease")) == ["HIV"]
    assert repaired_texts("|SARS| of 2003 and SARS-CoV-2", "disease", ("SARS-CoV-2", "species")) == ["SARS"]


@pytest.mark.parametrize("marked", ["non-|cancer| pain", "Non-|diabetic| mice", "non|-diabetic| mice"])
def test_what_is_denied_is_no_disease(marked: str) -> None:
    assert repaired_texts(marked, "disease") == []


def test_a_name_that_begins_with_non_is_a_disease() -> None:
    assert repaired_texts("|non-small cell cancer| is", "disease") == ["non-small cell cancer"]
    assert repaired_texts("of Canon |cancer|", "disease") == ["cancer"]


@st.composite
def marked_texts(draw: st.DrawFn) -> tuple[str, Mention]:
    text = draw(st.text("ab1X-(),/[] ", min_size=1, max_size=30))
    start = draw(st.integers(0, len(text) - 1))
    end = draw(st.integers(start + 1, len(text)))
    type_ = draw(st.sampled_from(["gene", "chemical", "disease"]))
    return text, Mention(start, end, text[start:end], type_, "net")


@given(marked_texts())
def test_no_boundary_is_inside_a_word_and_every_bracket_is_whole(marked: tuple[str, Mention]) -> None:
    text, mention = marked
    for repaired_mention in repaired(text, mention, ()):
        start, end = repaired_mention.start, repaired_mention.end
        assert 0 <= start < end <= len(text)
        assert repaired_mention.text == text[start:end]
        assert not (start and text[start - 1].isalnum() and text[start].isalnum())
        assert not (text[end - 1].isalnum() and text[end : end + 1].isalnum())
        opened: list[str] = []
        for character in repaired_mention.text:
            if character in "([":
                opened.append(character)
            elif character in ")]":
                assert opened
                assert opened.pop() == {")": "(", "]": "["}[character]
        assert not opened


@given(marked_texts())
def test_what_is_repaired_needs_no_repair(marked: tuple[str, Mention]) -> None:
    text, mention = marked
    for repaired_mention in repaired(text, mention, ()):
        assert list(repaired(text, repaired_mention, ())) == [repaired_mention]
