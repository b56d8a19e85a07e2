"""RIS: what reference managers and bibliographic databases (Zotero, EndNote, Scopus, Embase) write, through `rispy`."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal

from bioweft.records import Document, Passage, Record
from bioweft.sources import markup
from bioweft.sources.base import Input
from bioweft.sources.files import inputs_of
from bioweft.sources.pubmed import TYPE_FLAGS
from bioweft.sources.stored import FileSource
from bioweft.sources.tagged import documents

BEGINNING = re.compile(rb"\s*TY  - ?\S")
"""How a file of this format, and each record in it, begins."""

_TITLES = ("title", "primary_title")
_ABSTRACTS = ("abstract", "notes_abstract")
_JOURNALS = ("alternate_title3", "secondary_title", "journal_name", "alternate_title2", "alternate_title1")
"""The full title of the journal before its short forms."""
_YEARS = ("year", "publication_year", "date")
_NOTES = ("notes", "note", "accession_number", "custom1", "custom2", "custom7", "urls")
"""Where reference managers put identifiers that RIS has no tag for."""

_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_PMID = re.compile(
    r"(?:\bPMID:?\s*|pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)(\d{1,8})\b", re.IGNORECASE
)
_PMCID = re.compile(r"\bPMC\d+\b")
_PUBMED = re.compile(r"pubmed|medline|\bNLM\b", re.IGNORECASE)
"""Names of databases whose accession numbers are PMIDs."""


class RisSource(FileSource):
    """A RIS file, a folder of them or a pattern; plain, gzip or xz.

    A document has title, abstract, year, journal, DOI, PMID, PMC id, authors and language. Its id is the first there is
    of `pmid:…`, `doi:…`, `pmcid:PMC…` and `file:<file>#<line>`. A PMID is read from `AN` where the database is PubMed
    or Medline, and from notes and addresses that name one.
    """

    kind: Literal["ris"] = "ris"

    suffixes: ClassVar[tuple[str, ...]] = (".ris",)

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by name."""
        return inputs_of(self.files(folder))

    def read(self, item: Input) -> Iterator[Record]:
        """Yield a document a record; one that cannot be read is a reject."""
        yield from documents(item, beginning=BEGINNING, document=_document)


def _document(lines: list[str], name: str) -> Document:
    """Return the document of a record.

    Raises:
        ValueError: it is none.
    """
    import rispy

    if not BEGINNING.match(lines[0].encode()):
        raise ValueError(f"not RIS: {lines[0][:80]!r}")
    end = [] if any(line.startswith("ER  -") for line in lines) else ["ER  - "]  # the last one of a file may lack it
    (fields,) = rispy.loads("\n".join([*lines, *end]), enforce_list_tags=False)[:1] or [{}]
    title, abstract = _text(fields, _TITLES), _text(fields, _ABSTRACTS)
    if not title and not abstract:
        raise ValueError("no title and no abstract")
    doi = _DOI.search(_text(fields, ("doi",))) or _DOI.search(" ".join(_values(fields, "urls")))
    pmid, pmcid = _pmid(fields), _PMCID.search(_notes(fields))
    year = _YEAR.search(_text(fields, _YEARS))
    flag = TYPE_FLAGS.get(_text(fields, ("type_of_work",)))
    identifiers = (("pmid", pmid), ("doi", doi and doi[0].lower()), ("pmcid", pmcid and pmcid[0]))
    abstracts = tuple(Passage("abstract", text, label) for label, text in markup.sections(abstract)) if abstract else ()
    return Document(
        id=next((f"{prefix}:{value}" for prefix, value in identifiers if value), f"file:{name}"),
        passages=(Passage("title", markup.plain(title)), *abstracts),
        year=int(year[0]) or None if year else None,
        journal=markup.plain(_text(fields, _JOURNALS)) or None,
        doi=doi and doi[0],
        pmcid=pmcid and pmcid[0],
        pmid=pmid,
        authors=(*_values(fields, "authors"), *_values(fields, "first_authors")),
        language=_text(fields, ("language",)) or None,
        flags=(flag,) if flag else (),
    )


def _values(fields: Mapping[str, Any], name: str) -> list[str]:
    """Return the values of a field, each in one line; a tag that is there again makes a list."""
    value = fields.get(name, [])
    texts = (" ".join(text.split()) for text in ([value] if isinstance(value, str) else value))
    return [text for text in texts if text]


def _text(fields: Mapping[str, Any], names: tuple[str, ...]) -> str:
    """Return the first of these fields that has a value, in one line."""
    return next((text for name in names if (text := " ".join(_values(fields, name)))), "")


def _notes(fields: Mapping[str, Any]) -> str:
    return " ".join(text for name in _NOTES for text in _values(fields, name))


def _pmid(fields: Mapping[str, Any]) -> str | None:
    number = _text(fields, ("accession_number",))
    database = " ".join(_values(fields, "name_of_database") + _values(fields, "database_provider"))
    if number.isdecimal() and len(number) <= 8 and _PUBMED.search(database):
        return number.lstrip("0") or None
    match = _PMID.search(_notes(fields))
    return (match and match[1].lstrip("0")) or None
