"""Stages as functions over tables: what is found, and what it means."""

import errno
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

import pyarrow as pa
import pytest

from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage
from bioweft.store.documents import to_row, to_table
from bioweft.store.schemas import MENTIONS, TAGGED
from bioweft.text import sentences
from bioweft.workflow import stages

DOCUMENTS = [
    Document("x:1", (Passage("title", "Gout or podagra."), Passage("abstract", "Of mice. Familial gout was seen."))),
    Document("x:2", (Passage("title", "Gout in pigs"),)),
    Document("x:3", (Passage("title", "Familial gout"),)),
]


LINKS = {
    "Gout": (Link("mesh:1", 1.0, "name"),),
    "podagra": (Link("mesh:2", 0.5, "name", ("mesh:2", "mesh:3")), Link("mesh:3", 0.5, "name")),
}


class Tagger:
    """Finds gout, alone and with the word before; pigs break it."""

    name, digest, on_gpu = "net", "1", False

    def load(self) -> None:
        pass

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        for annotated in documents:
            text = annotated.document.text
            assert annotated.sentences == sentences.of_document(annotated.document)
            if "pigs" in text:
                raise ValueError("no pigs")
            yield annotated.tagged(
                Mention(start, start + len(name), name, "disease", self.name, 0.5)
                for name in ("Gout", "podagra", "Familial gout")
                if (start := text.find(name)) >= 0
            )


class Linker:
    """Knows one meaning of gout and two of podagra; a document that it cannot bear breaks it."""

    name, digest, on_gpu = "names", "1", False

    def __init__(self, unbearable: str = "") -> None:
        self._unbearable = unbearable

    def load(self) -> None:
        pass

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        for annotated in documents:
            assert annotated.sentences == sentences.of_document(annotated.document)
            if annotated.document.id == self._unbearable:
                raise ValueError("too much")
            yield replace(annotated, links=tuple(LINKS.get(mention.text, ()) for mention in annotated.mentions))


def tables() -> tuple[pa.Table, pa.Table, pa.Table, list[Any]]:
    read = to_table([to_row(document, input_number=0) for document in DOCUMENTS])
    spans, _ = stages.sentences(read)
    tagged, rejects = stages.tag(read, spans, Tagger())
    return read, spans, tagged, rejects


def test_mentions_say_where_they_are() -> None:
    _, _, tagged, rejects = tables()
    assert tagged.schema.equals(TAGGED)
    assert [(row["document"], row["sentence"], row["text"], row["links"]) for row in tagged.to_pylist()] == [
        ("x:1", 0, "Gout", None),
        ("x:1", 0, "podagra", None),
        ("x:1", 2, "Familial gout", None),
        ("x:3", 0, "Familial gout", None),
    ]
    assert [(reject.source, reject.reason) for reject in rejects] == [("x:2", "ValueError: no pigs")]


def test_a_row_for_each_concept_that_a_mention_names() -> None:
    read, spans, tagged, _ = tables()
    mentions, rejects = stages.link(read, spans, tagged, Linker())
    assert mentions.schema.equals(MENTIONS)
    assert rejects == []
    assert [(row["text"], row["concept"], row["reason"], row["candidates"]) for row in mentions.to_pylist()] == [
        ("Gout", "mesh:1", "name", []),
        ("podagra", "mesh:2", "name", ["mesh:2", "mesh:3"]),
        ("podagra", "mesh:3", "name", []),
        ("Familial gout", None, None, []),
        ("Familial gout", None, None, []),
    ]


def test_a_mention_names_each_concept_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two parts of one name can lead to one concept, which counts once, by the better of both."""
    both = (Link("mesh:1", 0.5, "as Gout"), Link("mesh:2"), Link("mesh:1", 0.75, "as Podagra"))
    monkeypatch.setitem(LINKS, "Gout", both)
    read, spans, tagged, _ = tables()
    mentions, _ = stages.link(read, spans, tagged, Linker())
    named = [(row["concept"], row["link_score"], row["reason"]) for row in mentions.to_pylist()]
    assert named[:2] == [("mesh:1", 0.75, "as Podagra"), ("mesh:2", 1.0, "annotation")]
    assert mentions.num_rows == 6


def test_tables_are_linked_as_documents_are() -> None:
    read, spans, tagged, _ = tables()
    documents = [AnnotatedDocument(document, sentences.of_document(document)) for document in DOCUMENTS[::2]]
    expected = [
        (mention.start, mention.end, made and made.concept, made and made.score)
        for annotated in Linker().link(Tagger().tag(documents))
        for mention, links in annotated.linked()
        for made in links or (None,)
    ]
    mentions, _ = stages.link(read, spans, tagged, Linker())
    assert [tuple(row[name] for name in ("start", "end", "concept", "link_score")) for row in mentions.to_pylist()] == (
        expected
    )


def test_a_document_that_breaks_the_linker_keeps_its_mentions_and_no_other_from_being_linked() -> None:
    read, spans, tagged, _ = tables()
    mentions, rejects = stages.link(read, spans, tagged, Linker("x:3"))
    assert [(reject.source, reject.reason) for reject in rejects] == [("x:3", "ValueError: too much")]
    assert [row["concept"] for row in mentions.to_pylist()] == ["mesh:1", "mesh:2", "mesh:3", None, None]


def test_without_a_linker_no_mention_has_a_concept() -> None:
    read, spans, tagged, _ = tables()
    mentions, rejects = stages.link(read, spans, tagged, None)
    assert (mentions["concept"].null_count, mentions.num_rows, rejects) == (4, 4, [])


def test_nothing_found() -> None:
    read, spans, tagged, _ = tables()
    assert stages.link(read, spans, tagged.slice(0, 0), Linker())[0].equals(MENTIONS.empty_table())


def test_mentions_that_came_with_a_document_are_kept() -> None:
    gout = Mention(0, 4, "Gout", "disease", "gold", 0.75)
    ill = Mention(0, 7, "Gout in", "disease", "gold")
    linked = AnnotatedDocument(
        DOCUMENTS[1], mentions=(gout, ill), links=((Link("mesh:8", 0.5, "synonym"), Link("mesh:9")), ())
    )
    bare = AnnotatedDocument(Document("x:4", (Passage("title", "Gout"),)))
    records = [DOCUMENTS[0], linked, bare, DOCUMENTS[2]]
    read = to_table([to_row(record, input_number=0) for record in records])
    spans, _ = stages.sentences(read)
    tagged, rejects = stages.tag(read, spans, Tagger())
    assert rejects == []
    rows = stages.link(read, spans, tagged, Linker())[0].to_pylist()
    assert [row["document"] for row in rows] == ["x:1"] * 4 + ["x:2"] * 3 + ["x:3"]
    kept = [(r["text"], r["tagger"], r["score"], r["concept"], r["link_score"], r["reason"]) for r in rows[4:7]]
    assert kept == [
        ("Gout", "gold", 0.75, "mesh:8", 0.5, "synonym"),
        ("Gout", "gold", 0.75, "mesh:9", 1.0, "annotation"),
        ("Gout in", "gold", 1.0, None, None, None),
    ]


@pytest.mark.parametrize(
    "shortage",
    [
        MemoryError(),
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("[ONNXRuntimeError] : 6 : RUNTIME_EXCEPTION : Failed to allocate memory for requested buffer"),
        RuntimeError("std::bad_alloc"),
    ],
)
def test_a_shortage_of_the_machine_is_no_reject(shortage: Exception) -> None:
    table = to_table([to_row(Document("x:1", (Passage("title", "A."),)), input_number=0)])
    split, _ = stages.sentences(table)

    class Short:
        def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
            raise shortage

        def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
            raise ValueError("wrapped") from shortage

    with pytest.raises(type(shortage)):
        stages.tag(table, split, Short())  # type: ignore[arg-type]
    tagged = pa.table(
        {"document": ["x:1"], "sentence": [0], "start": [0], "end": [1], "text": ["A"], "type": ["t"], "tagger": ["t"],
         "score": [1.0], "links": [None]}, schema=TAGGED
    )  # fmt: skip
    with pytest.raises(ValueError, match="wrapped"):
        stages.link(table, split, tagged, Short())  # type: ignore[arg-type]
