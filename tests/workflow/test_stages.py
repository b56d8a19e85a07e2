"""Stages as functions over tables: what is found, and what it means."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from bioweft.link.linker import link
from bioweft.records import AnnotatedDocument, DictionaryHit, Document, Link, Mention, Passage
from bioweft.store.documents import to_row, to_table
from bioweft.store.schemas import MENTIONS, TAGGED
from bioweft.text import sentences
from bioweft.workflow import stages

DOCUMENTS = [
    Document("x:1", (Passage("title", "Gout or podagra."), Passage("abstract", "Of mice. Familial gout was seen."))),
    Document("x:2", (Passage("title", "Gout in pigs"),)),
    Document("x:3", (Passage("title", "Familial gout"),)),
]


NAMES = [("out", "mesh:1", 1.0), ("podagra", "mesh:2", 0.5), ("podagra", "mesh:3", 0.5)]


class Tagger:
    """Finds gout, alone and with the word before; dictionaries know it, and know one name of two concepts."""

    name, digest, on_gpu = "net", "1", False

    def load(self) -> None:
        pass

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        for annotated in documents:
            text = annotated.document.text
            assert annotated.sentences == sentences.of_document(annotated.document)
            if "pigs" in text:
                raise ValueError("no pigs")
            hits = [
                DictionaryHit(start, start + len(name), "disease", Link(curie, score, "name"))
                for name, curie, score in (
                    ("out", "mesh:1", 1.0),
                    ("podagra", "mesh:2", 0.5),
                    ("podagra", "mesh:3", 0.5),
                )
                if (start := text.find(name)) >= 0
            ]
            mentions = [
                Mention(start, start + len(name), name, "disease", self.name, 0.5)
                for name in ("Gout", "podagra", "Familial gout")
                if (start := text.find(name)) >= 0
            ]
            yield annotated.tagged(mentions, tuple(hits))


def tables() -> tuple[pa.Table, pa.Table, list[Any]]:
    read = to_table([to_row(document, input_number=0) for document in DOCUMENTS])
    spans, _ = stages.sentences(read)
    found, rejects = stages.tag(read, spans, Tagger())
    return found, spans, rejects


def test_what_is_found_says_where_and_by_which_hits() -> None:
    found, _, rejects = tables()
    assert found.schema.equals(TAGGED)
    assert [(row["document"], row["sentence"], row["text"], len(row["hits"])) for row in found.to_pylist()] == [
        ("x:1", 0, "Gout", 1),
        ("x:1", 0, "podagra", 2),
        ("x:1", 2, "Familial gout", 0),
        ("x:3", 0, "Familial gout", 1),
    ]
    assert [(reject.source, reject.reason) for reject in rejects] == [("x:2", "ValueError: no pigs")]


def test_a_row_for_each_concept_that_a_mention_names() -> None:
    found, _, _ = tables()
    mentions, rejects = stages.link(found)
    assert mentions.schema.equals(MENTIONS)
    assert rejects == []
    assert [(row["text"], row["concept"], row["reason"]) for row in mentions.to_pylist()] == [
        ("Gout", "mesh:1", "name"),
        ("podagra", "mesh:2", "name"),
        ("podagra", "mesh:3", "name"),
        ("Familial gout", None, None),
        ("Familial gout", "mesh:1", "name"),
    ]


def test_tables_are_linked_as_documents_are() -> None:
    found, _, _ = tables()
    linked = [
        link(next(Tagger().tag([AnnotatedDocument(document, sentences.of_document(document))])))
        for document in (DOCUMENTS[0], DOCUMENTS[2])
    ]
    expected = [
        (mention.start, mention.end, one and one.concept, one and one.score)
        for annotated in linked
        for mention, links in annotated.linked()
        for one in links or (None,)
    ]
    mentions, _ = stages.link(found)
    rows = mentions.to_pylist()
    assert [(row["start"], row["end"], row["concept"]) for row in rows] == [row[:3] for row in expected]
    assert all(
        row["link_score"] == score or abs(row["link_score"] - score) < 1e-6
        for row, (*_, score) in zip(rows, expected, strict=True)
    )


def test_nothing_found() -> None:
    found, _, _ = tables()
    assert stages.link(found.slice(0, 0))[0].equals(MENTIONS.empty_table())


def test_mentions_that_came_with_a_document_are_kept() -> None:
    gout = Mention(0, 4, "Gout", "disease", "gold", 0.75)
    ill = Mention(0, 7, "Gout in", "disease", "gold")
    linked = AnnotatedDocument(
        DOCUMENTS[1], mentions=(gout, ill), links=((Link("mesh:8", 0.5, "synonym"), Link("mesh:9")), ())
    )
    bare = AnnotatedDocument(Document("x:4", (Passage("title", "Gout"),)))
    records = [DOCUMENTS[0], linked, bare, DOCUMENTS[2]]
    read = to_table([to_row(record, input_number=0) for record in records])
    found, rejects = stages.tag(read, stages.sentences(read)[0], Tagger())
    assert rejects == []
    rows = stages.link(found)[0].to_pylist()
    assert [row["document"] for row in rows] == ["x:1"] * 4 + ["x:2"] * 3 + ["x:3"]
    kept = [(r["text"], r["tagger"], r["score"], r["concept"], r["link_score"], r["reason"]) for r in rows[4:7]]
    assert kept == [
        ("Gout", "gold", 0.75, "mesh:8", 0.5, "synonym"),
        ("Gout", "gold", 0.75, "mesh:9", 1.0, "annotation"),
        ("Gout in", "gold", 1.0, None, None, None),
    ]
