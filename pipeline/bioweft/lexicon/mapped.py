"""Arrays made from dictionaries, kept in the user's cache folder and mapped into memory.

One Arrow file for each set of dictionaries, named by what is in them and by the version of the code, so that it is
never wrong, only missing. Processes that map it share its pages. Where the folder cannot be written, what was made
stays in memory.
"""

import hashlib
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import platformdirs
import pyarrow as pa

from bioweft.atomic import atomic
from bioweft.lexicon.loading import path_of

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Column = Any
"""An array of numbers or a mask of NumPy's, or an Arrow array of strings."""

_Arrays = TypeVar("_Arrays", bound="DataclassInstance")

_KEPT = 30 * 24 * 3600
"""Seconds for which an unread file is kept."""

_log = logging.getLogger(__name__)


def digest(dictionaries: Sequence[str | Path], code: bytes) -> str:
    """Return a digest of the contents of the dictionaries, their order and what `code` says of what is made of them."""
    hashed = hashlib.blake2b(code, digest_size=16)
    for dictionary in dictionaries:
        path = path_of(dictionary)
        hashed.update(path.stem.encode() + hashlib.blake2b(path.read_bytes()).digest())
    return hashed.hexdigest()


def kept(name: str, make: Callable[[], Mapping[str, Column]]) -> dict[str, Column]:
    """Return the columns of the file `name` in the cache folder; where there is none, make them and put them there."""
    file = Path(platformdirs.user_cache_dir("bioweft")) / f"{name}.arrow"
    with suppress(OSError, pa.ArrowInvalid):  # not there, or not whole: make it
        columns = read(file)
        os.utime(file)
        return columns
    _log.info("compiling dictionaries, once for each set of them; it may take half a minute")
    columns = dict(make())
    try:
        write(file, columns)
        _drop_unused(file.parent, name.partition("-")[0])
        return read(file)
    except OSError as error:
        _warn(file.parent, error.strerror or str(error))
        return columns


@cache
def _warn(folder: Path, reason: str) -> None:
    """Say, once in a process, that what is compiled cannot be kept."""
    _log.warning(
        "compiled dictionaries cannot be kept in %s (%s), so each start compiles them again; XDG_CACHE_HOME may name "
        "another folder", folder, reason,
    )  # fmt: skip


def kept_arrays(arrays: type[_Arrays], name: str, make: Callable[[], _Arrays]) -> _Arrays:
    """Return a dataclass of columns from the file `name` in the cache folder, as `kept` does."""

    def columns() -> dict[str, Column]:
        made = make()
        return {field.name: getattr(made, field.name) for field in fields(arrays)}

    return arrays(**kept(name, columns))


def _drop_unused(folder: Path, kind: str) -> None:
    """Delete files of a kind that nobody has read for a month; a process that has mapped one keeps it."""
    for file in folder.glob(f"{kind}-*"):
        with suppress(OSError):
            if time.time() - file.stat().st_mtime > _KEPT:
                file.unlink()


def write(file: Path, columns: Mapping[str, Column]) -> None:
    """Write columns to a file, whole or not at all.

    Raises:
        OSError: the folder cannot be written.
    """
    batch = pa.record_batch({name: _one_list(values) for name, values in columns.items()})
    masks = [name for name, values in columns.items() if isinstance(values, np.ndarray) and values.dtype == np.bool_]
    schema = batch.schema.with_metadata({"masks": ",".join(masks)})
    with atomic(file) as unfinished, unfinished.open("wb") as stream, pa.ipc.new_file(stream, schema) as writer:
        writer.write_batch(batch.replace_schema_metadata(schema.metadata))


def read(file: Path) -> dict[str, Column]:
    """Map the columns of a file into memory.

    Raises:
        FileNotFoundError: there is no such file.
        pa.ArrowInvalid: it is not whole.
    """
    batch = pa.ipc.open_file(pa.memory_map(str(file))).get_batch(0)
    masks = (batch.schema.metadata or {}).get(b"masks", b"").decode().split(",")
    columns: dict[str, Column] = {}
    for name in batch.schema.names:
        values = batch.column(name).flatten()
        is_number = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
        columns[name] = values.to_numpy() if is_number else values
        if name in masks:
            columns[name] = columns[name].view(np.bool_)
    return columns


def _one_list(values: Column) -> pa.Array:
    """Return an array of one list."""
    if not isinstance(values, pa.Array):
        values = pa.array(values.view(np.uint8) if values.dtype == np.bool_ else values)
    return pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)
