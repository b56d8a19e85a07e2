"""BioC, XML and JSON, through the `bioc` library: passages with offsets, annotations with infons."""

import io
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar, Literal

from bioweft.paths import PathSetting
from bioweft.records import AnnotatedDocument, Document, Passage, Reject
from bioweft.sources.annotations import DROPPED, AnnotatedSource, checked, concepts, gold, our_type
from bioweft.sources.base import Input
from bioweft.sources.files import BREAKS, bare_name, find, open_binary

_KINDS = {"title": "title", "front": "title", "abstract": "abstract", "fig_caption": "caption", "table": "table"}
_NO_VOCABULARY = frozenset({"type", "identifier", "note", "score", "tagger", "text"})


class BioCSource(AnnotatedSource):
    """A BioC file (XML or JSON), a folder of them or a pattern."""

    kind: Literal["bioc"] = "bioc"
    path: PathSetting

    suffixes: ClassVar[tuple[str, ...]] = (".xml", ".json")

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by name."""
        del folder
        return [Input(bare_name(path), path) for path in find(self.path, suffixes=self.suffixes)]

    def annotated(self, item: Input) -> Iterator[AnnotatedDocument | Reject]:
        """Yield the documents of a file with their annotations."""
        return read_annotated(item.path)


def read_annotated(path: Path, *, types: Mapping[str, str] = {}) -> Iterator[AnnotatedDocument | Reject]:
    """Yield each document with its annotations; one whose text is not at its offsets is a reject."""
    from bioc import biocjson, biocxml

    try:
        with open_binary(path) as stream:
            content = stream.read()
    except BREAKS as error:
        yield Reject(str(path), "file", f"not readable: {error}")
        return
    try:
        if content.lstrip()[:1] in (b"{", b"["):
            collection = biocjson.load(io.StringIO(_as_collection(content.decode("utf-8-sig"))))
        else:
            collection = biocxml.load(io.BytesIO(content))
    except Exception as error:  # the library raises whatever its parsers do
        yield Reject(str(path), "file", f"not BioC: {error}")
        return
    for bioc_document in collection.documents:
        yield from _document(bioc_document, str(path), types)


def _as_collection(text: str) -> str:
    """Return JSON of a collection, where the file is a list of collections or one document."""
    value = json.loads(text)
    if isinstance(value, list):
        documents = [document for item in value for document in item.get("documents", [item])]
        value = {"documents": documents}
    elif "documents" not in value:
        value = {"documents": [value]}
    return json.dumps({"source": "", "date": "", "key": "", "infons": {}, **value})


def _document(bioc_document: Any, source: str, types: Mapping[str, str]) -> Iterator[AnnotatedDocument | Reject]:
    passages, annotations = [], []
    start = 0
    for passage in bioc_document.passages:
        text = passage.text or " ".join(sentence.text or "" for sentence in passage.sentences)
        name = str(passage.infons.get("type", "paragraph"))
        passages.append(Passage(_KINDS.get(name.lower(), "heading" if "title" in name.lower() else "paragraph"), text))
        shift = start - passage.offset
        in_sentences = (annotation for sentence in passage.sentences for annotation in sentence.annotations)
        for annotation in (*passage.annotations, *in_sentences):
            if len(annotation.locations) != 1:
                yield Reject(source, f"{bioc_document.id}, {annotation.id}", f"{DROPPED}: it is in several stretches")
                continue
            (location,) = annotation.locations
            type_ = our_type(str(annotation.infons.get("type", "")), types)
            begin = location.offset + shift
            curies = _concepts(annotation, type_)
            mention, links = gold(begin, begin + location.length, annotation.text, type_, curies)
            annotations.append((replace(mention, **_by_what(annotation)), links))
        start += len(text) + 1
    identifier = str(bioc_document.id)
    if identifier.isdecimal():
        identifier = f"pmid:{identifier}"
    elif identifier.startswith("PMC"):
        identifier = f"pmcid:{identifier}"
    elif ":" not in identifier:
        identifier = f"bioc:{identifier}"
    year = str(bioc_document.infons.get("year", ""))
    document = Document(id=identifier, passages=tuple(passages), year=int(year) if year.isdecimal() else None)
    yield from checked(document, annotations, source)


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
