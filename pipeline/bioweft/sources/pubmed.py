"""PubMed XML: baseline and update files and efetch answers, as a stream of documents and deletions.

The byte stream is cut where records begin and each is parsed by itself, so that a broken one costs only itself, memory
stays flat, and no entity of a document type is ever expanded. Element names are those of NLM's pubmed DTD. Author and
reference lists and histories, two thirds of the bytes, are not parsed: of these a document takes only the authors'
names, which are looked for in the bytes.
"""

import html
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO, ClassVar, Literal, NamedTuple

from lxml import etree

from bioweft.records import Deletion, Document, MeshHeading, Passage, Record, Reject
from bioweft.sources import markup
from bioweft.sources.base import Input
from bioweft.sources.files import BREAKS, inputs_of, open_binary
from bioweft.sources.fitting import MOST_VERSION, fitting
from bioweft.sources.recoded import Readable, recoded
from bioweft.sources.stored import FileSource

MOST_BYTES = 64 * 1024 * 1024
"""A record above this size is refused: the longest real ones are below 2 MiB."""

_BLOCK = 1024 * 1024
_OPENING = re.compile(rb"<(PubmedArticle|PubmedBookArticle|DeleteCitation|DeleteDocument)(?=[\s>])")
_LONGEST_OPENING = len(b"<PubmedBookArticle>")
_COMMENT = b"<!--"
_LONGEST_COMMENT = 1024 * 1024
_WRAPPER = re.compile(
    rb"\xef\xbb\xbf|<\?.*?\?>|<!DOCTYPE[^\[>]*(?:\[.*?\]\s*)?>|<!--.*?-->"
    rb"|</?(?:PubmedArticleSet|BookDocumentSet)(?:\s[^<>]*)?/?>",
    re.DOTALL,
)
_DECLARED = b'<PubmedArticle xmlns:mml="http://www.w3.org/1998/Math/MathML">'
_WRAPPED = re.compile(rb"<PubmedArticleSet(?:\s[^<>]*)?(?<!/)>")
_PMID = re.compile(rb"<PMID[^>]*>\s*(\d{1,20})")
_FILE = re.compile(r"(?:pubmed|medline)(\d\d)n(\d+)", re.IGNORECASE)
_MOST_DIGITS = 10
"""A PMID of more is none: there were 8 in 2026."""
_YEAR = re.compile(r"\d{4}")
_DOI = re.compile(r"10\.\S+/\S+")
_PMCID = re.compile(r"(?:PMC)?(\d+)")
_NO_TITLE = frozenset({"[not available].", "[not available]", "[in process citation].", "[in process citation]"})
_NO_LABEL = "UNLABELLED"
_TRUNCATED = "(ABSTRACT TRUNCATED"
_COMMENT_FLAGS = {
    "RetractionIn": "retracted",
    "RetractedandRepublishedIn": "retracted",
    "RetractionOf": "retraction-notice",
    "ErratumFor": "erratum",
    "ExpressionOfConcernIn": "expression-of-concern",
    "ExpressionOfConcernFor": "expression-of-concern",
}
TYPE_FLAGS = {
    "Retracted Publication": "retracted",
    "Retraction of Publication": "retraction-notice",
    "Retraction Notice": "retraction-notice",
    "Published Erratum": "erratum",
    "Expression of Concern": "expression-of-concern",
    "Preprint": "preprint",
}
"""Flags of a document by the type of publication that PubMed gives it."""
_PARSER = etree.XMLParser(
    encoding="utf-8", resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True, collect_ids=False
)


class PubMedFiles(FileSource):
    """A PubMed XML file, a folder of them or a pattern; plain, gzip or xz.

    `other_abstract` also takes the abstracts in other languages, by other agencies and for lay readers, after the
    article's own. A translated title keeps the square brackets that PubMed gives it, as in PubTator; a title such as
    `[Not Available].` is empty. `Document.journal` is the journal's full title where there is one.
    """

    kind: Literal["pubmed-files"] = "pubmed-files"
    other_abstract: bool = False

    version: ClassVar[int] = 4
    suffixes: ClassVar[tuple[str, ...]] = (".xml",)
    reading: ClassVar[tuple[str, ...]] = ("other_abstract",)

    def inputs(self, folder: Path) -> list[Input]:
        """List the files in the order in which they apply: by production year and number."""
        return inputs_of(sorted(self.files(folder), key=application_order))

    def read(self, item: Input) -> Iterator[Record]:
        """Stream the records of one file."""
        try:
            with open_binary(item.path) as stream:
                yield from read_xml(stream, source=str(item.path), other_abstract=self.other_abstract)
        except OSError as error:
            yield Reject(str(item.path), "file", f"cannot be opened: {error}")


def application_order(path: Path) -> tuple[int, int, str]:
    """Return a key that sorts PubMed's files in the order in which they apply, files of other names last."""
    match = _FILE.search(path.name)
    return (int(match[1]), int(match[2]), path.name) if match else (100, 0, path.name)


def read_xml(stream: IO[bytes], *, source: str, other_abstract: bool = False) -> Iterator[Record]:
    """Stream the records of PubMed XML; `source` says in rejects where it came from."""
    number = 0
    for piece in _cut(stream):
        if piece.what == "record":
            number += 1
            try:
                for record in _parse(piece.content, other_abstract=other_abstract):
                    yield fitting(record) if isinstance(record, Document) else record
            except etree.XMLSyntaxError as error:
                reason = error.msg.partition(", line ")[0]  # lines are those of what was left to parse
                yield Reject(source, _where(number, piece), f"not readable: {reason}")
            except ValueError as error:
                yield Reject(source, _where(number, piece), f"not readable: {error}")
        elif piece.what == "broken":
            number += 1
            yield Reject(source, _where(number, piece), piece.reason)
        elif piece.what == "stray":
            beginning = piece.content[:80].decode("utf-8", "replace")
            yield Reject(source, f"after record {number}, byte {piece.offset}", f"not a PubMed record: {beginning!r}")
        else:
            yield Reject(source, f"after record {number}, byte {piece.offset}", piece.reason)


class _Piece(NamedTuple):
    """What a stream is made of.

    `record`: a whole record. `broken`: one without an end. `stray`: bytes between records that are neither white space
    nor wrapping. `ended`: nothing more comes, although it should.
    """

    what: Literal["record", "broken", "stray", "ended"]
    offset: int
    content: bytes = b""
    reason: str = ""


def _where(number: int, piece: _Piece) -> str:
    pmid = _PMID.search(piece.content)
    return f"record {number}, byte {piece.offset}" + (f", PMID {pmid[1].decode()}" if pmid else "")


def _cut(stream: IO[bytes]) -> Iterator[_Piece]:
    """Cut a stream where records begin: each stretch up to the next beginning is a record and what follows it."""
    comments = _Comments(recoded(stream))
    buffer = bytearray()
    base = 0
    """The offset of the buffer in the stream."""
    wrapped = False
    """Whether the closing tag of the set is owed."""
    dropping = False
    """Whether the stretch was refused for its size: what is left of it is passed over."""
    fault = ""
    while True:
        searched = max(len(buffer) - _LONGEST_OPENING, 0)
        try:
            block = comments.read(_BLOCK)
        except BREAKS as error:
            fault, block = f"the file breaks off: {error}", b""
        if not block:
            break
        buffer += block
        start = 0
        for opening in _OPENING.finditer(buffer, searched):
            if opening.start() > start and not dropping:
                stretch = bytes(buffer[start : opening.start()])
                wrapped = wrapped or (base + start == 0 and _is_wrapped(stretch))
                yield from _pieces(stretch, base + start, "the record does not end")
            start, dropping = opening.start(), False
        if len(buffer) - start > MOST_BYTES:
            if not dropping:
                yield from _pieces(bytes(buffer[start:]), base + start, f"a record above {MOST_BYTES:,} bytes")
            start, dropping = len(buffer) - _LONGEST_OPENING, True
        del buffer[:start]
        base += start
    rest = bytes(buffer)
    end = base + len(rest)
    last = [] if dropping else list(_pieces(rest, base, fault or "the record does not end"))
    whole = all(piece.what == "record" for piece in last)
    yield from (piece for piece in last if piece.what != "stray" or not fault)
    if fault and not any(piece.what == "broken" for piece in last):
        yield _Piece("ended", end, reason=fault)
    elif base == 0 and not rest.strip():
        yield _Piece("ended", 0, reason="the file is empty")
    elif whole and (wrapped or (base == 0 and _is_wrapped(rest))) and b"</PubmedArticleSet" not in rest:
        yield _Piece("ended", end, reason="no </PubmedArticleSet> at the end: records may be missing")


class _Comments:
    """A stream in the comments of which nothing opens: a `<` there is a blank, and no byte moves.

    A record or deletion that somebody has put into a comment is none. What has no end, or a `--` before that, is damage
    and no comment, or it would hide the records behind it; so is what is longer than `_LONGEST_COMMENT`.
    """

    def __init__(self, stream: Readable) -> None:
        self._read = stream.read
        self._kept = b""
        """The end of the last block, from where it may be a comment."""
        self._fault: Exception | None = None

    def read(self, size: int) -> bytes:
        """Return the next bytes, none at the end."""
        while True:
            if self._fault:
                raise self._fault
            try:
                block = self._read(size)
            except BREAKS as error:
                self._fault, block = error, b""  # first what came before it
            content = self._shown(self._kept + block, is_last=not block)
            if content or not (block or self._fault):
                return content

    def _shown(self, content: bytes, *, is_last: bool) -> bytes:
        pieces: list[bytes] = []
        start = 0
        while (begin := content.find(_COMMENT, start)) >= 0:
            inside = begin + len(_COMMENT)
            end = content.find(b"--", inside)
            is_open = end < 0 or end + len(b"-->") > len(content)
            if is_open and not is_last and len(content) - begin <= _LONGEST_COMMENT:
                self._kept = content[begin:]
                return b"".join((*pieces, content[start:begin]))
            pieces.append(content[start:inside])
            start = inside
            if not is_open and content.startswith(b"-->", end):
                pieces.append(content[inside:end].replace(b"<", b" "))
                start = end
        stop = len(content) if is_last else max(len(content) - len(_COMMENT) + 1, start)
        self._kept = content[stop:]
        return b"".join((*pieces, content[start:stop]))


def _is_wrapped(beginning: bytes) -> bool:
    return _WRAPPED.search(beginning, 0, 65_536) is not None


def _pieces(stretch: bytes, offset: int, reason: str) -> Iterator[_Piece]:
    """Yield the record that a stretch begins with, if any, and what is stray in it; `reason` if the record is cut."""
    after = 0
    if opening := _OPENING.match(stretch):
        closing = b"</" + opening[1] + b">"
        after = stretch.find(closing) + len(closing)
        if after < len(closing):
            yield _Piece("broken", offset, stretch[:4096], reason)
            return
        yield _Piece("record", offset, stretch[:after])
    rest = _WRAPPER.sub(b"", stretch[after : after + 65_536].strip()).strip()
    if rest:
        yield _Piece("stray", offset + after, rest)


_AUTHOR = re.compile(rb"<Author[ >].*?</Author>", re.DOTALL)
_AUTHOR_PART = re.compile(rb"<(LastName|Initials|CollectiveName)>([^<]*)<")


def _parse(content: bytes, *, other_abstract: bool) -> Iterator[Document | Deletion]:
    content.decode("utf-8")  # also where it is not parsed
    if content.startswith(b"<PubmedArticle>"):
        # A prefix may be declared by the set alone, which is not parsed with the record.
        content = _DECLARED + content.removeprefix(b"<PubmedArticle>")
    authors: tuple[str, ...] = ()
    if content.startswith(b"<PubmedArticle"):
        authors = _authors(content)
        content = _without(content, b"AuthorList", content.find(b"</AuthorList>"))
        content = _without(content, b"ReferenceList", content.rfind(b"</ReferenceList>"))
        content = _without(content, b"History", content.find(b"</History>"))
    root = etree.fromstring(content, _PARSER)
    match root.tag:
        case "PubmedArticle":
            yield replace(_article(root, other_abstract=other_abstract), authors=authors)
        case "PubmedBookArticle":
            yield _book(root)
        case _:
            identifiers = [_text(pmid) for pmid in root.iter("PMID")]
            yield from (Deletion(f"pmid:{identifier}") for identifier in identifiers if _is_pmid(identifier))
            wrong = [identifier for identifier in identifiers if not _is_pmid(identifier)]
            if wrong:
                raise ValueError(f"no PubMed identifiers to delete: {', '.join(map(repr, wrong))}")


def _authors(content: bytes) -> tuple[str, ...]:
    """Return the authors of a record, `Doe JA` or the name of a group; the bytes are not parsed, which takes longer."""
    start, end = content.find(b"<AuthorList"), content.find(b"</AuthorList>")
    authors = []
    for author in _AUTHOR.findall(content, start, end) if 0 <= start < end else ():
        parts = {name: html.unescape(text.decode()).strip() for name, text in _AUTHOR_PART.findall(author)}
        last = " ".join(filter(None, (parts.get(b"LastName"), parts.get(b"Initials"))))
        authors.append(last or parts.get(b"CollectiveName", ""))
    return tuple(filter(None, authors))


def _without(content: bytes, name: bytes, closing: int) -> bytes:
    """Return a record without the element `name`, the closing tag of which begins at `closing`, if anywhere."""
    start = content.find(b"<" + name)
    return content if start < 0 or closing < start else content[:start] + content[closing + len(name) + 3 :]


def _children(element: etree._Element | None) -> dict[str, etree._Element]:
    """Return the first child of each name; one pass is several times faster than as many searches."""
    children: dict[str, etree._Element] = {}
    if element is not None:
        for child in element:
            children.setdefault(child.tag, child)
    return children


def _article(root: etree._Element, *, other_abstract: bool) -> Document:
    record = _children(root)
    citation = _children(record.get("MedlineCitation"))
    pmid, article = citation.get("PMID"), citation.get("Article")
    if article is None or pmid is None or not _is_pmid(_text(pmid)):
        raise ValueError("no MedlineCitation with a PMID and an Article")
    fields = _children(article)
    journal = _children(fields.get("Journal"))
    abstracts = _abstract(fields.get("Abstract"))
    if other_abstract:
        for other in root.iterfind("MedlineCitation/OtherAbstract"):
            abstracts += _abstract(other)
    doi, pmcid = _identifiers(article, _children(record.get("PubmedData")).get("ArticleIdList"))
    return Document(
        id=f"pmid:{_text(pmid)}",
        passages=(Passage("title", _title(fields.get("ArticleTitle"))), *abstracts),
        year=_year(_children(journal.get("JournalIssue")).get("PubDate")) or _year(fields.get("ArticleDate")),
        journal=_text(journal.get("Title")) or _text(journal.get("ISOAbbreviation")) or None,
        doi=doi,
        pmid=_text(pmid),
        pmcid=pmcid,
        language=_text(fields.get("Language")) or None,
        flags=_flags(citation.get("CommentsCorrectionsList"), fields.get("PublicationTypeList"), abstracts),
        mesh=_mesh(citation.get("MeshHeadingList")),
        version=_version(pmid),
    )


def _book(root: etree._Element) -> Document:
    document = root.find("BookDocument")
    fields = _children(document)
    if document is None or not _is_pmid(_text(fields.get("PMID"))):
        raise ValueError("no BookDocument with a PMID")
    book = _children(fields.get("Book"))
    doi, pmcid = _identifiers(document, fields.get("ArticleIdList"))
    return Document(
        id=f"pmid:{_text(fields['PMID'])}",
        passages=(
            Passage("title", _title(fields.get("ArticleTitle")) or _title(book.get("BookTitle"))),
            *_abstract(fields.get("Abstract")),
        ),
        year=_year(book.get("PubDate")) or _year(fields.get("ContributionDate")),
        journal=_text(book.get("BookTitle")) or None,
        doi=doi,
        pmcid=pmcid,
        language=_text(fields.get("Language")) or None,
        flags=("book",),
        version=_version(fields["PMID"]),
    )


def _is_pmid(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS


def _version(pmid: etree._Element) -> int:
    version = pmid.get("Version") or "1"
    if not (version.isascii() and version.isdigit() and len(version) <= _MOST_DIGITS):
        raise ValueError(f"the version {version[:40]!r} is no number from 0 to {MOST_VERSION:,}")
    return int(version)


def _abstract(abstract: etree._Element | None) -> tuple[Passage, ...]:
    if abstract is None:
        return ()
    sections = [(_text(section), section.get("Label")) for section in abstract.iterchildren("AbstractText")]
    return tuple(
        Passage("abstract", text, label if label not in ("", _NO_LABEL) else None) for text, label in sections if text
    )


def _title(title: etree._Element | None) -> str:
    text = _text(title)
    return "" if text.lower() in _NO_TITLE else text


def _text(element: etree._Element | None) -> str:
    """Return all text within an element, that of inline mark-up and MathML included, white space folded.

    Entities that were escaped twice, and tags that were escaped, are undone.
    """
    if element is None:
        return ""
    text = element.text or ""
    if len(element):
        markup.part_runs(element)
        markup.part_blocks(element)
        text = etree.tostring(element, method="text", encoding="unicode", with_tail=False)
    return " ".join(markup.plain(text).split()) if text else ""


def _year(date: etree._Element | None) -> int | None:
    """Return the first year that a date names: of a `MedlineDate` such as "1979-1980 Fall" the former."""
    fields = _children(date)
    match = _YEAR.search(_text(fields.get("Year")) or _text(fields.get("MedlineDate")))
    return int(match[0]) or None if match else None


def _identifiers(article: etree._Element, ids: etree._Element | None) -> tuple[str | None, str | None]:
    """Return DOI and PMC id of the article itself, never those of what it cites."""
    identifiers: dict[str, str] = {}
    for location in article.iterchildren("ELocationID"):
        if location.get("EIdType") == "doi" and location.get("ValidYN", "Y") == "Y":
            identifiers.setdefault("doi", _text(location))
    for identifier in ids.iterchildren("ArticleId") if ids is not None else ():
        if (kind := identifier.get("IdType")) in ("doi", "pmc"):
            identifiers.setdefault(kind, _text(identifier))
    doi, pmcid = _DOI.search(identifiers.get("doi", "")), _PMCID.match(identifiers.get("pmc", ""))
    return doi and doi[0], f"PMC{pmcid[1]}" if pmcid else None


def _flags(
    comments: etree._Element | None, types: etree._Element | None, abstracts: tuple[Passage, ...]
) -> tuple[str, ...]:
    flags = {_COMMENT_FLAGS.get(comment.get("RefType", "")) for comment in comments} if comments is not None else set()
    if types is not None:
        flags.update(TYPE_FLAGS.get(kind.text or "") for kind in types)
    if any(_TRUNCATED in passage.text for passage in abstracts):
        flags.add("truncated")
    return tuple(sorted(flag for flag in flags if flag))


def _mesh(heading_list: etree._Element | None) -> tuple[MeshHeading, ...]:
    headings: list[MeshHeading] = []
    for heading in heading_list.iterchildren("MeshHeading") if heading_list is not None else ():
        descriptor = heading.find("DescriptorName")
        if descriptor is not None and descriptor.get("UI"):
            major = any(name.get("MajorTopicYN") == "Y" for name in heading)
            headings.append(MeshHeading(f"mesh:{descriptor.get('UI')}", _text(descriptor), major))
    return tuple(headings)
