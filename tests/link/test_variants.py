"""Other ways to write what a mention says."""

import pytest

from bioweft.link.variants import is_process, names_class, variants


@pytest.mark.parametrize(
    ("text", "type_", "expected"),
    [
        ("von Hippel-Lindau (VHL) disease", "disease", "von Hippel-Lindau disease"),
        ("COVID-19-associated pulmonary aspergillosis", "disease", "pulmonary aspergillosis"),
        ("impaired lung function", "disease", "lung dysfunction"),
        ("memory deficits", "disease", "memory disorder"),
        ("lead toxicity", "disease", "lead poisoning"),
        ("vein thrombosis", "disease", "venous thrombosis"),
        ("virus-specific CD8+ T cells", "cell_type", "CD8+ T cells"),
        ("Chinese hamster V79 cells", "cell_line", "V79"),
        ("MTX-resistant MDA-MB-231 cells", "cell_line", "MDA-MB-231"),
        ("A549/DDP", "cell_line", "A549"),
        ("H3K27ac", "gene", "histone H3"),
        ("H2BK120ub", "gene", "histone H2B"),
        ("Aβ1-42", "gene", "Aβ"),
        ("NSCLC-A549", "cell_line", "A549"),
        ("ASC52telo-derived cells", "cell_line", "ASC52telo"),
    ],
)
def test_a_name_is_looked_up_without_what_adds_nothing(text: str, type_: str, expected: str) -> None:
    assert expected in [variant.text for variant in variants(text, type_) if variant.step != "head"]


def test_a_short_code_at_the_end_says_no_wider_disease() -> None:
    assert [variant.text for variant in variants("patella Pb", "disease") if variant.step == "head"] == []
    assert "metastases" in [variant.text for variant in variants("bony metastases", "disease")]


@pytest.mark.parametrize(("text", "symbol"), [("mCD4", "CD4"), ("rPth", "Pth"), ("hTERT", "TERT"), ("mPer2", "Per2")])
def test_the_letter_of_a_species_is_taken_off_a_symbol(text: str, symbol: str) -> None:
    assert symbol in [variant.text for variant in variants(text, "gene") if variant.taxon]


def test_a_cell_line_at_the_beginning_is_no_code_of_two_letters() -> None:
    def heads(text: str) -> list[str]:
        return [variant.text for variant in variants(text, "cell_line") if variant.step == "head"]

    assert "HK-2" in heads("HK-2 human proximal tubule")
    assert "HeLa" in heads("HeLa cervical")
    assert "Hb" not in heads("Hb D Los Angeles")


def test_a_single_letter_names_no_gene() -> None:
    assert list(variants("-B", "gene")) == []
    assert list(variants("P", "chemical"))


def test_words_for_a_kind_of_protein_name_no_gene() -> None:
    assert all(map(names_class, ["serine proteases", "receptor tyrosine kinase", "DNA-binding protein", "GTPase"]))
    assert not any(map(names_class, ["growth hormone", "insulin receptor", "protein kinase C", "B"]))


def test_what_goes_on_at_a_place_is_told_from_diseases() -> None:
    assert is_process("as metastases")
    assert not is_process("as blindness")
