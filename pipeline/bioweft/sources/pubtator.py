"""PubTator: title and abstract lines, annotation lines with offsets into both; relation lines are passed over."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, ClassVar, Literal

from bioweft.records import AnnotatedDocument, Document, Passage, Reject
from bioweft.sources.annotations import AnnotatedSource, Annotation, checked, concepts, gold, our_type
from bioweft.sources.base import Input
from bioweft.sources.files import BREAKS, bare_name, open_binary

_TEXT = re.compile(r"([^|\t]+)\|([ta])\|(.*)", re.DOTALL)
_ANNOTATION_FIELDS = 5


class PubTatorSource(AnnotatedSource):
    """A PubTator file, a folder of them or a pattern."""

    kind: Literal["pubtator"] = "pubtator"

    suffixes: ClassVar[tuple[str, ...]] = (".pubtator", ".txt")

    def inputs(self, folder: Path) -> list[Input]:
        """List the files by name."""
        return [Input(bare_name(p), p) for p in self.files(folder)]

    def annotated(self, item: Input) -> Iterator[AnnotatedDocument | Reject]:
        """Yield the documents of a file with their annotations."""
        return read_annotated(item.path)


def read_annotated(path: Path, *, types: Mapping[str, str] = {}) -> Iterator[AnnotatedDocument | Reject]:
    """Yield each document with its annotations; one whose text is not at its offsets is a reject."""
    last = 0
    try:
        with open_binary(path) as stream:
            for number, lines in _blocks(stream):
                yield from _document(lines, number, str(path), types)
                last = number + len(lines) - 1
    except BREAKS as error:
        yield Reject(str(path), f"after line {last}", f"not readable: {error}")


def _blocks(stream: IO[bytes]) -> Iterator[tuple[int, list[str]]]:
    """Yield the lines of each document and the number of the first; a title line also begins a document."""
    block: list[str] = []
    first = 1
    for number, raw in enumerate(stream, start=1):
        # Bytes that are no UTF-8 become lone surrogates, which make the document a reject.
        line = raw.decode("utf-8", "surrogateescape").rstrip("\r\n").removeprefix("\ufeff")
        text = _TEXT.match(line)
        if block and (not line.strip() or (text and text[2] == "t")):
            yield first, block
            block = []
        if line.strip():
            first = first if block else number
            block.append(line)
    if block:
        yield first, block


def _document(
    lines: list[str], number: int, source: str, types: Mapping[str, str]
) -> Iterator[AnnotatedDocument | Reject]:
    texts: dict[str, str] = {}
    identifier = ""
    annotations: list[Annotation] = []
    for line in lines:
        if not_utf8 := _not_utf8(line):
            yield Reject(source, f"line {number + lines.index(line)}", not_utf8)
            return
        if match := _TEXT.match(line):
            identifier, texts[match[2]] = match[1], match[3]
            continue
        fields = line.split("\t")
        if len(fields) >= _ANNOTATION_FIELDS and fields[1].isdecimal() and fields[2].isdecimal():
            type_ = our_type(fields[4], types)
            curies = concepts(fields[5], type_) if len(fields) > _ANNOTATION_FIELDS else []
            annotations.append(gold(int(fields[1]), int(fields[2]), fields[3], type_, curies))
        elif len(fields) < 3:  # a relation has a name and two identifiers
            yield Reject(source, f"line {number}", f"not PubTator: {line[:80]!r}")
    if not texts:
        yield Reject(source, f"line {number}", "no title and no abstract line")
        return
    identifier = f"pmid:{identifier}" if identifier.isdecimal() else identifier
    identifier = identifier if ":" in identifier else f"pubtator:{identifier}"
    # Some files end a title with a blank that stands for the one between title and abstract: offsets tell.
    title = texts.get("t", "")
    documents = [_with_title(identifier, title, texts), _with_title(identifier, title.rstrip(), texts)]
    document = max(documents, key=lambda d: sum(d.text[m.start : m.end] == m.text for m, _ in annotations))
    yield from checked(document, annotations, source)


def _with_title(identifier: str, title: str, texts: Mapping[str, str]) -> Document:
    abstract = (Passage("abstract", texts["a"]),) if "a" in texts else ()
    return Document(id=identifier, passages=(Passage("title", title), *abstract))


def _not_utf8(line: str) -> str:
    """Return why a line cannot be read; nothing where it can."""
    try:
        line.encode()
    except UnicodeEncodeError as error:
        return f"not UTF-8: byte 0x{ord(line[error.start]) - 0xDC00:02x}; the document is left out"
    return ""
