"""Writers of annotated documents, one module a format, all of one form.

`write(documents, stream)` takes annotated documents one by one and writes them as they come.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import IO

from bioweft.export import bioc, brat, docbin, html, iob, jsonl, pubtator, tsv
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
"""Every format that is one text, by name."""

FileWriter = Callable[[Iterable[AnnotatedDocument], Path], None]

FILES: dict[str, FileWriter] = {"brat": brat.write, "docbin": docbin.write}
"""Formats that are written by path: brat's is a folder of pairs of files, spaCy's a file of bytes."""

WITH_RELATIONS = ("pubtator", "bioc", "bioc-json", "jsonl", "brat")
"""Formats that have room for relations."""

ENDINGS = {
    ".pubtator": "pubtator",
    ".txt": "pubtator",
    ".xml": "bioc",
    ".json": "bioc-json",
    ".jsonl": "jsonl",
    ".tsv": "tsv",
    ".iob": "iob",
    ".spacy": "docbin",
    ".html": "html",
    ".htm": "html",
}
"""The format that the ending of an output file names."""
