"""Findings about a dictionary: its errors, terms that name several things or ordinary ones, terms never found.

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
from bioweft.lexicon.compile import compile_tables
from bioweft.lexicon.loading import path_of
from bioweft.lexicon.trial import Trial, folded, trials

NEVER_FOUND: Literal["never found"] = "never found"
Severity = Literal["error", "ambiguous", "dangerous", "never found"]

_MOST_SHOWN = 3
"""Concepts that a finding lists by identifier; it counts the remaining ones."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to know of a dictionary.

    `error` keeps the file from being read; an `ambiguous` term names another concept, too, a `dangerous` one is found
    where nothing is meant, and one that is `never found` is in no text as dictionaries are matched. `line`
    counts from 1 and is None for a built dictionary; `kind` is one word.
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
    is_matched: bool = True
    """Whether texts are searched for it; some terms of built dictionaries are only looked up."""


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
        table = dictionary.read_table(path)
        names = [
            _Name(None, concept.id, term.text, not term.lookup)
            for concept in dictionary.read(path)
            for term in concept.terms
        ]
    else:
        lines, problems = user.parse(path)
        errors = [Finding("error", p.kind, p.line, "", "", p.message) for p in problems]
        names = [_Name(line.number, line.id, text) for line in lines for text in (line.name, *line.synonyms)]
        table = dictionary.table(user.concepts(lines, type=path.stem))
        errors += _repeated(names)
        if not names and not problems:
            errors.append(Finding("error", "empty", None, "", "", "the file holds no terms"))
    shipped = resources.dictionaries()
    reference_names = shipped if against is None else against
    references = [shipped.get(reference) or path_of(reference) for reference in reference_names]
    made = _trials(names, table)
    unseen = list(_unseen(names, made))
    never = {(finding.id, finding.term) for finding in unseen}
    findings = [
        *errors,
        *_ambiguous(names),
        *_alike(names, made),
        *_known_elsewhere(names, [reference for reference in references if reference != path]),
        *unseen,
        *(finding for name_ in names if (name_.id, name_.text) not in never for finding in _dangerous(name_)),
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


def _trials(names: list[_Name], table: pa.Table) -> dict[_Name, Trial]:
    """Return what is found where each of the names stands in a text, but for those that texts are not searched for."""
    matched = [name for name in names if name.is_matched]
    made = trials(compile_tables([table]), [(name.id, name.text) for name in matched])
    return dict(zip(matched, made, strict=True))


def _alike(names: list[_Name], made: Mapping[_Name, Trial]) -> Iterator[Finding]:
    """Yield the terms that a text cannot tell from a name of another concept, written otherwise."""
    rivals = {rival for trial in made.values() for rival in trial.rivals}
    texts: dict[tuple[str, tuple[str, ...]], str] = {}
    for name in names:
        if name.id in rivals:
            texts.setdefault((name.id, folded(name.text)), name.text)
    for name, trial in made.items():
        alike = [(rival, texts.get((rival, folded(name.text)), "")) for rival in trial.rivals]
        alike = [(rival, text) for rival, text in alike if text.casefold() != name.text.casefold()]
        if alike:
            listed = _enumeration([f"{text or 'a name'} of {rival}" for rival, text in alike])
            message = (
                f"matches the same texts as {listed}, so that they cannot be told apart; keep one, or spell it out"
            )
            yield Finding("ambiguous", "alike", name.line, name.id, name.text, message)


def _unseen(names: list[_Name], made: Mapping[_Name, Trial]) -> Iterator[Finding]:
    """Yield the terms that are found in no text, with the reason and what to do about it."""
    plain = {name.id for name, trial in made.items() if trial.is_plain}
    for name in names:
        trial = made.get(name)
        reason: tuple[str, str] | None = None
        if trial is None:
            continue
        if trial.is_found:
            if trial.needs_plain and name.id not in plain:
                reason = "alone", f"is found only beside a longer name of {name.id}, which has none; add one"
        elif not any(character.isalpha() for character in name.text):
            reason = "digits", "has no letter, and numbers name nothing; give the concept a longer name"
        elif name.text.casefold() in _stopped():
            reason = "stopped", "is on the list of words that name nothing; give the concept another name"
        else:
            reason = "short", "has too few characters, or none that texts are searched for; give a longer name"
        if reason:
            yield Finding(NEVER_FOUND, reason[0], name.line, name.id, name.text, reason[1])


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
    danger: tuple[str, str] | None = None
    if len(text) <= 2:
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
