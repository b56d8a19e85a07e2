"""brat standoff: a `.txt` beside an `.ann` with the same name."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import ClassVar, Literal

from bioweft.errors import FormatError
from bioweft.records import AnnotatedDocument, Document, Passage, Reject
from bioweft.sources.annotations import AnnotatedSource, checked, concepts, gold, our_type
from bioweft.sources.base import Input
from bioweft.sources.files import not_utf8, relative_inputs

_ENTITY = re.compile(r"(T\d+)\t(\S+) (\d+) (\d+)((?:;\d+ \d+)*)\t(.*)", re.DOTALL)
_NOTE = re.compile(r"N\d+\tReference (T\d+) (\S+)")


class BratSource(AnnotatedSource):
    """An `.ann` with its `.txt` beside it, a folder of such pairs or a pattern."""

    kind: Literal["brat"] = "brat"

    many_inputs: ClassVar[bool] = True
    suffixes: ClassVar[tuple[str, ...]] = (".ann",)
    beside: ClassVar[tuple[str, ...]] = (".txt",)

    def inputs(self, folder: Path) -> list[Input]:
        """List the pairs by the names of their annotations."""
        texts = {path: path.with_suffix(".txt") for path in self.files(folder)}
        return [
            Input(item.name, item.path, tuple(filter(Path.exists, (texts[item.path],))))
            for item in relative_inputs(list(texts), self.place(folder))
        ]

    def annotated(self, item: Input) -> Iterator[AnnotatedDocument | Reject]:
        """Yield the document of a pair with its annotations."""
        try:
            yield from read_annotated(item.path)
        except (FormatError, OSError) as error:
            yield Reject(str(item.path), "file", f"not readable: {error}")


def read_annotated(path: Path, *, types: Mapping[str, str] = {}) -> Iterator[AnnotatedDocument | Reject]:
    """Yield the documents of a folder, or of one `.ann` or `.txt`, with their annotations.

    An annotation of several stretches counts as the one from the first to the last.

    Raises:
        FormatError: no text lies beside an `.ann`.
    """
    files = sorted(path.glob("*.ann")) if path.is_dir() else [path.with_suffix(".ann")]
    for file in files:
        text_file = file.with_suffix(".txt")
        if not text_file.exists():
            raise FormatError(f"no text for {file}: brat needs {text_file.name} beside it")
        text, content = _decoded(text_file), _decoded(file)
        if isinstance(text, Reject) or isinstance(content, Reject):
            yield from (item for item in (text, content) if isinstance(item, Reject))
            continue
        lines = [line.rstrip("\r") for line in content.split("\n")]  # a text may hold other separators of lines
        notes: dict[str, list[str]] = {}
        for line in lines:
            if note := _NOTE.match(line):
                notes.setdefault(note[1], []).append(note[2])
        annotations = []
        for line in lines:
            if entity := _ENTITY.match(line):
                end = int(entity[5].rpartition(" ")[2]) if entity[5] else int(entity[4])
                start, type_ = int(entity[3]), our_type(entity[2], types)
                surface = text[start:end] if entity[5] else entity[6]
                curies = concepts("|".join(notes.get(entity[1], [])), type_)
                annotations.append(gold(start, end, surface, type_, curies))
        identifier = f"pmid:{file.stem}" if file.stem.isdecimal() else f"file:{file.stem}"
        yield from checked(Document(id=identifier, passages=(Passage("paragraph", text),)), annotations, str(file))


def _decoded(path: Path) -> str | Reject:
    """Return the text of a file to the character, or why it has none."""
    content = path.read_bytes()
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return Reject(str(path), f"line {line}, byte {error.start}", not_utf8(error))
