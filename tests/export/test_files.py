"""Formats that are written by path, and other names of types."""

import io
from pathlib import Path

from bioweft.export import FILES, FORMATS, type_names
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage, Relation
from bioweft.sources import brat
from bioweft.sources.annotations import annotated

DOCUMENT = Document("pmid:7", (Passage("title", "Aspirin in breast\ncancer"), Passage("abstract", "TP53 and p53.")))
ASPIRIN = Mention(0, 7, "Aspirin", "chemical"), (Link("mesh:D001241"),)
CANCER = Mention(11, 24, "breast\ncancer", "disease"), (Link("mesh:D001943"), Link("doid:1612"))
TP53 = Mention(25, 29, "TP53", "gene"), (Link("ncbigene:7157"),)
P53 = Mention(34, 37, "p53", "gene"), ()
MADE = annotated(DOCUMENT, [ASPIRIN, CANCER, TP53, P53])


def test_brat_reads_back(tmp_path: Path) -> None:
    FILES["brat"]([MADE], tmp_path / "out")
    (read,) = brat.read_annotated(tmp_path / "out")
    assert isinstance(read, AnnotatedDocument)
    assert read.document.text == DOCUMENT.text
    assert [(m.start, m.end, m.type, [link.concept for link in links]) for m, links in read.linked()] == [
        (m.start, m.end, m.type, [link.concept for link in links]) for m, links in MADE.linked()
    ]


def test_brat_has_a_stretch_for_each_line_and_relations_that_are_not_denied(tmp_path: Path) -> None:
    said = Relation("mesh:D001241", "biolink:treats", "mesh:D001943", 0, 1, 0, 0.9)
    made = AnnotatedDocument(DOCUMENT, mentions=MADE.mentions, links=MADE.links, relations=(said,))
    FILES["brat"]([made, made], tmp_path)
    lines = (tmp_path / "pmid_7.ann").read_text(encoding="utf-8").splitlines()
    assert "T2\tdisease 11 17;18 24\tbreast cancer" in lines
    assert lines[-1] == "R1\ttreats Arg1:T1 Arg2:T2"
    assert sorted(file.name for file in tmp_path.iterdir()) == [
        "pmid_7-2.ann", "pmid_7-2.txt", "pmid_7.ann", "pmid_7.txt",
    ]  # fmt: skip


def test_a_docbin_has_entities_with_concepts_and_all_mentions_as_spans(tmp_path: Path) -> None:
    import spacy
    from spacy.tokens import DocBin

    within = Mention(18, 24, "cancer", "disease"), ()
    FILES["docbin"]([annotated(DOCUMENT, [ASPIRIN, CANCER, within, TP53])], tmp_path / "out.spacy")
    (doc,) = DocBin().from_disk(tmp_path / "out.spacy").get_docs(spacy.blank("en").vocab)
    assert doc.text == DOCUMENT.text
    assert doc.user_data["id"] == "pmid:7"
    assert [(entity.text, entity.label_, entity.kb_id_) for entity in doc.ents] == [
        ("Aspirin", "chemical", "mesh:D001241"),
        ("breast\ncancer", "disease", "mesh:D001943"),
        ("TP53", "gene", "ncbigene:7157"),
    ]
    assert len(doc.spans["bioweft"]) == 4


def test_types_may_have_the_names_of_pubtator_3_and_identifiers_stay() -> None:
    stream = io.StringIO()
    line = Mention(0, 4, "HeLa", "cell_line"), (Link("cellosaurus:CVCL_0030"),)
    toy = Mention(5, 8, "toy", "toy"), ()
    made = annotated(Document("pmid:8", (Passage("title", "HeLa toy"),)), [line, toy])
    FORMATS["pubtator"](type_names.renamed([made, MADE], type_names.PUBTATOR3), stream)
    rows = [row.split("\t")[3:] for row in stream.getvalue().splitlines() if "\t" in row]
    assert rows == [
        ["HeLa", "CellLine", "CVCL_0030"],
        ["toy", "toy", ""],
        ["Aspirin", "Chemical", "MESH:D001241"],
        ["breast cancer", "Disease", "MESH:D001943|DOID:1612"],
        ["TP53", "Gene", "7157"],
        ["p53", "Gene", ""],
    ]
