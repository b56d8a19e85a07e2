"""PubMed XML: baseline and update files and efetch answers, as a stream of documents and deletions.

The byte stream is cut at the tags of records and each record is parsed by itself, so that a broken one costs only
itself, memory stays flat, and no entity of a document type is ever expanded. Element names are those of NLM's
pubmed DTD.
"""

import re
import zlib
from collections.abc import Iterator
from lzma import LZMAError
from pathlib import Path
from typing import IO, ClassVar, Literal

from lxml import etree

from bioweft.records import Deletion, Document, MeshHeading, Passage, Record, Reject
from bioweft.sources.base import Input, Source
from bioweft.sources.files import bare_name, find, open_binary

MOST_BYTES = 64 * 1024 * 1024
"""A record above this size is refused: the longest real ones are below 2 MiB."""

_BLOCK = 1024 * 1024
_TAG = re.compile(rb"<(/?)(PubmedArticle|PubmedBookArticle|DeleteCitation|DeleteDocument)(?:\s[^<>]*)?>")
_WRAPPER = re.compile(
    rb"<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>|<!--.*?-->|</?(?:PubmedArticleSet|BookDocumentSet)(?:\s[^<>]*)?/?>",
    re.DOTALL,
)
_UNREAD = re.compile(rb"<AuthorList.*?</AuthorList>|<ReferenceList.*</ReferenceList>", re.DOTALL)
"""What no document takes, half of a record's bytes: it is not parsed. Reference lists may be nested."""

_PMID = re.compile(rb"<PMID[^>]*>\s*(\d+)")
_FILE = re.compile(r"(?:pubmed|medline)(\d\d)n(\d+)", re.IGNORECASE)
_SPACE = re.compile(r"[ \t\r\n]{2,}|[\t\r\n]")
_YEAR = re.compile(r"\d{4}")
_NO_TITLE = frozenset({"[not available].", "[not available]", "[in process citation].", "[in process citation]"})
_TRUNCATED = "(ABSTRACT TRUNCATED"
_COMMENT_FLAGS = {
    "RetractionIn": "retracted",
    "RetractionOf": "retraction-notice",
    "ErratumFor": "erratum",
    "ExpressionOfConcernIn": "expression-of-concern",
    "ExpressionOfConcernFor": "expression-of-concern",
}
_TYPE_FLAGS = {
    "Retracted Publication": "retracted",
    "Retraction of Publication": "retraction-notice",
    "Retraction Notice": "retraction-notice",
    "Published Erratum": "erratum",
    "Expression of Concern": "expression-of-concern",
    "Preprint": "preprint",
}


class PubMedFiles(Source):
    """A PubMed XML file, a folder of them or a pattern; plain, gzip or xz.

    `other_abstract` also takes abstracts in other languages and for lay readers where there is no other.
    """

    kind: Literal["pubmed-files"] = "pubmed-files"
    path: str
    other_abstract: bool = False

    reading: ClassVar[tuple[str, ...]] = ("other_abstract",)

    def inputs(self, folder: Path) -> list[Input]:
        """List the files in the order in which they apply: by production year and number."""
        del folder
        files = sorted(find(self.path, suffixes=[".xml"]), key=application_order)
        return [Input(bare_name(path), path) for path in files]

    def read(self, item: Input) -> Iterator[Record]:
        """Stream the records of one file."""
        with open_binary(item.path) as stream:
            yield from read_xml(stream, source=str(item.path), other_abstract=self.other_abstract)


def application_order(path: Path) -> tuple[int, int, str]:
    """Return a key that sorts PubMed's files in the order in which they apply, files of other names last."""
    match = _FILE.search(path.name)
    return (int(match[1]), int(match[2]), path.name) if match else (100, 0, path.name)


def read_xml(stream: IO[bytes], *, source: str, other_abstract: bool = False) -> Iterator[Record]:
    """Stream the records of PubMed XML; `source` says in rejects where it came from."""
    number = 0
    for what, offset, content in _cut(stream):
        if what == "record":
            number += 1
            try:
                yield from _parse(content, other_abstract=other_abstract)
            except (etree.XMLSyntaxError, ValueError) as error:
                yield Reject(source, _where(number, offset, content), f"not readable: {error}")
        elif what == "broken":
            number += 1
            yield Reject(source, _where(number, offset, content), "the record does not end")
        elif what == "stray":
            seen = content[:80].decode("utf-8", "replace")
            yield Reject(source, f"byte {offset}", f"not a PubMed record: {seen!r}")
        else:
            yield Reject(source, f"after record {number}, byte {offset}", content.decode())


def _where(number: int, offset: int, content: bytes) -> str:
    pmid = _PMID.search(content)
    return f"record {number}, byte {offset}" + (f", PMID {pmid[1].decode()}" if pmid else "")


def _cut(stream: IO[bytes]) -> Iterator[tuple[str, int, bytes]]:
    """Yield what the stream is made of, each with its byte offset.

    `record`: a whole record. `broken`: one without an end. `stray`: bytes between records that are neither white space
    nor wrapping. `ended`: the stream broke off, with the reason.
    """
    buffer = bytearray()
    base = 0
    """The offset of the buffer in the stream."""
    seen = 0
    """How far the buffer has been searched for tags."""
    opened: tuple[int, bytes] | None = None
    """Where in the buffer the record begins that is open, and its name."""
    after = 0
    """Where in the buffer the last record ended."""
    reason = ""
    while True:
        try:
            block = stream.read1(_BLOCK)  # type: ignore[attr-defined]
        except (EOFError, OSError, zlib.error, LZMAError) as error:
            reason = f"the file breaks off: {error}"
            block = b""
        buffer += block
        for tag in _TAG.finditer(buffer, seen):
            closing, name, seen = tag[1], tag[2], tag.end()
            if not closing:
                if opened is not None:
                    yield "broken", base + opened[0], bytes(buffer[opened[0] : tag.start()])
                else:
                    yield from _stray(buffer[after : tag.start()], base + after)
                opened = (tag.start(), name)
            elif opened is not None and opened[1] == name:
                yield "record", base + opened[0], bytes(buffer[opened[0] : tag.end()])
                opened, after = None, tag.end()
        # A tag may straddle two blocks: the search goes on at the last "<" behind those found.
        straddling = buffer.rfind(b"<", seen)
        seen = straddling if straddling >= 0 else len(buffer)
        keep = opened[0] if opened is not None else max(after, 0)
        if opened is not None and len(buffer) - keep > MOST_BYTES:
            yield "broken", base + keep, bytes(buffer[keep : keep + 4096])
            opened, after, keep = None, len(buffer), len(buffer)
        if opened is None and len(buffer) - keep > 2 * _BLOCK:
            # Nothing but stray bytes: say so once, and forget them but for a tag that may have begun.
            yield from _stray(buffer[keep:seen], base + keep)
            keep = after = seen
        del buffer[:keep]
        base, seen, after = base + keep, max(seen - keep, 0), max(after - keep, 0)
        opened = (opened[0] - keep, opened[1]) if opened is not None else None
        if not block:
            break
    if opened is not None:
        yield "broken", base + opened[0], bytes(buffer[opened[0] :])
    else:
        yield from _stray(buffer[after:], base + after)
    if reason:
        yield "ended", base + len(buffer), reason.encode()


def _stray(content: bytearray, offset: int) -> Iterator[tuple[str, int, bytes]]:
    rest = _WRAPPER.sub(b"", bytes(content)).strip()
    if rest:
        yield "stray", offset, rest


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        encoding="utf-8", resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )


def _parse(content: bytes, *, other_abstract: bool) -> Iterator[Document | Deletion]:
    root = etree.fromstring(_UNREAD.sub(b"", content), _parser())
    if root.tag in ("DeleteCitation", "DeleteDocument"):
        for pmid in root.iter("PMID"):
            yield Deletion(f"pmid:{_text(pmid)}")
    elif root.tag == "PubmedBookArticle":
        yield _book(root)
    else:
        yield _article(root, other_abstract=other_abstract)


def _article(root: etree._Element, *, other_abstract: bool) -> Document:
    citation = root.find("MedlineCitation")
    article = citation.find("Article") if citation is not None else None
    pmid = citation.find("PMID") if citation is not None else None
    if citation is None or article is None or pmid is None or not (pmid.text or "").strip().isdigit():
        raise ValueError("no MedlineCitation with a PMID and an Article")
    abstracts = _abstract(article.find("Abstract"))
    if not abstracts and other_abstract:
        abstracts = _abstract(citation.find("OtherAbstract"))
    flags = {
        _COMMENT_FLAGS[kind]
        for c in citation.iterfind("CommentsCorrectionsList/CommentsCorrections")
        if (kind := c.get("RefType", "")) in _COMMENT_FLAGS
    }
    flags |= {
        _TYPE_FLAGS[kind]
        for t in article.iterfind("PublicationTypeList/PublicationType")
        if (kind := t.text or "") in _TYPE_FLAGS
    }
    if any(_TRUNCATED in passage.text for passage in abstracts):
        flags.add("truncated")
    journal = article.find("Journal")
    doi, pmcid = _identifiers(article, root.find("PubmedData/ArticleIdList"))
    title = article.find("ArticleTitle")
    return Document(
        id=f"pmid:{(pmid.text or '').strip()}",
        passages=(Passage("title", _title(title)), *abstracts),
        year=_year(journal.find("JournalIssue/PubDate") if journal is not None else None)
        or _year(article.find("ArticleDate")),
        journal=_text(journal.find("Title")) or None if journal is not None else None,
        doi=doi,
        pmcid=pmcid,
        language=_text(article.find("Language")) or None,
        flags=tuple(sorted(flags)),
        mesh=tuple(_mesh(citation)),
        version=int(pmid.get("Version") or 1),
    )


def _book(root: etree._Element) -> Document:
    book = root.find("BookDocument")
    pmid = _text(book.find("PMID")) if book is not None else ""
    if book is None or not pmid.isdigit():
        raise ValueError("no BookDocument with a PMID")
    abstracts = _abstract(book.find("Abstract"))
    doi, _ = _identifiers(book, book.find("ArticleIdList"))
    title = _title(book.find("ArticleTitle")) or _title(book.find("Book/BookTitle"))
    return Document(
        id=f"pmid:{pmid}",
        passages=(Passage("title", title), *abstracts),
        year=_year(book.find("Book/PubDate")) or _year(book.find("ContributionDate")),
        journal=_text(book.find("Book/BookTitle")) or None,
        doi=doi,
        language=_text(book.find("Language")) or None,
        flags=("book",),
    )


def _abstract(abstract: etree._Element | None) -> tuple[Passage, ...]:
    if abstract is None:
        return ()
    parts = ((_text(part), part.get("Label")) for part in abstract.iterfind("AbstractText"))
    return tuple(Passage("abstract", text, label) for text, label in parts if text)


def _title(title: etree._Element | None) -> str:
    text = _text(title)
    return "" if text.lower() in _NO_TITLE else text


def _text(element: etree._Element | None) -> str:
    """Return all text within an element, inline mark-up and MathML included, white space folded."""
    if element is None:
        return ""
    text = "".join(map(str, element.itertext())) if len(element) else element.text or ""
    return _SPACE.sub(" ", text).strip()


def _year(date: etree._Element | None) -> int | None:
    """Return the first year that a date names: of a `MedlineDate` such as "1979-1980 Fall" the former."""
    if date is None:
        return None
    match = _YEAR.search(_text(date.find("Year")) or _text(date.find("MedlineDate")))
    return int(match[0]) if match else None


def _identifiers(article: etree._Element, ids: etree._Element | None) -> tuple[str | None, str | None]:
    """Return DOI and PMC id of the article itself, never those of what it cites."""
    doi = pmcid = None
    for location in article.iterfind("ELocationID"):
        if location.get("EIdType") == "doi" and location.get("ValidYN", "Y") == "Y":
            doi = doi or _text(location) or None
    if ids is not None:
        for identifier in ids.iterfind("ArticleId"):
            if identifier.get("IdType") == "doi":
                doi = doi or _text(identifier) or None
            elif identifier.get("IdType") == "pmc":
                pmcid = pmcid or _text(identifier) or None
    return doi, pmcid


def _mesh(citation: etree._Element) -> Iterator[MeshHeading]:
    for heading in citation.iterfind("MeshHeadingList/MeshHeading"):
        descriptor = heading.find("DescriptorName")
        if descriptor is not None and descriptor.get("UI"):
            major = any(part.get("MajorTopicYN") == "Y" for part in heading)
            yield MeshHeading(f"mesh:{descriptor.get('UI')}", _text(descriptor), major)
