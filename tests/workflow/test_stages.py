"""Stages as functions over tables: what is found, and what it means."""

from collections.abc import Iterable, Iterator
from typing import Any

import pyarrow as pa

from bioweft.link.linker import link
from bioweft.records import AnnotatedDocument, DictionaryHit, Document, Link, Mention, Passage
from bioweft.store.documents import to_row, to_table
from bioweft.store.schemas import FOUND, MENTIONS
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
    assert found.schema.equals(FOUND)
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
