"""Seals: what tells later whether a file of a run is as it was written.

A JSON file of a run carries the digest of what it says. Of every other file the size and the digest stand in a sealed
JSON file that is written after it and says that it is there: a marker, the stamp of a set of results, the manifest.
"""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypedDict

from bioweft.atomic import json_bytes, write_json
from bioweft.errors import DamagedError

_KEY = "sealed"


class Seal(TypedDict):
    """Size and SHA-256 of a file."""

    size: int
    sha256: str


def seal_of(path: Path) -> Seal:
    """Return the seal of a file as it is now."""
    with path.open("rb") as stream:
        return {"size": path.stat().st_size, "sha256": hashlib.file_digest(stream, "sha256").hexdigest()}


def fault_of(path: Path, seal: Mapping[str, Any], *, deep: bool) -> str | None:
    """Return what is wrong with a file, None where nothing is; by its size, with `deep` by all its bytes too."""
    try:
        size = path.stat().st_size
        if size != seal["size"]:
            return f"has {size:,} bytes and was written with {seal['size']:,}"
        if deep and seal_of(path)["sha256"] != seal["sha256"]:
            return "other bytes than were written"
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return error.strerror or type(error).__name__
    return None


def write_sealed(path: Path, value: Mapping[str, Any]) -> None:
    """Write a JSON file atomically, with its seal."""
    write_json(path, {**value, _KEY: _digest(value)})


def read_sealed(path: Path) -> dict[str, Any]:
    """Return the object of a sealed JSON file, without its seal.

    Raises:
        DamagedError: it is missing, or not as it was written.
    """
    try:
        content = path.read_bytes()
        value = json.loads(content)
    except FileNotFoundError as error:
        raise DamagedError(path, "is missing") from error
    except (ValueError, RecursionError) as error:
        raise DamagedError(path, "is no JSON") from error
    if not isinstance(value, dict) or content != json_bytes(value) or value.pop(_KEY, None) != _digest(value):
        raise DamagedError(path, "says something else than was written")
    return value


def _digest(value: Mapping[str, Any]) -> str:
    return hashlib.sha256(json_bytes(value)).hexdigest()
