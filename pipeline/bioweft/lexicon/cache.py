"""Compiled dictionaries, kept in the user's cache folder (`bioweft.lexicon.mapped`)."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from bioweft.lexicon import mapped, rules
from bioweft.lexicon.compile import compile_tables
from bioweft.lexicon.loading import load
from bioweft.lexicon.matcher import HashTable, Matcher

VERSION = 14
"""Version of the code; counts up whenever the same dictionaries would compile to something else."""

_ARRAYS = ("leads_on", "terms_from", "concept", "type", "status", "rule", "form", "case", "telling_from", "telling")
_TABLES = ("words", "children")


def key(dictionaries: Sequence[str | Path]) -> str:
    """Return a digest of the contents of the dictionaries, their order and the code that compiles them."""
    return mapped.digest(dictionaries, f"bioweft matcher {VERSION}\n".encode() + rules.contents())


def matcher(dictionaries: Sequence[str | Path]) -> Matcher:
    """Return the compiled dictionaries: mapped from the cache, or compiled now and put there.

    Raises:
        DictionaryError: a dictionary is missing or malformed.
        NotFoundError: there is no shipped dictionary of that name.
    """

    def make() -> dict[str, mapped.Column]:
        return columns(compile_tables(load(dictionary) for dictionary in dictionaries))

    return from_columns(mapped.kept(f"matcher-{key(dictionaries)}", make))


def columns(compiled: Matcher) -> dict[str, mapped.Column]:
    """Return a compiled matcher as columns."""
    flat: dict[str, mapped.Column] = {
        "concepts": compiled.concepts,
        "types": pa.array(compiled.types, pa.large_string()),
        **{name: getattr(compiled, name) for name in _ARRAYS},
    }
    for name in _TABLES:
        table: HashTable = getattr(compiled, name)
        flat[f"{name}.keys"], flat[f"{name}.values"] = table.keys, table.values
    return flat


def from_columns(flat: Mapping[str, Any]) -> Matcher:
    """Return the matcher that `columns` made flat."""
    return Matcher(
        concepts=flat["concepts"],
        types=tuple(flat["types"].to_pylist()),
        words=HashTable(flat["words.keys"], flat["words.values"]),
        children=HashTable(flat["children.keys"], flat["children.values"]),
        **{name: flat[name] for name in _ARRAYS},
    )
