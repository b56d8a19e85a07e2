"""Medline format: what PubMed saves as "PubMed" and sends to reference managers (.nbib), through `Bio.Medline`."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Literal

from bioweft.records import Document, Passage, Record
from bioweft.sources import markup
from bioweft.sources.base import Input
from bioweft.sources.files import inputs_of
from bioweft.sources.pubmed import TYPE_FLAGS
from bioweft.sources.stored import FileSource
from bioweft.sources.tagged import documents

BEGINNING = re.compile(rb"\s*PMID\s?- ?\d")
"""How a file of this format begins."""
_RECORD = re.compile(rb"\s*PMID\s?- ")
"""How each record in it begins, also one without a PMID that is a number."""

_FIELD = re.compile(r"[A-Z][A-Z0-9]{0,3} {0,3}- ")
_CONTINUED = " " * 6
_DOI = re.compile(r"(10\.\S+/\S+) \[doi\]")
_PMID = re.compile(r"\d{1,10}")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_PMCID = re.compile(r"PMC\d+")
_FIELD_FLAGS = {
    "RIN": "retracted",
    "ROF": "retraction-notice",
    "EFR": "erratum",
    "ECI": "expression-of-concern",
    "ECF": "expression-of-concern",
}


class MedlineSource(FileSource):
    """A file in Medline format (`.nbib`, `.medline`), a folder of them or a pattern; plain, gzip or xz.

    A document has title, abstract, year, journal, DOI, PMC id, language and flags. MeSH headings are left out, as the
    format has no identifiers of them.
    """

    kind: Literal["medline"] = "medline"

    suffixes: ClassVar[tuple[str, ...]] = (".nbib", ".medline")

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by name."""
        return inputs_of(self.files(folder))

    def read(self, item: Input) -> Iterator[Record]:
        """Yield a document a record; one that cannot be read is a reject."""
        yield from documents(item, beginning=_RECORD, document=_document)


def _document(texts: list[str], name: str) -> Document:
    """Return the document of a record.

    Raises:
        ValueError: it is none.
    """
    from Bio import Medline

    del name  # a PMID is what names it
    for number, text in enumerate(texts):
        if not _FIELD.match(text) and not (number and text.startswith(_CONTINUED)):
            raise ValueError(f"not Medline format: {text[:80]!r}")
    read: Callable[[list[str]], dict[str, Any]] = Medline.read
    fields = read([f"{text}\n" for text in texts])
    pmid = str(fields.get("PMID", "")).strip()
    if not _PMID.fullmatch(pmid):
        raise ValueError("no PMID")
    title = _folded(fields, "TI") or _folded(fields, "BTI")
    abstract = _folded(fields, "AB")
    doi = next((match[1] for name in ("LID", "AID") if (match := _DOI.search(_folded(fields, name)))), None)
    year, pmcid = _YEAR.search(_folded(fields, "DP")), _PMCID.search(_folded(fields, "PMC"))
    flags = {TYPE_FLAGS.get(name) for name in fields.get("PT", ())}
    flags |= {flag for name, flag in _FIELD_FLAGS.items() if name in fields}
    return Document(
        id=f"pmid:{pmid}",
        passages=(Passage("title", title), *((Passage("abstract", abstract),) if abstract else ())),
        year=int(year[0]) or None if year else None,
        journal=_folded(fields, "JT") or _folded(fields, "TA") or None,
        doi=doi,
        pmcid=pmcid and pmcid[0],
        pmid=pmid,
        authors=tuple(fields.get("AU", ())) + tuple(fields.get("CN", ())),
        language=next(iter(fields.get("LA", ())), None),
        flags=tuple(sorted(flag for flag in flags if flag)),
    )


def _folded(fields: dict[str, Any], name: str) -> str:
    """Return a field in one line, nothing where there is none; several of one name are joined by a blank."""
    value = fields.get(name, "")
    return " ".join(markup.plain(value if isinstance(value, str) else " ".join(value)).split())
