"""A check that a document can be stored and written: each value within its column's bounds, no broken characters.

Every source hands its documents through `fitting` (those with annotations in `annotations.checked`), so that a bad
record is a reject at its place and never an error further on.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from bioweft.records import Document

LAST_YEAR = 9999
MOST_VERSION = 32_767
"""The highest version that its column holds, a signed number of 16 bits."""

_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that XML cannot say; NUL, which most formats cannot, makes a reject."""


_BEFORE_DOI = re.compile(r"\s*(?:(?:https?://)?(?:dx\.)?doi\.org/|doi:\s*)", re.IGNORECASE)


def without_controls(text: str) -> str:
    """Return a text with a blank for each control character, a form feed among them, so that no offset moves."""
    return _CONTROL.sub(" ", text)


def bare_doi(doi: str) -> str:
    """Return a DOI without what is written before it: `10.1234/x` of `https://doi.org/10.1234/x`."""
    return doi[match.end() :].strip() if (match := _BEFORE_DOI.match(doi)) else doi.strip()


def fitting(document: Document) -> Document:
    """Return the document with a bare DOI, and with blanks for control characters in its texts.

    Raises:
        ValueError: a value is none that can be stored, as the message says.
    """
    if not document.id.strip():
        raise ValueError("it has no id")
    if document.year is not None and not 0 < document.year <= LAST_YEAR:
        raise ValueError(f"the year {document.year} is not between 1 and {LAST_YEAR}")
    if not 0 <= document.version <= MOST_VERSION:
        raise ValueError(f"the version {document.version} is not between 0 and {MOST_VERSION:,}")
    for name, value in _words(document):
        fault = broken(value)
        if fault or (name == "id" and _CONTROL.search(value)):
            raise ValueError(f"the {name} holds {fault or 'a control character'}")
    if document.doi and (doi := bare_doi(document.doi)) != document.doi:
        document = replace(document, doi=doi or None)
    if any(_CONTROL.search(passage.text) for passage in document.passages):
        passages = (replace(passage, text=without_controls(passage.text)) for passage in document.passages)
        return replace(document, passages=tuple(passages))
    return document


def printable(text: str) -> str:
    """Return a text in which what cannot be written is escaped."""
    return without_controls(text).replace("\0", "\\0").encode("utf-8", "backslashreplace").decode()


def _words(document: Document) -> Iterator[tuple[str, str]]:
    """Yield every text of a document with the name of its field."""
    for passage in document.passages:
        yield "text", passage.text
        yield "kind of a passage", passage.kind
        yield "label of a passage", passage.label or ""
    for name in ("id", "journal", "doi", "pmid", "pmcid", "language", "licence"):
        yield name, getattr(document, name) or ""
    for author in document.authors:
        yield "list of authors", author
    for flag in document.flags:
        yield "list of flags", flag
    for heading in document.mesh:
        yield "MeSH heading", heading.id + heading.name


def broken(text: str) -> str:
    """Return what makes a text impossible to store; nothing where it is sound."""
    if "\0" in text:
        return "a NUL character"
    try:
        text.encode()
    except UnicodeEncodeError as error:
        return f"half of a character, U+{ord(text[error.start]):04X}"
    return ""
