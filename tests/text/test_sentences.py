"""Sentences: traps of scientific English, and what holds of every text."""

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bioweft.text.sentences import split


@pytest.mark.parametrize(
    "sentences",
    [
        ["Li et al. found none.", "We did."],
        ["See Fig. 2 and Figs. 3-4 for this.", "Here we go on."],
        ["E. coli and S. aureus grew.", "B. subtilis did not."],
        ["It was given i.v. or i.p. at 5 mg/kg.", "Controls got saline."],
        ["The p value was 0.05 vs. 0.001.", "Both count."],
        ["METHODS: Mice were fed.", "RESULTS: They grew."],
        ["It rose.", "p53 fell.", "mRNA did not.", "α-Synuclein was absent.", "c-Myc stayed."],
        ["Is it so?", "It is!", "(It was.)", "And so on."],
        ["Cells were kept for 24 h. ".strip(), "Dexamethasone was added for 10 min.", "Then they were lysed."],
        ["They died of hepatitis C.", "The others lived."],
        ["It is active in Pseudomonas sp. and Bacillus spp. from soil.", "We agree."],
        ["Dr. Smith and J. R. Jones helped (approx. 3 h).", "We thank them."],
        ["1. It begins.", "2. It ends."],
        ["It is in the U.S. population.", "However, not in Europe."],
        ["accession No. AB12345 was used.", "It is short."],
    ],
)
def test_traps(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[start:end] for start, end in split(text)] == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["Gout is seen in adults.2", "Asthma is treated."],
        ["Gout is seen in adults.2,3", "“Asthma” is treated.4–6", "mRNA rose.7, 8", "It fell."],
        ["Is gout seen in adults?[2]", "Asthma is treated.[3, 4]", "It is.[5-7]", "3 fell."],
        ["Gout is seen in adults.(4)", "Asthma is treated.(5;6)", "β-Catenin rose."],
        ["Gout is seen in adults.¹", "Asthma is treated.²,³", "It is.⁴⁻⁶", "It fell."],
        ["Gout is seen in adults.[1]–[3]", "Asthma is treated.[4], [5]", "It fell."],
        ["Gout is seen in adults.*", "Asthma is treated.†", "It fell."],
        ["Gout needs no DNA.3", "The others do."],
        ["Gout (in adults).3", "Asthma is not."],
        ['"Gout is seen."[1]', "Asthma is not."],
        ["Gout was described by Li et al.[5]", "However, asthma was not."],
    ],
)
def test_citations_belong_to_the_sentence_before(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[start:end] for start, end in split(text)] == sentences


@pytest.mark.parametrize(
    "text",
    [
        "The dose was 0.5 Gy in all.",
        "The pH was 7.4 Before that it fell",
        "As shown in Fig.2 Cells grew and in Table.3 Mice did.",
        "Li et al.[5] PCR was used for gout",
        "We used NM_000546.5 The rest did not matter",
        "About .5 Gy was given",
        "We used no.3 Strains of it, ver.2 Tools and Ref.[3] Data",
        "They grew in F.12 medium",
        "Neither PU.1 mRNA nor Kitl (chr.10, 57 cM) was high",
    ],
)
def test_numbers_that_are_no_citations(text: str) -> None:
    assert split(text) == [(0, len(text))]


def test_a_blank_line_ends_and_a_line_break_does_not() -> None:
    text = "One line\nand the next\n\nanother 1.5\n \nTwo"
    assert [text[start:end] for start, end in split(text)] == ["One line\nand the next", "another 1.5", "Two"]


@pytest.mark.parametrize("text", ["", "   ", "\n\n", "."])
def test_next_to_nothing(text: str) -> None:
    assert "".join(text[start:end] for start, end in split(text)) == text.strip()


@given(st.text(alphabet=st.sampled_from("aA. \n?1(é)α;eEt\u2009"), max_size=60) | st.text(max_size=60))
def test_every_character_in_one_sentence(text: str) -> None:
    spans = split(text)
    assert spans == sorted(spans)
    covered = [False] * len(text)
    for start, end in spans:
        assert text[start:end] == text[start:end].strip() != ""
        assert not any(covered[start:end])
        covered[start:end] = [True] * (end - start)
    assert all(inside or character.isspace() for inside, character in zip(covered, text, strict=True))


@pytest.mark.corpus
@pytest.mark.parametrize("corpus", ["genia", "craft"])
def test_boundaries_of_the_treebanks(corpus_data: Path, corpus: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(Path(__file__).resolve().parents[2] / "benchmarks"))
    from sentences import ours, paragraphs  # type: ignore[import-not-found]

    sys.modules.pop("sentences")
    right = predicted = expected = 0
    for text, gold in paragraphs(corpus_data, corpus, "dev"):
        found = {end for end in ours(text) if end < len(text)}
        right, predicted, expected = right + len(found & gold), predicted + len(found), expected + len(gold)
    assert 2 * right / (predicted + expected) > 0.994
