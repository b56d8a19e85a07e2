"""Arrays made from dictionaries, kept in the user's cache folder and mapped into memory.

One Arrow file for each set of dictionaries, named by what is in them and by the version of the code, so that it is
never wrong, only missing or damaged: it ends in a checksum, and a damaged one is made again. Processes that map it
share its pages. Where the folder cannot be written, what was made stays in memory.
"""

import hashlib
import logging
import os
import time
import zlib
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

_CHECKSUM = 4
"""Bytes of the checksum at the end of a file, of all before it."""

_READ_AT_ONCE = 1024 * 1024

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
    file = Path(platformdirs.user_cache_dir("bioweft")) / f"{name}.columns"
    try:
        columns = read(file)
        with suppress(OSError):
            os.utime(file)
        return columns
    except (FileNotFoundError, NotADirectoryError):
        pass
    except (OSError, pa.ArrowInvalid) as error:
        _log.warning("the compiled dictionaries in %s are damaged (%s); they are compiled again", file, error)
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
    with atomic(file) as unfinished:
        with unfinished.open("wb") as stream, pa.ipc.new_file(stream, schema) as writer:
            writer.write_batch(batch.replace_schema_metadata(schema.metadata))
        checksum = _checksum(unfinished, unfinished.stat().st_size)
        with unfinished.open("ab") as stream:
            stream.write(checksum)


def read(file: Path) -> dict[str, Column]:
    """Map the columns of a file into memory.

    Raises:
        FileNotFoundError: there is no such file.
        pa.ArrowInvalid: it is not whole, or not as it was written.
    """
    size = file.stat().st_size - _CHECKSUM
    if size < 0 or _checksum(file, size) != _ending(file, size):
        raise pa.ArrowInvalid("its bytes are not those that were written")
    batch = pa.ipc.open_file(pa.BufferReader(pa.memory_map(str(file)).read_buffer(size))).get_batch(0)
    masks = (batch.schema.metadata or {}).get(b"masks", b"").decode().split(",")
    columns: dict[str, Column] = {}
    for name in batch.schema.names:
        values = batch.column(name).flatten()
        is_number = pa.types.is_integer(values.type) or pa.types.is_floating(values.type)
        columns[name] = values.to_numpy() if is_number else values
        if name in masks:
            columns[name] = columns[name].view(np.bool_)
    return columns


def _checksum(file: Path, size: int) -> bytes:
    """Return the checksum of the first bytes of a file.

    They are read and not mapped, as pages that are not used otherwise would count as memory of this process.
    """
    checksum, left = 0, size
    with file.open("rb") as stream:
        while left > 0 and (piece := stream.read(min(left, _READ_AT_ONCE))):
            checksum, left = zlib.crc32(piece, checksum), left - len(piece)
    return checksum.to_bytes(_CHECKSUM, "little")


def _ending(file: Path, place: int) -> bytes:
    """Return the bytes of a file from a place on."""
    with file.open("rb") as stream:
        stream.seek(place)
        return stream.read()


def _one_list(values: Column) -> pa.Array:
    """Return an array of one list."""
    if not isinstance(values, pa.Array):
        values = pa.array(values.view(np.uint8) if values.dtype == np.bool_ else values)
    return pa.LargeListArray.from_arrays(pa.array([0, len(values)], pa.int64()), values)
