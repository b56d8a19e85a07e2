"""BioC, XML and JSON, through the `bioc` library: passages with offsets, annotations with infons.

JSON may also be PubTator 3's answer, a list, or a document a line.
"""

import io
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from lxml import etree

from bioweft.records import AnnotatedDocument, Document, Passage, Reject
from bioweft.sources.annotations import DROPPED, AnnotatedSource, Annotation, checked, concepts, gold, our_type
from bioweft.sources.base import Input
from bioweft.sources.files import BREAKS, bare_name, not_utf8, open_binary

_KINDS = {"title": "title", "front": "title", "abstract": "abstract", "fig_caption": "caption", "table": "table"}
_NO_VOCABULARY = frozenset({"type", "identifier", "note", "score", "tagger", "text"})

_HOLDERS = ("documents", "PubTator3")
_YEAR = re.compile(r"(?<!\d)\d{4}(?!\d)")

MOST_GAP = 1_000_000
"""Offsets that leave a gap are kept by as many blanks, but for gaps longer than this, of which offsets begin anew."""


class BioCSource(AnnotatedSource):
    """A BioC file (XML or JSON), a folder of them or a pattern.

    Offsets are the input's: where it leaves gaps between passages or sentences, the text has blanks. Only where
    passages overlap, or follow without a character between, do offsets move.
    """

    kind: Literal["bioc"] = "bioc"

    suffixes: ClassVar[tuple[str, ...]] = (".xml", ".json")

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by name."""
        return [Input(bare_name(path), path) for path in self.files(folder)]

    def annotated(self, item: Input) -> Iterator[AnnotatedDocument | Reject]:
        """Yield the documents of a file with their annotations."""
        return read_annotated(item.path)


def read_annotated(path: Path, *, types: Mapping[str, str] = {}) -> Iterator[AnnotatedDocument | Reject]:
    """Yield each document with its annotations; what cannot be read, a document or an annotation, is a reject."""
    try:
        with open_binary(path) as stream:
            content = stream.read()
    except BREAKS as error:
        yield Reject(str(path), "file", f"not readable: {error}")
        return
    is_json = content.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    for bioc_document in _from_json(content, str(path)) if is_json else _from_xml(content, str(path)):
        if isinstance(bioc_document, Reject):
            yield bioc_document
            continue
        try:
            records = list(_document(bioc_document, str(path), types))
        except Exception as error:  # a value of another kind than BioC has
            yield Reject(str(path), f"document {bioc_document.id}", _unlike(error))
        else:
            yield from records


def _unlike(error: Exception) -> str:
    """Return the reason of a reject whose fields are not those of BioC."""
    if isinstance(error, KeyError):
        return f"not BioC: it has no {error}"
    return f"not BioC: a value of the wrong kind ({error})"


def _from_xml(content: bytes, source: str) -> Iterator[Any]:
    """Yield the documents of a collection, each that is none as a reject."""
    from bioc import biocxml

    try:
        yield from biocxml.load(io.BytesIO(content)).documents
        return
    except Exception as error:  # the library raises whatever its parsers do
        fault = f"not BioC: {error}"
    # One document is wrong, or all is: they are read one by one.
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        documents = list(etree.fromstring(content, parser).iter("document"))
    except (etree.XMLSyntaxError, ValueError):
        documents = []
    if not documents:
        yield Reject(source, "file", fault)
    for number, document in enumerate(documents, start=1):
        collection = etree.fromstring("<collection><source/><date/><key/></collection>")
        collection.append(document)
        try:
            yield from biocxml.load(io.BytesIO(etree.tostring(collection))).documents
        except Exception as error:
            yield Reject(source, f"document {number}", f"not BioC: {error}")


def _from_json(content: bytes, source: str) -> Iterator[Any]:
    """Yield the documents of a collection, a list, PubTator 3's answer or a file of one of these a line."""
    from bioc import biocjson

    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield Reject(source, "file", not_utf8(error))
        return
    values: list[tuple[str, Any]] = []
    try:
        values.append(("document", json.loads(text)))
    except (ValueError, RecursionError) as fault:
        lines = [(number, line) for number, line in enumerate(text.split("\n"), start=1) if line.strip()]
        if not lines[0][1].rstrip().endswith(("}", "]")) or len(lines) == 1:
            yield Reject(source, "file", f"not BioC: {fault}")
            return
        for number, line in lines:
            try:
                values.append((f"line {number}, document", json.loads(line)))
            except (ValueError, RecursionError) as error:
                yield Reject(source, f"line {number}", f"not BioC: {error}")
    for place, value in values:
        for number, document in enumerate(_documents(value), start=1):
            try:
                yield biocjson.decoder.parse_doc(_complete(document))
            except Exception as error:
                yield Reject(source, f"{place} {number}", _unlike(error))


def _documents(value: Any) -> list[Any]:
    """Return the documents that a value of JSON is, or holds."""
    if isinstance(value, list):
        return [document for item in value for document in _documents(item)]
    held = next((value[name] for name in _HOLDERS if name in value), None) if isinstance(value, dict) else None
    return held if isinstance(held, list) else [value]


def _complete(document: Any) -> dict[str, Any]:
    """Return a document with all that the library asks for, and without relations, which have several forms."""
    passages = [
        {
            **passage,
            "infons": passage.get("infons") or {},
            "sentences": [
                {
                    **sentence,
                    "infons": sentence.get("infons") or {},
                    "annotations": _annotations(sentence),
                    "relations": [],
                }
                for sentence in passage.get("sentences") or ()
            ],
            "annotations": _annotations(passage),
            "relations": [],
        }
        for passage in document["passages"]
    ]
    return {
        **document,
        "infons": document.get("infons") or {},
        "passages": passages,
        "annotations": _annotations(document),
        "relations": [],
    }


def _annotations(part: Any) -> list[dict[str, Any]]:
    empty = {"id": "", "infons": {}, "text": "", "locations": []}
    return [
        {**empty, **{name: value for name, value in annotation.items() if value is not None}}
        for annotation in part.get("annotations") or ()
    ]


def _document(bioc_document: Any, source: str, types: Mapping[str, str]) -> Iterator[AnnotatedDocument | Reject]:
    """Yield a document whose offsets are those of the input wherever passages do not overlap there."""
    passages: list[Passage] = []
    placed: list[tuple[Any, int]] = [(annotation, 0) for annotation in bioc_document.annotations]
    """Each annotation, and how far the text that it is in was moved."""
    end = 0
    """Where the next passage begins, if there is no gap."""
    for passage in bioc_document.passages:
        text, shifts = _text(passage)
        gap = passage.offset - end
        begin = end
        if text and 0 < gap <= MOST_GAP:  # an empty passage stays empty
            begin = passage.offset
            if passages and passages[-1].text:
                passages[-1] = replace(passages[-1], text=passages[-1].text + " " * gap)
            else:
                text = " " * gap + text
        name = str(passage.infons.get("type", "paragraph"))
        kind = _KINDS.get(name.lower(), "heading" if "title" in name.lower() else "paragraph")
        passages.append(Passage(kind, text))
        shift = begin - passage.offset
        placed += [(annotation, shift) for annotation in passage.annotations]
        for sentence, within in zip(passage.sentences, shifts, strict=True):
            placed += [(annotation, shift + within) for annotation in sentence.annotations]
        end = sum(len(part.text) + 1 for part in passages)
    annotations = []
    for annotation, shift in placed:
        if len(annotation.locations) == 1:
            annotations.append(_annotation(annotation, shift, types))
        else:
            fault = "it is in several stretches" if annotation.locations else "it has no location"
            yield Reject(source, f"{bioc_document.id}, {annotation.id}", f"{DROPPED}: {fault}")
    year = _YEAR.search(str(bioc_document.infons.get("year", "")))
    document = Document(
        id=_identifier(str(bioc_document.id)), passages=tuple(passages), year=int(year[0]) or None if year else None
    )
    yield from checked(document, annotations, source)


def _text(passage: Any) -> tuple[str, list[int]]:
    """Return the text of a passage, and for each of its sentences how far it was moved against its offset.

    Sentences that make up a passage stand at their offsets, with blanks between.
    """
    if passage.text:
        return passage.text, [0] * len(passage.sentences)
    text, shifts = "", []
    for sentence in passage.sentences:
        place = sentence.offset - passage.offset
        if len(text) < place <= len(text) + MOST_GAP:
            text += " " * (place - len(text))
        elif text and place != len(text):
            text += " "
        shifts.append(len(text) - place)
        text += sentence.text or ""
    return text, shifts


def _annotation(annotation: Any, shift: int, types: Mapping[str, str]) -> Annotation:
    (location,) = annotation.locations
    type_ = our_type(str(annotation.infons.get("type", "")), types)
    begin = location.offset + shift
    mention, links = gold(begin, begin + location.length, annotation.text or "", type_, _concepts(annotation, type_))
    return replace(mention, **_by_what(annotation)), links


def _identifier(identifier: str) -> str:
    if identifier.isdecimal():
        return f"pmid:{identifier}"
    if identifier.startswith("PMC"):
        return f"pmcid:{identifier}"
    return identifier if ":" in identifier or not identifier else f"bioc:{identifier}"


def _by_what(annotation: Any) -> dict[str, Any]:
    """Return the tagger and the score that an annotation says, where it says them as we do."""
    try:
        score = float(annotation.infons.get("score", ""))
    except ValueError:
        return {}
    tagger = annotation.infons.get("tagger")
    return {"tagger": str(tagger), "score": score} if tagger and 0 <= score <= 1 else {}


def _concepts(annotation: Any, type_: str) -> list[str]:
    """Return the CURIEs of an annotation: in `identifier`, or in an infon whose name is the vocabulary."""
    if identifier := annotation.infons.get("identifier"):
        return concepts(str(identifier), type_)
    for vocabulary, value in annotation.infons.items():
        if vocabulary.lower() not in _NO_VOCABULARY and value:
            return concepts(str(value), type_, vocabulary=vocabulary)
    return []
