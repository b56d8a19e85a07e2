"""Writers of annotated documents, one module a format, all of one form.

`write(documents, stream)` takes documents with their mentions one by one and writes them as they come.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import IO

from bioweft.export import bioc, html, jsonl, pubtator, tsv
from bioweft.records import Document, Mention

Tagged = tuple[Document, Sequence[Mention]]
Writer = Callable[[Iterable[Tagged], IO[str]], None]

FORMATS: dict[str, Writer] = {
    "pubtator": pubtator.write,
    "bioc": bioc.write,
    "bioc-json": bioc.write_json,
    "jsonl": jsonl.write,
    "tsv": tsv.write,
    "html": html.write,
}
"""Every format by name."""

ENDINGS = {
    ".pubtator": "pubtator",
    ".txt": "pubtator",
    ".xml": "bioc",
    ".json": "bioc-json",
    ".jsonl": "jsonl",
    ".tsv": "tsv",
    ".html": "html",
    ".htm": "html",
}
"""The format that the ending of an output file names."""
