"""Prefixes in the case of who reads them."""

import io

import pytest

from bioweft.export import FORMATS, prefixes
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage


@pytest.mark.parametrize(
    ("curie", "written"),
    [
        ("mesh:D001241", "MESH:D001241"),
        ("ncbigene:7157", "NCBIGene:7157"),
        ("ncbitaxon:9606", "NCBITaxon:9606"),
        ("cl:0000235", "CL:0000235"),
        ("hgnc:11998", "HGNC:11998"),
        ("doi:10.1/x", "doi:10.1/x"),
        ("toy:12", "toy:12"),
        ("no CURIE", "no CURIE"),
    ],
)
def test_biolink(curie: str, written: str) -> None:
    assert prefixes.biolink(curie) == written


@pytest.mark.parametrize(
    ("curies", "type_", "written"),
    [
        (["mesh:D001241"], "chemical", "MESH:D001241"),
        (["mondo:0005148", "mesh:D003924"], "disease", "MONDO:0005148|MESH:D003924"),
        ([], "disease", ""),
        (["ncbigene:7157"], "gene", "7157"),
        (["ncbigene:7157", "ncbigene:675"], "gene", "7157|675"),
        (["fplx:AKT"], "gene", "fplx:AKT"),
        (["ncbitaxon:9606"], "species", "9606"),
        (["cellosaurus:CVCL_0030"], "cell_line", "CVCL_0030"),
        (["ncbigene:7157"], "protein", "NCBIGene:7157"),
    ],
)
def test_pubtator(curies: list[str], type_: str, written: str) -> None:
    assert prefixes.pubtator(map(Link, curies), type_) == written


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("pubtator", "7\t0\t7\tAspirin\tchemical\tMESH:D001241\n"),
        ("bioc", '<infon key="identifier">MESH:D001241</infon>'),
        ("bioc", "<id>7</id>"),
        ("bioc-json", '"identifier": "MESH:D001241"'),
        ("jsonl", '"concept": "mesh:D001241"'),
        ("tsv", "\tmesh:D001241\t"),
    ],
)
def test_who_is_written_to(name: str, said: str) -> None:
    stream = io.StringIO()
    document = Document(id="pmid:7", passages=(Passage("title", "Aspirin"),))
    mentions, links = (Mention(0, 7, "Aspirin", "chemical"),), ((Link("mesh:D001241"),),)
    FORMATS[name]([AnnotatedDocument(document, mentions=mentions, links=links)], stream)
    assert said in stream.getvalue()
