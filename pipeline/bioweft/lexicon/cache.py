"""Compiled dictionaries, kept in the user's cache folder and mapped into memory.

One Arrow file for each set of dictionaries, named by what is in them and by the version of the code, so that it is
never wrong, only missing. Processes that map it share its pages. Where the folder cannot be written, what is compiled
stays in memory.
"""

import hashlib
import logging
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs
import pyarrow as pa
from numpy.typing import NDArray

from bioweft.atomic import atomic
from bioweft.lexicon import rules
from bioweft.lexicon.compile import compile_tables
from bioweft.lexicon.loading import load, path_of
from bioweft.lexicon.matcher import HashTable, Matcher

VERSION = 13
"""Version of the code; counts up whenever the same dictionaries would compile to something else."""

_KEPT = 30 * 24 * 3600
"""Seconds for which an unread file is kept."""

_log = logging.getLogger(__name__)
_ARRAYS = ("leads_on", "terms_from", "concept", "type", "status", "rule", "form", "case", "telling_from", "telling")
_TABLES = ("words", "children")


def key(dictionaries: Sequence[str | Path]) -> str:
    """Return a digest of the contents of the dictionaries, their order and the code that compiles them."""
    digest = hashlib.blake2b(f"bioweft matcher {VERSION}\n".encode() + rules.contents(), digest_size=16)
    for dictionary in dictionaries:
        path = path_of(dictionary)
        digest.update(path.stem.encode() + hashlib.blake2b(path.read_bytes()).digest())
    return digest.hexdigest()


def matcher(dictionaries: Sequence[str | Path]) -> Matcher:
    """Return the compiled dictionaries: mapped from the cache, or compiled now and put there.

    Raises:
        DictionaryError: a dictionary is missing or malformed.
        NotFoundError: there is no shipped dictionary of that name.
    """
    file = Path(platformdirs.user_cache_dir("bioweft")) / f"matcher-{key(dictionaries)}.arrow"
    with suppress(OSError, pa.ArrowInvalid):  # not there, or not whole: compile
        compiled = read(file)
        os.utime(file)
        return compiled
    _log.info("compiling %d dictionaries, once for each set of them; it may take 20 seconds", len(dictionaries))
    compiled = compile_tables(load(dictionary) for dictionary in dictionaries)
    try:
        write(file, compiled)
        _drop_unused(file.parent)
        return read(file)
    except OSError as error:
        _log.warning("compiled dictionaries cannot be kept in %s (%s); each start compiles them again", file, error)
        return compiled


def _drop_unused(folder: Path) -> None:
    """Delete files that nobody has read for a month; a process that has mapped one keeps it."""
    for file in folder.glob("matcher-*"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > _KEPT:
                file.unlink()


def write(file: Path, compiled: Matcher) -> None:
    """Write a compiled matcher, whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    columns: dict[str, pa.Array] = {
        "concepts": _one_list(compiled.concepts),
        "types": pa.array([list(compiled.types)], pa.large_list(pa.large_string())),
    }
    for name in _ARRAYS:
        columns[name] = _one_list(getattr(compiled, name))
    for name in _TABLES:
        table: HashTable = getattr(compiled, name)
        columns[f"{name}.keys"], columns[f"{name}.values"] = _one_list(table.keys), _one_list(table.values)
    batch = pa.record_batch(columns)
    with (
        atomic(file) as unfinished,
        unfinished.open("wb") as stream,
        pa.ipc.new_file(stream, batch.schema) as writer,
    ):
        writer.write_batch(batch)


def read(file: Path) -> Matcher:
    """Map a compiled matcher into memory.

    Raises:
        FileNotFoundError: there is no such file.
        pa.ArrowInvalid: it is not whole.
    """
    batch = pa.ipc.open_file(pa.memory_map(str(file))).get_batch(0)
    columns = {name: batch.column(name).flatten() for name in batch.schema.names}
    arrays = {name: column.to_numpy() for name, column in columns.items() if pa.types.is_integer(column.type)}
    tables = {name: HashTable(arrays[f"{name}.keys"], arrays[f"{name}.values"]) for name in _TABLES}
    return Matcher(
        concepts=columns["concepts"],
        types=tuple(columns["types"].to_pylist()),
        words=tables["words"],
        children=tables["children"],
        leads_on=arrays.pop("leads_on").view(np.bool_),
        **{name: arrays[name] for name in _ARRAYS if name in arrays},
    )


def _one_list(values: NDArray[Any] | pa.Array) -> pa.Array:
    """Return an array of one list."""
    if not isinstance(values, pa.Array):
        values = pa.array(values.view(np.uint8) if values.dtype == np.bool_ else values)
    return pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)
