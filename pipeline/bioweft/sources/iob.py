"""IOB columns: a token a line with its tag last or second, blank lines between sentences; also HUNER's with a sign.

Each sentence is a document. Tokens are joined by a space, or as HUNER's third column says (`+` a space follows, `-`
none). Columns are parted by tabs where a line has one, else by blanks; a no-break space is part of a token.

Tags are those of IOB, IOB2, IOBES and BILOU (`U-`, `L-`, `E-`, `S-`, `M-`); plain `B`, `I`, `O` name no type, so theirs
is `entity`.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bioweft.records import AnnotatedDocument, Document, Passage, Reject
from bioweft.sources.annotations import checked, gold, our_type
from bioweft.sources.files import BREAKS, bare_name, not_utf8, open_binary

_SIGNS = frozenset("+-")
_BLANKS = re.compile(r"[ \t]+")
_TAG = re.compile(r"O|([BIEMSUL])(?:-(.+))?")
_BEGINNING, _ENDING = frozenset("BSU"), frozenset("ESUL")

UNTYPED = "entity"
"""The type of what plain tags mark, to be renamed by `types`."""


def read_annotated(path: Path, *, types: Mapping[str, str] = {}) -> Iterator[AnnotatedDocument | Reject]:
    """Yield each sentence with its annotations; a line without a tag is a reject and ends none."""
    sentence: list[tuple[str, str, bool]] = []
    number = line_number = 0
    try:
        with open_binary(path) as stream:
            for line_number, raw in enumerate(stream, start=1):
                try:
                    fields = _fields(raw.decode("utf-8-sig" if line_number == 1 else "utf-8"))
                except UnicodeDecodeError as error:
                    yield Reject(str(path), f"line {line_number}", not_utf8(error))
                    continue
                if fields and not fields[0].startswith("-DOCSTART-"):
                    signed = len(fields) > 2 and fields[-1] in _SIGNS
                    tag = fields[1] if signed else fields[-1]
                    if len(fields) < 2 or not _TAG.fullmatch(tag):
                        yield Reject(str(path), f"line {line_number}", f"no IOB tag: {' '.join(fields)[:60]!r}")
                        continue
                    sentence.append((fields[0], tag, not signed or fields[-1] == "+"))
                elif sentence:
                    yield from _sentence(sentence, f"file:{bare_name(path)}#{number}", types, str(path))
                    sentence, number = [], number + 1
    except BREAKS as error:
        yield Reject(str(path), f"after line {line_number}", f"not readable: {error}")
        return
    if sentence:
        yield from _sentence(sentence, f"file:{bare_name(path)}#{number}", types, str(path))


def _fields(line: str) -> list[str]:
    """Return the columns of a line; none of one without text."""
    line = line.strip(" \t\r\n")
    if "\t" in line:
        return [field.strip(" ") for field in line.split("\t")]
    return _BLANKS.split(line) if line else []


def _sentence(
    tokens: list[tuple[str, str, bool]], identifier: str, types: Mapping[str, str], source: str
) -> Iterator[AnnotatedDocument | Reject]:
    text = ""
    spans: list[tuple[int, int, str]] = []
    before: tuple[str, str] | None = None
    """Letter and type of the tag before; none behind `O`."""
    for token, tag, spaced in tokens:
        start = len(text)
        text += token
        letter, _, name = tag.partition("-")
        if tag == "O":
            before = None
        else:
            if letter in _BEGINNING or before is None or before[0] in _ENDING or before[1] != name:
                spans.append((start, len(text), name))
            else:
                spans[-1] = (spans[-1][0], len(text), name)
            before = letter, name
        text += " " if spaced else ""
    text = text.rstrip(" ")
    annotations = [gold(start, end, text[start:end], our_type(name or UNTYPED, types)) for start, end, name in spans]
    yield from checked(Document(id=identifier, passages=(Passage("paragraph", text),)), annotations, source)
