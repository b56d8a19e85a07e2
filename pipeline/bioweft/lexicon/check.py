"""Findings about a dictionary: its errors, and terms that name several things or ordinary ones.

It only reports; nothing is mended or left out here.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import pyarrow as pa
import pyarrow.compute as pc

from bioweft import resources
from bioweft.lexicon import dictionary, rules, user
from bioweft.lexicon.loading import path_of

Severity = Literal["error", "ambiguous", "dangerous"]

_MOST_SHOWN = 3
"""Concepts that a finding lists by identifier; it counts the remaining ones."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know of a dictionary.

    `error` keeps the file from being read; an `ambiguous` term names another concept, too, and a `dangerous` one is
    found where nothing is meant. `line` counts from 1 and is None for a built dictionary; `kind` is one word.
    """

    severity: Severity
    kind: str
    line: int | None
    id: str
    term: str
    message: str


@dataclass(frozen=True, slots=True)
class _Name:
    """A term where it stands."""

    line: int | None
    id: str
    text: str


def check(name: str | Path, *, against: Iterable[str] | None = None) -> list[Finding]:
    """Return the findings about a dictionary file or a shipped dictionary: errors first, then by line.

    Its terms are also looked up in the dictionaries `against`, all shipped ones where not given.

    Raises:
        DictionaryError: the file cannot be opened, or is of no known kind.
        NotFoundError: there is no shipped dictionary of that name.
    """
    path = path_of(name)
    errors: list[Finding] = []
    if path.suffix == ".parquet":
        names = [_Name(None, concept.id, term.text) for concept in dictionary.read(path) for term in concept.terms]
    else:
        lines, problems = user.parse(path)
        errors = [Finding("error", p.kind, p.line, "", "", p.message) for p in problems]
        names = [_Name(line.number, line.id, text) for line in lines for text in (line.name, *line.synonyms)]
        errors += _repeated(names)
        if not names and not problems:
            errors.append(Finding("error", "empty", None, "", "", "the file holds no terms"))
    shipped = resources.dictionaries()
    reference_names = shipped if against is None else against
    references = [shipped.get(reference) or path_of(reference) for reference in reference_names]
    findings = [
        *errors,
        *_ambiguous(names),
        *_known_elsewhere(names, [reference for reference in references if reference != path]),
        *(finding for name_ in names for finding in _dangerous(name_)),
    ]
    return sorted(findings, key=lambda f: (f.severity != "error", f.line or 0))


def _repeated(names: Iterable[_Name]) -> Iterator[Finding]:
    first: dict[tuple[str, str], int | None] = {}
    for name in names:
        key = name.id, name.text
        if key in first:
            yield Finding(
                "error", "duplicate", name.line, *key, f"stands in line {first[key]} already; leave one of them out"
            )
        first.setdefault(key, name.line)


def _ambiguous(names: Iterable[_Name]) -> Iterator[Finding]:
    ids: dict[str, dict[str, None]] = defaultdict(dict)
    for name in names:
        ids[name.text.casefold()][name.id] = None
    for name in names:
        other_ids = [id for id in ids[name.text.casefold()] if id != name.id]
        if other_ids:
            yield Finding(
                "ambiguous", "here", name.line, name.id, name.text, f"also names {_enumeration(other_ids)} here"
            )


def _known_elsewhere(names: Iterable[_Name], paths: Iterable[Path]) -> Iterator[Finding]:
    wanted = pa.array(sorted({name.text.lower() for name in names}), pa.string())
    for path in paths:
        known = _concepts_of(path, wanted)
        for name in names:
            other_concepts = [
                f"{id} {label}" for id, label in known.get(name.text.lower(), {}).items() if id != name.id
            ]
            if other_concepts:
                message = f"also names {_enumeration(other_concepts)} in dictionary {path.stem}"
                yield Finding("ambiguous", path.stem, name.line, name.id, name.text, message)


def _concepts_of(path: Path, wanted: pa.Array) -> Mapping[str, dict[str, str]]:
    """Return, for each wanted term in lower case that a dictionary holds, its concepts: name by identifier."""
    table = dictionary.read_table(path)
    lists = table["terms"].combine_chunks()
    texts = pc.utf8_lower(pc.struct_field(lists.flatten(), "text"))
    hits = pc.is_in(texts, value_set=wanted)
    rows = pc.list_parent_indices(lists).filter(hits)
    concepts: dict[str, dict[str, str]] = defaultdict(dict)
    for text, id, label in zip(
        texts.filter(hits).to_pylist(),
        table["id"].take(rows).to_pylist(),
        table["name"].take(rows).to_pylist(),
        strict=True,
    ):
        concepts[text][id] = label
    return concepts


def _dangerous(name: _Name) -> Iterator[Finding]:
    text = name.text
    letters = sum(character.isalpha() for character in text)
    danger: tuple[str, str] | None = None
    if not letters:
        danger = "digits", "has no letter, so that it is found in any number; give it a longer name"
    elif len(text) <= 2:
        danger = "short", "has two characters or fewer and means many things; give it a longer name"
    elif text.casefold() in _stopped():
        danger = "stopped", "is on the list of words that name nothing, and is found only as a code in capitals"
    elif text.casefold() in rules.common_words():
        danger = "word", "is an ordinary English word; a code in capitals is found only as it is written"
    if danger:
        yield Finding("dangerous", danger[0], name.line, name.id, text, danger[1])


def _stopped() -> frozenset[str]:
    return frozenset(term for term, type in rules.stop_terms() if type == "*")


def _enumeration(concepts: list[str]) -> str:
    rest = len(concepts) - _MOST_SHOWN
    return ", ".join(concepts[:_MOST_SHOWN]) + (f" and {rest} more" if rest > 0 else "")
