"""Seals: what tells later whether a file of a run is as it was written.

A JSON file of a run carries the digest of its name and of what it says. Of every other file the size and the digest stand in a sealed
JSON file that is written after it and says that it is there: a marker, the stamp of a set of results, the manifest.
"""

import errno
import hashlib
import json
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from bioweft.atomic import json_bytes, write_json
from bioweft.errors import DamagedError

_KEY = "sealed"

_NO_DAMAGE = {
    errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.EINTR, errno.ENOSPC, errno.EDQUOT, errno.ENOBUFS,
    errno.ESTALE, errno.ETIMEDOUT, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENOTCONN,
}  # fmt: skip
"""Answers that say that the machine is short of something, or a network share away, and nothing of a file."""


class Seal(TypedDict):
    """Size and SHA-256 of a file."""

    size: int
    sha256: str


def seal_of(path: Path) -> Seal:
    """Return the seal of a file as it is now."""
    with path.open("rb") as stream:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


def is_shortage(error: BaseException) -> bool:
    """Say whether an error is one of the machine, which says nothing of a file."""
    return isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno in _NO_DAMAGE)


def fault_of(path: Path, seal: Mapping[str, Any], *, deep: bool) -> str | None:
    """Return what is wrong with a file, None where nothing is; by its size, with `deep` by all its bytes too."""
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            return "is no file"
        if status.st_size != seal["size"]:
            return f"has {status.st_size:,} bytes and was written with {seal['size']:,}"
        if deep and seal_of(path)["sha256"] != seal["sha256"]:
            return "other bytes than were written"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        if is_shortage(error):
            raise
        return error.strerror or type(error).__name__
    return None


def write_sealed(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file atomically, with its seal."""
    write_json(path, {**value, _KEY: _digest(value, path.name)})


def read_sealed(path: Path) -> dict[str, Any]:
    """Return the object of a sealed JSON file, without its seal.

    Raises:
        DamagedError: it is missing, not as it was written, or a copy of another file.
    """
    try:
        if not path.is_file() and path.exists():
            raise DamagedError(path, "is no file")
        content = path.read_bytes()
        value = json.loads(content)
    except FileNotFoundError as error:
        raise DamagedError(path, "is missing") from error
    except (ValueError, RecursionError) as error:
        raise DamagedError(path, "is no JSON") from error
    except OSError as error:
        if is_shortage(error):
            raise
        raise DamagedError(path, error.strerror or type(error).__name__) from error
    if not isinstance(value, dict) or content != json_bytes(value):
        raise DamagedError(path, "says something else than was written")
    # Earlier versions sealed what a file says without its name.
    if value.pop(_KEY, None) not in (_digest(value, path.name), _digest(value)):
        raise DamagedError(path, "says something else than was written")
    return value


def is_sealed(value: Mapping[str, Any]) -> bool:
    """Say whether the object of a JSON file has a seal, whatever that says."""
    return _KEY in value


def _digest(value: Mapping[str, Any], *name: str) -> str:
    return hashlib.sha256(b"".join(map(json_bytes, (*name, value)))).hexdigest()
