"""JSON lines as `bioweft.export.jsonl` writes them: a document a line with its passages and mentions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal

from pydantic import TypeAdapter, ValidationError

from bioweft.faults import first_fault
from bioweft.records import DICTIONARY, AnnotatedDocument, Document, Link, Mention, Reject
from bioweft.sources.annotations import AnnotatedSource, Annotation, checked, our_type
from bioweft.sources.base import Input
from bioweft.sources.files import BREAKS, bare_name, open_binary
from bioweft.sources.table import rows

_BEGINNING = re.compile(rb'\{\s*"id":\s*"(?:[^"\\]|\\.)*",\s*"passages":\s*\[\s*(?:\]|\{\s*"kind":)')
_DOCUMENT = TypeAdapter(Document)


@dataclass(frozen=True, slots=True)
class _Row:
    """A mention of a file; one without `links`, as earlier versions wrote, joins several concepts by `|`."""

    start: int
    end: int
    text: str
    type: str
    tagger: str = DICTIONARY
    score: float = 1.0
    concept: str | None = None
    link_score: float | None = None
    reason: str | None = None
    links: tuple[Link, ...] | None = None

    def annotation(self, types: Mapping[str, str]) -> Annotation:
        """Return the mention and its links, the type as it is called here."""
        mention = Mention(self.start, self.end, self.text, our_type(self.type, types), self.tagger, self.score)
        if self.links is not None:
            return mention, self.links
        score = 1.0 if self.link_score is None else self.link_score
        curies = self.concept.split("|") if self.concept else []
        return mention, tuple(Link(curie, score, self.reason or "annotation") for curie in curies)


_ROWS = TypeAdapter(list[_Row])


class JsonlSource(AnnotatedSource):
    """A file of JSON lines that bioweft wrote, a folder of them or a pattern."""

    kind: Literal["jsonl"] = "jsonl"

    suffixes: ClassVar[tuple[str, ...]] = (".jsonl",)

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by name."""
        return [Input(bare_name(path), path) for path in self.files(folder)]

    def annotated(self, item: Input) -> Iterator[AnnotatedDocument | Reject]:
        """Yield the documents of a file with their annotations."""
        return read_annotated(item.path)


def is_ours(start: bytes) -> bool:
    """Say whether a file that begins so holds documents as bioweft writes them, and not another kind of JSON."""
    return _BEGINNING.match(start) is not None


def read_annotated(path: Path, *, types: Mapping[str, str] = {}) -> Iterator[AnnotatedDocument | Reject]:
    """Yield each document with its mentions; one whose text is not at its offsets is a reject."""
    try:
        with open_binary(path) as stream:
            for position, row in rows(stream, path, delimiter=None):
                if isinstance(row, Reject):
                    yield row
                    continue
                try:
                    document, annotations = _document(row, types)
                except ValidationError as error:
                    key, words = first_fault(error)
                    yield Reject(str(path), position, f"no document: {key}: {words}")
                else:
                    yield from checked(document, annotations, str(path), position=position)
    except BREAKS as error:
        yield Reject(str(path), "file", f"not readable: {error}")


def _document(row: dict[str, Any], types: Mapping[str, str]) -> tuple[Document, list[Annotation]]:
    mentions = _ROWS.validate_python(row.pop("mentions", []))
    return _DOCUMENT.validate_python(row), [mention.annotation(types) for mention in mentions]
