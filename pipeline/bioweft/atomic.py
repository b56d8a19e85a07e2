"""Writing files whole or not at all: first elsewhere, then onto the disk, then renamed into their place.

A file of ours is on the disk before it has its name, and its name is before anything is written that relies on it: not
even a crash of the machine leaves an empty or half-written file in its place.
"""

import errno
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import count
from pathlib import Path

UNFINISHED = ".part"
"""The ending of a file that is being written; before it stands the number of the process that writes it."""

_staging: dict[Path, Path] = {}
"""By folder: the folder in which the files for it are written; `staged` says why."""

_numbers = count()

_NO_SYNC = {errno.EINVAL, errno.ENOTSUP, errno.EBADF, errno.EACCES}
"""Answers of file systems on which a folder cannot be synced."""


@contextmanager
def staged(root: Path, staging: Path) -> Iterator[None]:
    """Have all files below `root` written in `staging`, a folder on the same disk, before they get their place.

    Whoever removes `staging` makes sure that this process, and those that it forked, bring no file to its place any
    more: what they would rename is gone, and nothing makes the folder again.
    """
    root, staging = root.absolute(), staging.absolute()
    _staging[root] = staging
    try:
        yield
    finally:
        del _staging[root]


@contextmanager
def atomic(path: Path) -> Iterator[Path]:
    """Give a path to write to, and bring that file to its place when the block ends well."""
    make_folder(path.parent)
    staging = _staging_of(path)
    name = f"{path.name}.{os.getpid()}{UNFINISHED}"
    unfinished = path.with_name(name) if staging is None else staging / f"{next(_numbers)}-{name}"
    try:
        yield unfinished
        place(unfinished, path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def place(unfinished: Path, path: Path) -> None:
    """Bring a finished file, link or folder to its place; the files of a folder must be on the disk.

    Raises:
        FileNotFoundError: another process has taken over the folder that `path` is in, see `staged`.
    """
    staging = _staging_of(path)
    if staging is not None and not staging.is_dir():
        raise FileNotFoundError(errno.ENOENT, "another process has taken over the folder", str(path))
    if not unfinished.is_symlink():
        _sync(unfinished)
    unfinished.replace(path)
    _sync(path.parent)


def place_tree(unfinished: Path, folder: Path) -> None:
    """Bring a folder of files of which none need be on the disk to its place.

    There may be hundreds of thousands: to wait once until all that is written is on the disk is quicker.
    """
    os.sync()
    place(unfinished, folder)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, where they are missing, and bring their names onto the disk."""
    if not folder.is_dir():
        make_folder(folder.parent)
        folder.mkdir(exist_ok=True)
        _sync(folder.parent)


def write_json(path: Path, value: object) -> None:
    """Write a JSON file atomically, the same value to the same bytes."""
    with atomic(path) as unfinished:
        unfinished.write_bytes(json_bytes(value))


def json_bytes(value: object) -> bytes:
    """Return the bytes of a JSON file, the same for the same value."""
    text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    # A name of a file that is not UTF-8 has surrogates, which JSON can write as escapes alone.
    return text.encode("utf-8", "backslashreplace")


def _staging_of(path: Path) -> Path | None:
    if not _staging:
        return None
    absolute = path.absolute()
    return next((staging for root, staging in _staging.items() if absolute.is_relative_to(root)), None)


def _sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    except OSError as error:
        if not (path.is_dir() and error.errno in _NO_SYNC):
            raise
    finally:
        os.close(handle)
