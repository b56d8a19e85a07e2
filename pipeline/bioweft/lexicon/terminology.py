"""Terminology tables as they are downloaded and normalised: one row an entry of one vocabulary, one TSV a terminology.

This module only reads; `bioweft.lexicon.types` chooses the terms of an entry.
"""

import csv
import lzma
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from bioweft.errors import DictionaryError

COLUMNS = ("id", "name", "synonyms", "synonym_scopes", "xrefs", "parents", "obsolete")
"""Columns that every table must have; each may have more."""


@dataclass(frozen=True, slots=True)
class Synonym:
    """A further name of an entry: `scope` is exact, related, broad, narrow or unspecified; `kind` the source's word."""

    text: str
    scope: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One live entry of a terminology; `extra` holds the columns that only this terminology has."""

    id: str
    name: str
    synonyms: tuple[Synonym, ...]
    xrefs: tuple[str, ...]
    parents: tuple[str, ...]
    extra: Mapping[str, str]

    def values(self, column: str) -> tuple[str, ...]:
        """Return a column of `extra` that holds a list joined with `|`."""
        return tuple(_split(self.extra.get(column)))


def rows(folder: Path, name: str) -> Iterator[Row]:
    """Yield the live, named entries of `name` in `folder`, from `name.tsv` or `name.tsv.xz`, in the file's order.

    Raises:
        DictionaryError: there is no such file, or it lacks a column.
    """
    for row in cells(folder, name, columns=COLUMNS):
        if row["name"] and not row["obsolete"]:
            yield _row(row)


def cells(folder: Path, name: str, *, columns: Iterable[str]) -> Iterator[dict[str, str]]:
    """Yield the rows of the table `name` as they are, by column; it must have the columns given.

    Raises:
        DictionaryError: there is no such file, or it lacks a column.
    """
    plain, packed = folder / f"{name}.tsv", folder / f"{name}.tsv.xz"
    if not packed.exists() and not plain.exists():
        raise DictionaryError(f"no terminology {name!r} in {folder}: expected {plain.name} or {packed.name}")
    csv.field_size_limit(1 << 27)
    with plain.open("rb") if plain.exists() else lzma.open(packed) as raw:
        lines = (line.decode("utf-8") for line in raw)
        table = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(table, [])
        missing = [column for column in columns if column not in header]
        if missing:
            raise DictionaryError(f"terminology {name!r} in {folder} lacks the columns {', '.join(missing)}")
        yield from (dict(zip(header, values, strict=False)) for values in table)


def below(table: Iterable[Row], roots: Iterable[str]) -> set[str]:
    """Return the identifiers of the roots and of all that is below them in the table."""
    children: dict[str, list[str]] = defaultdict(list)
    for row in table:
        for parent in row.parents:
            children[parent].append(row.id)
    reached = set(roots)
    ahead = list(reached)
    while ahead:
        new = set(children[ahead.pop()]) - reached
        reached |= new
        ahead += new
    return reached


def _row(row: dict[str, str]) -> Row:
    texts, scopes, kinds = (_split(row.get(column)) for column in ("synonyms", "synonym_scopes", "synonym_types"))
    kinds = kinds if len(kinds) == len(texts) else [""] * len(texts)
    return Row(
        id=row["id"],
        name=row["name"],
        synonyms=tuple(Synonym(text, scope, kind) for text, scope, kind in zip(texts, scopes, kinds, strict=False)),
        xrefs=tuple(_split(row["xrefs"])),
        parents=tuple(_split(row["parents"])),
        extra={column: value for column, value in row.items() if column not in COLUMNS and value},
    )


def _split(value: str | None) -> list[str]:
    return value.split("|") if value else []
