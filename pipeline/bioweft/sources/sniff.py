"""Telling from a file's name and first bytes which source reads it."""

import json
import re
from pathlib import Path

from bioweft.errors import FormatError, InputError
from bioweft.sources import medline, ris
from bioweft.sources.bioc import BioCSource
from bioweft.sources.files import format_suffix, read_head
from bioweft.sources.jats import JatsSource
from bioweft.sources.jsonl import JsonlSource, is_ours
from bioweft.sources.pubmed import PubMedFiles
from bioweft.sources.pubtator import PubTatorSource
from bioweft.sources.table import TableSource
from bioweft.sources.text import TextSource

_HEAD = 64 * 1024
_PUBTATOR = re.compile(rb"\A\s*(?:\xef\xbb\xbf)?[^|\t\n]+\|[ta]\|")
_BIOC = re.compile(rb'\{[^\n]*"passages":\s*\[\s*\{[^\n]*"offset":')
"""How JSON lines begin that are a BioC document each."""

_ROOTS = (
    (re.compile(rb"<Pubmed(?:ArticleSet|Article|BookArticle)\b"), "pubmed-files"),
    (re.compile(rb"<collection\b|BioC\.dtd"), "bioc"),
    (re.compile(rb"<article\b|<pmc-articleset\b"), "jats"),
)
_SOURCES = (
    PubMedFiles,
    medline.MedlineSource,
    ris.RisSource,
    JatsSource,
    BioCSource,
    JsonlSource,
    TableSource,
    TextSource,
    PubTatorSource,
)

_BY_SUFFIX = {
    **dict.fromkeys(medline.MedlineSource.suffixes, "medline"),
    **dict.fromkeys(ris.RisSource.suffixes, "ris"),
    ".pubtator": "pubtator",
}
"""Formats by file name ending, of endings that no prose has."""

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
"""How a file in UTF-16 begins."""

SUFFIXES = tuple(dict.fromkeys(suffix for source in _SOURCES for suffix in source.suffixes))
"""The endings of files that some source reads."""


def sniff(path: Path) -> str:
    """Return the kind of the source that reads a file.

    It is `pubmed-files`, `medline`, `ris`, `pubtator`, `bioc`, `brat`, `jats`, `jsonl`, `table` or `text`. Of a file
    that breaks off before it says what it is, `text` does: reading it tells what is wrong.

    Raises:
        InputError: it cannot be opened.
        FormatError: it is XML or binary and none of these.
    """
    try:
        head, broken = read_head(path, _HEAD)
    except OSError as error:
        raise InputError(f"{path} cannot be opened: {error.strerror}") from error
    if head.startswith(_UTF_16):
        raise FormatError(f"{path} is UTF-16; save it as UTF-8 (iconv -f utf-16 -t utf-8)")
    start = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    if format_suffix(path) == ".ann":
        return "brat"
    if is_ours(start):
        return "jsonl"
    if format_suffix(path) in TableSource.suffixes:
        return "bioc" if start.startswith(b"{") and _BIOC.match(start) else "table"
    if start.startswith(b"<"):
        for root, kind in _ROOTS:
            if root.search(head):
                return kind
        if broken:
            return "text"
        raise FormatError(f"{path} is XML, but neither PubMed, BioC nor JATS; say what it is with --from")
    if start.startswith((b"{", b"[")):
        return "table" if _is_json_line(start) else "bioc"
    if medline.BEGINNING.match(start):
        return "medline"
    if ris.BEGINNING.match(start):
        return "ris"
    if _PUBTATOR.match(head):
        return "pubtator"
    if b"\0" in head:
        raise FormatError(f"{path} has NUL bytes, so it is not text; give XML, JSON, a table or plain text")
    return _BY_SUFFIX.get(format_suffix(path), "text")


def _is_json_line(start: bytes) -> bool:
    """Say whether the first line is a whole JSON object that is no BioC collection."""
    try:
        first = json.loads(start.split(b"\n", 1)[0])
    except ValueError:
        return False
    return isinstance(first, dict) and not {"documents", "passages", "PubTator3"} & first.keys()
