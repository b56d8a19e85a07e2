"""OBO text with lines that no parser takes: what is left of it when these are taken out.

Ontologies are edited by hand, and one malformed cross-reference or date must not cost all other terms. Only what a
dictionary needs is left: terms with their names, synonyms, cross-references and parents.
"""

import re
from collections.abc import Iterator

from bioweft.lexicon.user import Problem

_NEEDED = ("id", "name", "synonym", "xref", "is_a", "is_obsolete")
"""The clauses of a term that a dictionary is made of."""
_HEADER = ("format-version", "ontology", "synonymtypedef")
_TERM = "[Term]"
_TYPE = re.compile(r"\s*synonymtypedef:\s*(\S+)")
_SYNONYM = re.compile(r'(\s*synonym:\s*"(?:[^"\\]|\\.)*"\s+(?:EXACT|BROAD|NARROW|RELATED))\s+([^\s\[]+)(\s*\[.*)')
_IDENTIFIER = re.compile(r"\s*id:\s*(\S+)")
_PARENT = re.compile(r"\s*is_a:\s*(\S+)")
_CANNOT_DO_WITHOUT = re.compile(r"\[|\s*id\b")
_REFERENCES = re.compile(r'(\s*synonym:\s*"(?:[^"\\]|\\.)*"[^"\[]*)\[.+')


def mend(text: str) -> tuple[str, list[Problem]]:
    """Return OBO text without the lines that cannot be read, and these; the other lines keep their numbers.

    A term whose identifier cannot be read is left out whole. Clauses that no dictionary needs are left out too, and
    said only where they are at fault.
    """
    lines = [line.rstrip("\r") for line in text.removesuffix("\n").split("\n")]
    types = {match[1] for line in lines if (match := _TYPE.match(line))}
    identifiers = {match[1] for line in lines if (match := _IDENTIFIER.match(line))}
    problems: list[Problem] = []
    mended = [""] * len(lines)
    for begin, end in _frames(lines):
        frame, faults = _readable(lines[begin:end])
        if begin:
            frame, more = _term(frame, types, identifiers)
            faults += more
        else:
            frame = [line if _tag(line) in _HEADER else "" for line in frame]
        mended[begin:end] = frame
        problems += [Problem(begin + number, "obo", message) for number, message in sorted(faults)]
    return "\n".join(mended) + "\n", problems


_Faults = list[tuple[int, str]]
"""Lines of a frame, counted from 1, and what is wrong with them."""


def _frames(lines: list[str]) -> Iterator[tuple[int, int]]:
    """Yield where each frame begins and ends, that of the header first; it may be empty."""
    begins = [0, *(number for number, line in enumerate(lines) if line.startswith("[") and number)]
    yield from zip(begins, [*begins[1:], len(lines)], strict=True)


def _readable(frame: list[str]) -> tuple[list[str], _Faults]:
    """Return the lines of a frame with nothing in the place of those that cannot be read, and what these are."""
    import fastobo

    faults: _Faults = []
    while True:
        try:
            fastobo.loads("\n".join(frame) + "\n")
        except SyntaxError as error:
            number = error.lineno or 1
            line = frame[min(number, len(frame)) - 1]
            # Of a line without an end, the parser names the one behind it; a frame cannot do without its identifier.
            if not line or _CANNOT_DO_WITHOUT.match(line) or len(faults) > 2 * len(frame):
                return [""] * len(frame), [*faults, (number, f"{error.msg}; the whole term is left out")]
            plain = _REFERENCES.sub(r"\1[]", line)  # a synonym is worth more than where it is from
            done = "the line is left out" if plain == line else "its references are left out"
            faults.append((number, f"{error.msg}: {line.strip()!r}; {done}"))
            frame = [*frame[: number - 1], "" if plain == line else plain, *frame[number:]]
        else:
            return frame, faults


def _term(frame: list[str], types: set[str], identifiers: set[str]) -> tuple[list[str], _Faults]:
    """Return the lines of a term that a dictionary needs, and what is wrong with them; nothing of any other frame."""
    if frame[0].strip() != _TERM:
        return [""] * len(frame), []
    faults: _Faults = []
    kept = [_TERM]
    for number, line in enumerate(frame[1:], 2):
        needed = line if _tag(line) in _NEEDED else ""
        if (synonym := _SYNONYM.match(line)) and synonym[2] not in types:
            faults.append((number, f"the synonym type {synonym[2]} is not declared in the header; it is not looked at"))
            needed = synonym[1] + synonym[3]
        if (parent := _PARENT.match(line)) and parent[1] not in identifiers:
            faults.append((number, f"the parent {parent[1]} is no term of this file; the line is left out"))
            needed = ""
        kept.append(needed)
    return kept, faults


def _tag(line: str) -> str:
    return line.partition(":")[0].strip()
