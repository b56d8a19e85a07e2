"""JATS: full texts as publishers and PubMed Central give them, a document an article.

Taken are title, abstract, the sections, captions and tables of the body, and the floats behind it; not references,
back matter, decision letters and other sub-articles. Element names are those of the NLM journal article tag sets.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.entities import html5
from pathlib import Path
from typing import Any, ClassVar, Literal

from lxml import etree

from bioweft.records import Document, Passage, Record, Reject
from bioweft.sources import markup
from bioweft.sources.base import Input
from bioweft.sources.files import BREAKS, open_binary, relative_inputs
from bioweft.sources.fitting import fitting
from bioweft.sources.stored import FileSource

MOST_BYTES = 64 * 1024 * 1024
"""A file above this size, unpacked, is refused."""

_MATHML = "{http://www.w3.org/1998/Math/MathML}"
_HREF = "{http://www.w3.org/1999/xlink}href"
_LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"
_LICENCE_REF = "{http://www.niso.org/schemas/ali/1.0/}license_ref"

_NOT_TEXT = frozenset(
    {"alt-text", "long-desc", "object-id", "permissions", "attrib", "index-term", f"{_MATHML}annotation"}
)
_FLOATS = frozenset(
    {"fig", "table-wrap", "supplementary-material", "media", "chem-struct-wrap", "inline-supplementary"}
)
_FLOAT_GROUPS = frozenset({"fig-group", "table-wrap-group", "floats-group", "floats-wrap"})
_BLOCKS = frozenset({"p", "sec", "list", "def-list", "disp-quote", "boxed-text", "statement", "fn", "verse-group"})
_NOTES = frozenset({"bibr", "fn", "table-fn", "aff", "corresp"})
_PARTED = frozenset({"break", "p", "title", "list-item", "def-item", "td", "th"})
_FORMULAE = frozenset({"inline-formula", "disp-formula", "alternatives"})
_TEX = re.compile(r"\\begin\{document\}(.*)\\end\{document\}", re.DOTALL)

_ONLY_DOI = re.compile(r"(?:DOI\s*:?\s*)?(?:https?://(?:dx\.)?doi\.org/)?10\.\d{4,9}/\S+", re.IGNORECASE)
_PMID = re.compile(r"[1-9][0-9]*")
_NUMBER = re.compile(r"(?:PMC)?(\d+)", re.IGNORECASE)
_YEAR = re.compile(r"\d{4}")
_CREATIVE_COMMONS = re.compile(
    r"Creative Commons\b[\w\s,.()–-]{0,80}?(?:Licen[cs]e|public domain dedication|CC0|public domain)", re.IGNORECASE
)
_TYPE_FLAGS = {
    "retraction": "retraction-notice",
    "partial-retraction": "retraction-notice",
    "retracted-article": "retracted",
    "correction": "erratum",
    "erratum": "erratum",
    "expression-of-concern": "expression-of-concern",
    "preprint": "preprint",
}
_RELATED_FLAGS = {
    "retraction-forward": "retracted",
    "object-of-concern": "expression-of-concern",
    "concern-forward": "expression-of-concern",
}
_LANGUAGES = {"en": "eng", "de": "ger", "fr": "fre", "es": "spa", "it": "ita", "pt": "por", "nl": "dut", "ru": "rus"}
"""The codes that PubMed uses."""


class JatsSource(FileSource):
    """A JATS file, a folder of them (`.xml` or `.nxml`, walked whole) or a pattern; plain, gzip or xz.

    The id is the first there is of `pmcid:PMC…`, `doi:…`, `pmid:…` and `file:…`. Of several abstracts the one without a
    type is taken, its section titles as labels. Passages of the body carry the title of their top section as label; a
    row of a table is a passage. `Document.licence` is an address, or the words that name a Creative Commons licence.
    """

    kind: Literal["jats"] = "jats"

    version: ClassVar[int] = 3
    is_deep: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...]] = (".xml", ".nxml")
    reading: ClassVar[tuple[str, ...]] = ()

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by their path below the folder."""
        return relative_inputs(self.files(folder), self.place(folder))

    def read(self, item: Input) -> Iterator[Record]:
        """Yield the articles of a file: one, or those of a set as efetch gives."""
        try:
            with open_binary(item.path) as stream:
                content = stream.read(MOST_BYTES + 1)
            if len(content) > MOST_BYTES:
                raise ValueError(f"above {MOST_BYTES:,} bytes")
            articles = _articles(content)
        except (*BREAKS, ValueError, etree.XMLSyntaxError) as error:
            yield Reject(str(item.path), "file", f"not readable: {error}")
            return
        for number, article in enumerate(articles, start=1):
            try:
                yield fitting(_document(article, item.name))
            except ValueError as error:
                yield Reject(str(item.path), f"article {number}", str(error))


def _articles(content: bytes) -> list[etree._Element]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True)
    root = etree.fromstring(content, parser)
    doctype: Any = root.getroottree().docinfo.internalDTD
    if doctype is not None and any(True for _ in doctype.iterentities()):
        raise ValueError("it declares entities of its own, which bioweft does not expand")
    if root.tag.startswith("{"):
        for element in root.iter("{*}*"):
            name = etree.QName(element)
            if name.namespace == etree.QName(root).namespace or "nlm.nih.gov" in (name.namespace or ""):
                element.tag = name.localname
    markup.part_runs(root)
    articles = [root] if root.tag == "article" else list(root.iter("article"))
    if not articles:
        raise ValueError(f"no article in it, but {root.tag!r}")
    return articles


def _document(article: etree._Element, name: str) -> Document:
    meta = article.find("front/article-meta")
    if meta is None:
        raise ValueError("no article-meta")
    ids: dict[str, str] = {}
    for identifier in meta.iterchildren("article-id"):
        ids.setdefault(identifier.get("pub-id-type", ""), _text(identifier))
    number = _NUMBER.fullmatch(ids.get("pmcid") or ids.get("pmc") or "")
    pmcid = f"PMC{number[1]}" if number else None
    doi = ids.get("doi") or None
    years = [
        int(match[0]) or None for year in meta.iterfind("pub-date/year") if (match := _YEAR.fullmatch(_text(year)))
    ]
    reader = _Reader()
    reader.add("title", _title(meta))
    untyped = next((section for section in meta.iterchildren("abstract") if not section.get("abstract-type")), None)
    if untyped is not None:
        reader.abstract(untyped, label=None)
    for section in article.iterchildren("body", "floats-group"):
        reader.blocks(section, label=None)
    language = (article.get(_LANGUAGE) or "").lower()
    pmid = _PMID.fullmatch(ids.get("pmid", ""))
    return Document(
        id=_identifier(pmcid, doi, ids.get("pmid"), name),
        passages=tuple(reader.passages),
        year=min(filter(None, years), default=None),
        journal=_text(article.find("front/journal-meta//journal-title")) or None,
        doi=doi,
        pmcid=pmcid,
        pmid=pmid[0] if pmid else None,
        authors=tuple(filter(None, map(_author, meta.iterfind("contrib-group/contrib[@contrib-type='author']")))),
        language=_LANGUAGES.get(language[:2], language) or None,
        licence=_licence(meta),
        flags=_flags(article, meta),
    )


def _identifier(pmcid: str | None, doi: str | None, pmid: str | None, name: str) -> str:
    if pmcid:
        return f"pmcid:{pmcid}"
    if doi:
        return f"doi:{doi.lower()}"
    return f"pmid:{pmid}" if pmid else f"file:{name}"


def _author(contributor: etree._Element) -> str:
    """Return an author as PubMed writes one: `Doe JA`, or the name of a group."""
    last = _text(contributor.find("name/surname"))
    initials = "".join(part[0] for part in re.split(r"[\s-]+", _text(contributor.find("name/given-names"))) if part)
    return " ".join(filter(None, (last, initials))) or _text(contributor.find("collab"))


def _title(meta: etree._Element) -> str:
    title = _text(meta.find("title-group/article-title"))
    subtitle = _text(meta.find("title-group/subtitle"))
    return f"{title}: {subtitle}" if title and subtitle else title or subtitle


def _flags(article: etree._Element, meta: etree._Element) -> tuple[str, ...]:
    flags = {_TYPE_FLAGS.get(article.get("article-type", ""))}
    flags |= {_RELATED_FLAGS.get(related.get("related-article-type", "")) for related in meta.iter("related-article")}
    return tuple(sorted(flag for flag in flags if flag))


def _licence(meta: etree._Element) -> str | None:
    """Return the address of the licence, one of Creative Commons before others, or the words that name it."""
    places = list(meta.iterchildren("permissions", "copyright-statement"))
    addresses: list[str] = []
    for place in places:
        for element in place.iter("license", "ext-link", "uri", _LICENCE_REF):
            own = element.text if element.tag == _LICENCE_REF else element.get(_HREF)
            # Of a link in the prose it is not sure that it names the licence.
            if own and (element.tag in ("license", _LICENCE_REF) or "creativecommons.org" in own):
                addresses.append(own.strip())
    if addresses:
        return min(addresses, key=lambda address: "creativecommons.org" not in address)
    words = _CREATIVE_COMMONS.search(_fold([_raw(place) for place in places]))
    return words[0] if words else None


@dataclass
class _Reader:
    """Gathers the passages of an article in reading order."""

    passages: list[Passage] = field(default_factory=list)

    def add(self, kind: str, text: str, label: str | None = None) -> None:
        """Add a passage, unless it is empty or nothing but the DOI of the piece."""
        if kind == "title" or (text and not _ONLY_DOI.fullmatch(text)):
            self.passages.append(Passage(kind, text, label))

    def abstract(self, element: etree._Element, *, label: str | None) -> None:
        """Take the paragraphs of an abstract or of one of its sections."""
        for child in element:
            match child.tag:
                case "sec":
                    self.abstract(child, label=_text(child.find("title")).rstrip(":. ") or label)
                case "title" | "label":
                    pass
                case "list" | "list-item":
                    self.abstract(child, label=label)
                case _:
                    self.add("abstract", _text(child), label)

    def blocks(self, element: etree._Element, *, label: str | None) -> None:
        """Take the children of a section, a list or anything else that holds blocks."""
        for child in element:
            self.block(child, label=label)

    def block(self, element: etree._Element, *, label: str | None) -> None:
        match element.tag:
            case "p":
                self.paragraph(element, label=label)
            case "sec" | "boxed-text" | "app":
                heading = _text(element.find("title")) or _text(element.find("caption/title"))
                self.add("heading", heading, label or heading)
                self.blocks(element, label=label or heading or None)
            case "table-wrap":
                self.caption(element)
                self.table(element)
            case tag if tag in _FLOATS:
                self.caption(element)
            case "title" | "label" | "caption" | "sec-meta" | "disp-formula" | "disp-formula-group" | "graphic":
                pass
            case "def-item":
                self.add("paragraph", ": ".join(filter(None, map(_text, element))), label)
            case _ if any(child.tag in _BLOCKS or child.tag in _FLOATS for child in element.iter()):
                self.blocks(element, label=label)
            case _:
                self.add("paragraph", _text(element), label)

    def paragraph(self, element: etree._Element, *, label: str | None) -> None:
        """Take a paragraph: text up to a list or the like within it, that, the text behind it, and last its floats."""
        text = [element.text or ""]
        floats = []
        for child in element:
            if child.tag in _FLOATS or child.tag in _FLOAT_GROUPS or child.tag == "fn":
                floats.append(child)
                text.append(" ")
            elif child.tag in _BLOCKS:
                self.add("paragraph", _fold(text), label)
                self.block(child, label=label)
                text = []
            else:
                _gather(child, text)
            text.append(child.tail or "")
        self.add("paragraph", _fold(text), label)
        for child in floats:
            self.block(child, label=label)

    def caption(self, element: etree._Element) -> None:
        caption = element.find("caption")
        if caption is not None:
            texts = [text for text in map(_text, caption) if text and not _ONLY_DOI.fullmatch(text)]
            self.add("caption", " ".join(texts), _text(element.find("label")) or None)

    def table(self, element: etree._Element) -> None:
        label = _text(element.find("label")) or None
        for row in element.iter("tr"):
            self.add("table", " | ".join(filter(None, map(_text, row))), label)
        for foot in element.iterchildren("table-wrap-foot"):
            for note in foot.iter("p"):
                self.add("table", _text(note), label)


def _text(element: etree._Element | None) -> str:
    """Return the text within an element in one line, a formula once."""
    if element is None:
        return ""
    pieces: list[str] = []
    _gather(element, pieces)
    return _fold(pieces)


def _raw(element: etree._Element) -> str:
    return "".join(map(str, element.itertext()))


def _fold(pieces: list[str]) -> str:
    return " ".join(markup.plain("".join(pieces)).split())


def _gather(element: etree._Element, pieces: list[str]) -> None:
    """Append the text within an element, without what follows it."""
    if isinstance(element, etree._Entity):
        pieces.append(_character(element))
        return
    tag = element.tag
    if tag in _NOT_TEXT:
        return
    if tag in _FORMULAE and (formula := _formula(element)) is not None:
        element, tag = formula, formula.tag
    if tag == "tex-math":
        tex = _raw(element)
        document = _TEX.search(tex)
        pieces.append(document[1].strip(" \n$") if document else tex)
        return
    if tag in _PARTED or (tag == "xref" and element.get("ref-type") in _NOTES and _ends_in_word(pieces)):
        pieces.append(" ")  # blocks do not run together, and "BRCA1" with a note 2 is not "BRCA12"
    pieces.append(element.text or "")
    for child in element:
        _gather(child, pieces)
        pieces.append(child.tail or "")


def _ends_in_word(pieces: list[str]) -> bool:
    return next((piece for piece in reversed(pieces) if piece), "")[-1:].isalnum()


def _formula(element: etree._Element) -> etree._Element | None:
    """Return the one form of a formula, or of anything given in several, that is text."""
    for tag in (f"{_MATHML}math", "tex-math", "textual-form"):
        formula = next(element.iter(tag), None)
        if formula is not None:
            return formula
    return None


def _character(entity: etree._Entity) -> str:
    """Return the character that a reference names; the names of HTML are those of the JATS entity sets."""
    character = html5.get(f"{entity.name};")
    if character is None:
        raise ValueError(f"the entity &{entity.name}; is not known")
    return character
