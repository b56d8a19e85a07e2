"""The shipped dictionaries of genes, of people and of other species."""

import csv
import re
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from bioweft import resources
from bioweft.lexicon import dictionary
from bioweft.lexicon.names import folded
from bioweft.records import Concept

EVERYDAY = Path(__file__).parents[1] / "link" / "everyday_gene.tsv"
MOST_BYTES = 9 * 1000 * 1000


@cache
def genes() -> dict[str, Concept]:
    """Return the genes of all species by CURIE."""
    paths = (resources.dictionary("gene"), *resources.gene_dictionaries().values())
    return {concept.id: concept for path in paths for concept in dictionary.read(path)}


def claims(name: str) -> set[tuple[str, str]]:
    """Return the human genes, families and classes that have the name, with its status."""
    return {
        (concept.id, term.status)
        for concept in dictionary.read(resources.dictionary("gene"))
        for term in concept.terms
        if folded(term.text) == folded(name)
    }


def test_genes_of_other_species_are_small_and_not_searched_for_by_default() -> None:
    shipped = resources.gene_dictionaries()
    assert {"mouse", "rat", "zebrafish", "fly", "yeast", "worm", "arabidopsis", "chicken", "cow"} <= set(shipped)
    assert sum(path.stat().st_size for path in shipped.values()) <= MOST_BYTES
    assert not set(shipped) & set(resources.dictionaries())


def test_homologs_of_all_species_are_one_group() -> None:
    by_group = defaultdict(set)
    for gene in genes().values():
        by_group[gene.homologs].add((gene.taxon, gene.name))
    tp53 = by_group[genes()["ncbigene:7157"].homologs]
    assert {
        ("ncbitaxon:9606", "TP53"),
        ("ncbitaxon:10090", "Trp53"),
        ("ncbitaxon:10116", "Tp53"),
        ("ncbitaxon:7955", "tp53"),
    } <= tp53


def test_a_gene_of_another_species_is_as_well_known_as_the_human_one() -> None:
    human, mouse = genes()["ncbigene:5728"], genes()["ncbigene:19211"]
    assert (human.name, mouse.name) == ("PTEN", "Pten")
    assert human.publications == mouse.publications > 1000


def test_an_obscure_alias_is_weak() -> None:
    assert {id for id, status in claims("MDR1") if status != "weak"} == {"ncbigene:5243"}
    assert ("ncbigene:23158", "weak") in claims("MDR1")


@pytest.mark.parametrize("name", ["protein", "proteins", "enzyme", "enzymes", "antibody", "antibodies", "peptides"])
def test_what_says_nothing_names_nothing(name: str) -> None:
    assert {status for _, status in claims(name)} <= {"weak"}


def test_every_everyday_gene_is_there_under_its_name() -> None:
    with EVERYDAY.open(encoding="utf-8", newline="") as lines:
        table = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))
    assert len(table) >= 150
    for row in table:
        assert row["sentence"].count(row["name"]) == 1, row
        # The linker takes the letter of a species off: mCD4 is CD4 of mice.
        names = {folded(name).replace(" ", "") for name in (row["name"], re.sub("^[hmr](?=[A-Z])", "", row["name"]))}
        assert any(folded(term.text).replace(" ", "") in names for term in genes()[row["concept"]].terms), row
