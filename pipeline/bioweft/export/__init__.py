"""Writers of annotated documents, one module a format, all of one form.

`write(documents, stream)` takes annotated documents one by one and writes them as they come.
"""

from collections.abc import Callable, Iterable
from typing import IO

from bioweft.export import bioc, html, iob, jsonl, pubtator, tsv
from bioweft.records import AnnotatedDocument

Writer = Callable[[Iterable[AnnotatedDocument], IO[str]], None]

FORMATS: dict[str, Writer] = {
    "pubtator": pubtator.write,
    "bioc": bioc.write,
    "bioc-json": bioc.write_json,
    "jsonl": jsonl.write,
    "tsv": tsv.write,
    "html": html.write,
    "iob": iob.write,
}
"""Every format by name."""

WITH_RELATIONS = ("pubtator", "bioc", "bioc-json", "jsonl")
"""Formats that have room for relations."""

ENDINGS = {
    ".pubtator": "pubtator",
    ".txt": "pubtator",
    ".xml": "bioc",
    ".json": "bioc-json",
    ".jsonl": "jsonl",
    ".tsv": "tsv",
    ".iob": "iob",
    ".html": "html",
    ".htm": "html",
}
"""The format that the ending of an output file names."""
