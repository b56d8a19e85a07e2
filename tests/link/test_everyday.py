"""Everyday names, each in a plain sentence, have the identifier that a reader would give them."""

import csv
from collections.abc import Iterator
from pathlib import Path

import pytest

from bioweft.link.linker import DictionaryLinker
from bioweft.link.registry import linking_dictionaries
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument, Document, Mention, Passage
from bioweft.text import sentences

TYPES = ("disease", "chemical", "gene", "species", "cell_line", "cell_type")


def rows(table: str) -> Iterator[tuple[AnnotatedDocument, str]]:
    """Yield a document of one sentence with one mention, and the concept that it means."""
    with (Path(__file__).parent / f"everyday_{table}.tsv").open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            start = row["sentence"].index(row["name"])
            document = Document("x:1", (Passage("title", row["sentence"]),))
            mention = Mention(start, start + len(row["name"]), row["name"], row["type"])
            yield AnnotatedDocument(document, sentences.of_document(document), (mention,)), row["concept"]


@pytest.mark.parametrize("type_", TYPES)
def test_everyday_names(type_: str) -> None:
    assert not wrong(type_, LinkSettings())


def test_genes_of_further_species() -> None:
    assert not wrong("gene_species", LinkSettings(genes="all"))


def wrong(table: str, settings: LinkSettings) -> list[str]:
    """Return what is linked otherwise than a reader would."""
    linker = DictionaryLinker(linking_dictionaries(settings))
    documents, expected = zip(*rows(table), strict=True)
    errors = []
    for annotated, concept in zip(linker.link(documents), expected, strict=True):
        ((mention, links),) = annotated.linked()
        if [link.concept for link in links] != [concept]:
            given = [(link.concept, link.score, link.reason) for link in links]
            errors.append(f"{annotated.document.text}: {mention.text} is {concept}, not {given}")
    return errors
