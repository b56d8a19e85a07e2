"""From a model's labels to our types."""

import re

import pytest

from bioweft.errors import InputError
from bioweft.records import ENTITY_TYPES
from bioweft.tag.adapters.labels import Labels, label_in, split_tag
from tests.conftest import CHECKOUT


@pytest.mark.parametrize(
    ("labels", "types"),
    [
        ("Disease Chemical Gene Species CellLine", "disease chemical gene species cell_line"),  # HunFlair, HunFlair2
        ("CHEMICAL DISEASE", "chemical disease"),  # en_ner_bc5cdr_md
        ("PROTEIN CELL_LINE CELL_TYPE DNA RNA", "gene cell_line cell_type - -"),  # en_ner_jnlpba_md
        ("GGP SO TAXON CHEBI GO CL", "gene - species chemical - cell_type"),  # en_ner_craft_md
        (
            "AMINO_ACID CANCER CELL GENE_OR_GENE_PRODUCT ORGANISM SIMPLE_CHEMICAL ORGAN",  # en_ner_bionlp13cg_md
            "chemical disease cell_type gene species chemical -",
        ),
        ("disease cell-line cellLine", "disease cell_line cell_line"),
    ],
)
def test_the_table(labels: str, types: str) -> None:
    assert [Labels({}).type_of(label) or "-" for label in labels.split()] == types.split()


def test_the_user_goes_before_the_table() -> None:
    labels = Labels({"cell": "cell_line", "DNA": "gene", "organism": "", "plant": "plant"})
    known = ["Cell", "DNA", "Organism", "Plant", "Disease", "Organ"]
    labels.check("m", known)
    assert [labels.type_of(label) for label in known] == ["cell_line", "gene", None, "plant", "disease", None]


@pytest.mark.parametrize(
    ("extra", "known", "message"),
    [
        ({}, ["LABEL_0", "LABEL_1"], "no label of m is known.*LABEL_0, LABEL_1\n.*--label LABEL_0=disease"),
        ({"Gene": ""}, ["Gene"], "no label of m is known to be of a type"),
        (
            {"Diseas": "disease"},
            ["Disease"],
            r"m has no label 'Diseas' \(did you mean 'Disease'\?\); its labels: Disease",
        ),
    ],
)
def test_labels_that_lead_nowhere(extra: dict[str, str], known: list[str], message: str) -> None:
    with pytest.raises(InputError, match=message):
        Labels(extra).check("m", known)


def test_a_model_that_does_not_tell_its_labels_passes() -> None:
    Labels({"Foo": "disease"}).check("m", [])


@pytest.mark.parametrize(
    ("tag", "parts"),
    [
        ("O", ("O", "")),
        ("B-Disease", ("B", "Disease")),
        ("I-Gene-Y", ("I", "Gene-Y")),
        ("S-CellLine", ("S", "CellLine")),
        ("B", ("B", "disease")),
        ("E", ("E", "disease")),
        ("Disease", ("I", "Disease")),
        ("B_cell", ("I", "B_cell")),
    ],
)
def test_tags(tag: str, parts: tuple[str, str]) -> None:
    assert split_tag(tag, "disease") == parts


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("huggingface:aitslab/biobert_huner_disease_v1", "disease"),
        ("aitslab/biobert_huner_chemical_v1", "chemical"),
        ("aitslab/biobert_huner_gene_v1", "gene"),
        ("aitslab/biobert_huner_species_v1", "species"),
        ("aitslab/biobert_huner_cell_v1", "cell_line"),
        ("a/jnlpba-cell-type", "cell_type"),
        ("disease/general-model", None),
    ],
)
def test_what_the_name_of_a_model_tells(name: str, label: str | None) -> None:
    assert label_in(name) == label


def test_the_table_in_the_docs() -> None:
    page = (CHECKOUT / "docs" / "taggers.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (\w+) \| (`.*) \|$", page, re.MULTILINE)
    assert [type_ for type_, _ in rows] == list(ENTITY_TYPES)
    for type_, labels in rows:
        assert {Labels({}).type_of(label) for label in re.findall(r"`([^`]+)`", labels)} == {type_}
