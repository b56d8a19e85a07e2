"""JSON lines as `bioweft.export.jsonl` writes them: a document a line with its passages and mentions."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

from pydantic import TypeAdapter, ValidationError

from bioweft.records import AnnotatedDocument, Document, Mention, Record, Reject
from bioweft.sources.annotations import checked, our_type, texts
from bioweft.sources.base import Input, Source
from bioweft.sources.files import BREAKS, bare_name, find, open_binary
from bioweft.sources.table import rows

_BEGINNING = re.compile(rb'\{\s*"id":\s*"(?:[^"\\]|\\.)*",\s*"passages":\s*\[\s*(?:\]|\{\s*"kind":)')
_DOCUMENT = TypeAdapter(Document)
_MENTIONS = TypeAdapter(list[Mention])


class JsonlSource(Source):
    """A file of JSON lines that bioweft wrote, a folder of them or a pattern: the documents, without their mentions."""

    kind: Literal["jsonl"] = "jsonl"
    path: str

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by name."""
        del folder
        return [Input(bare_name(path), path) for path in find(self.path, suffixes=[".jsonl"])]

    def read(self, item: Input) -> Iterator[Record]:
        """Yield the documents of a file; mentions are not looked at."""
        yield from texts(read_annotated(item.path))


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
                    document, mentions = _document(row, types)
                except ValidationError as error:
                    yield Reject(str(path), position, _fault(error))
                else:
                    yield from checked(document, mentions, str(path))
    except BREAKS as error:
        yield Reject(str(path), "file", f"not readable: {error}")


def _document(row: dict[str, Any], types: Mapping[str, str]) -> tuple[Document, list[Mention]]:
    mentions = _MENTIONS.validate_python(row.pop("mentions", []))
    return _DOCUMENT.validate_python(row), [replace(one, type=our_type(one.type, types)) for one in mentions]


def _fault(error: ValidationError) -> str:
    first = error.errors()[0]
    return f"no document: {'.'.join(map(str, first['loc']))}: {first['msg']}"
