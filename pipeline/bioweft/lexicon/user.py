"""A user's own dictionary: a table of CURIE, name and synonyms, or a plain list of terms, as text files.

It reads and refuses; `bioweft.lexicon.check` warns of dangerous terms.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from bioweft.errors import DictionaryError
from bioweft.lexicon.concepts import gather
from bioweft.lexicon.names import coded, tidy
from bioweft.records import Concept, Term

CURIE = re.compile(r"[A-Za-z_][\w.-]*:[^\s|]+")
"""A prefix, a colon, a local identifier without white space."""

_HEADER = {"id", "curie", "identifier", "name", "term", "terms", "synonym", "synonyms"}


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault in a line of a dictionary, and how to mend it; `line` counts from 1."""

    line: int
    kind: str
    message: str


@dataclass(frozen=True, slots=True)
class Line:
    """A line that names something: `id` as it stands in the file, or made from the term where the file has none."""

    number: int
    id: str
    name: str
    synonyms: tuple[str, ...] = ()


def read(path: Path, *, type: str | None = None) -> list[Concept]:
    """Return the concepts of a user's dictionary, in the file's order.

    A `.tsv` has two or three columns (CURIE, name, synonyms joined with `|`), with or without a header; lines of one
    CURIE are one concept. Any other file is a list, a term a line; the CURIE is `term:` and the term in lower case with
    hyphens. Empty lines and lines that start with `#` are skipped. `type` is the file's name without suffix where not
    given.

    Raises:
        DictionaryError: the file cannot be read, or a line is malformed; the message says which and how to mend it.
    """
    lines, problems = parse(path)
    if problems:
        first, remaining = problems[0], len(problems) - 1
        rest = f" (and {remaining} more; `bioweft dictionary check {path}` lists them)" if remaining else ""
        raise DictionaryError(f"{path}, line {first.line}: {first.message}{rest}")
    if not lines:
        raise DictionaryError(f"{path} holds no terms; expected CURIE, name and synonyms in columns, or a term a line")
    return concepts(lines, type=type or path.stem)


def concepts(lines: Iterable[Line], *, type: str) -> list[Concept]:
    """Return the concepts that good lines of a dictionary make, in the order of the lines."""
    lines_by_id: dict[str, list[Line]] = {}
    for line in lines:
        lines_by_id.setdefault(line.id, []).append(line)
    return [
        Concept(
            id=id,
            name=same[0].name,
            type=type,
            terms=gather(coded(Term(text)) for line in same for text in dict.fromkeys((line.name, *line.synonyms))),
        )
        for id, same in lines_by_id.items()
    ]


def parse(path: Path) -> tuple[list[Line], list[Problem]]:
    """Return the good lines of a user's dictionary and what is wrong with the others.

    Raises:
        DictionaryError: the file cannot be opened.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DictionaryError(f"cannot read dictionary {path}: {error.strerror}") from error
    good: list[Line] = []
    bad: list[Problem] = []
    table = path.suffix == ".tsv"
    first = True
    for number, raw in enumerate(data.removeprefix(b"\xef\xbb\xbf").splitlines(), 1):
        try:
            text = raw.decode("utf-8")
        except UnicodeDecodeError as error:
            bad.append(Problem(number, "encoding", f"not UTF-8 at byte {error.start + 1}; save the file as UTF-8"))
            continue
        if not text.strip() or text.startswith("#"):
            continue
        cells = [tidy(cell) for cell in text.split("\t")]
        if first and table and {cell.lower() for cell in cells} <= _HEADER:
            first = False
            continue
        first = False
        parsed = _row(number, cells) if table else _term(number, cells)
        if isinstance(parsed, Problem):
            bad.append(parsed)
        else:
            good.append(parsed)
    return good, bad


def _row(number: int, cells: list[str]) -> Line | Problem:
    if not 2 <= len(cells) <= 3:
        return Problem(
            number,
            "columns",
            f"{len(cells)} columns where CURIE, name and synonyms (joined with |) were expected, separated by tabs",
        )
    id, name, *rest = cells
    if not CURIE.fullmatch(id):
        return Problem(number, "curie", f"{id!r} is not a CURIE; write prefix:identifier, such as mesh:D001943")
    if not name:
        return Problem(number, "empty", f"{id} has no name; write one in the second column")
    return Line(number, id, name, tuple(_nonempty(rest[0].split("|") if rest else [])))


def _nonempty(texts: list[str]) -> Iterator[str]:
    return (stripped for text in texts if (stripped := text.strip()))


def _term(number: int, cells: list[str]) -> Line | Problem:
    if len(cells) > 1:
        return Problem(
            number, "tab", "a tab in a list of terms; write one term per line, or name the file .tsv if it has columns"
        )
    return Line(number, f"term:{slug(cells[0])}", cells[0])


def slug(term: str) -> str:
    """Return a term as the local part of a CURIE: `Long COVID` is `long-covid`, `IL-6 (β)` is `il-6-β`."""
    folded = unicodedata.normalize("NFKC", term).casefold()
    return re.sub(r"[^\w+.]+", "-", folded).strip("-") or "u" + "-".join(f"{ord(character):x}" for character in term)
