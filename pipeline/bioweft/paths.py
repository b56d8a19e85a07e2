"""Paths in settings, told by their type: a relative one in a workflow file is relative to that file.

A settings class declares `path: PathSetting`; whoever reads a file validates with `context={BASE: folder of the file}`.
Without that context, and for what stands on the command line (`AsGiven`), a path is left as it is.
"""

from pathlib import Path
from typing import Annotated, Any

from pydantic import BeforeValidator, ValidationInfo

BASE = "base"
"""The key of the validation context under which the folder lies that paths are relative to."""


class AsGiven(str):
    """Text from the command line: if it is a path, it is relative to where the command runs."""

    __slots__ = ()


def base_of(value: Any, info: ValidationInfo) -> Path | None:
    """Return the folder that a value is relative to, or None where it must be left as it is."""
    base: Path | None = (info.context or {}).get(BASE)
    return base if isinstance(value, str) and not isinstance(value, AsGiven) else None


def relative_to(base: Path, path: str) -> str:
    """Return a path, taken to be relative to `base`; `~` is the home folder, an address stays as it is.

    Raises:
        ValueError: there is no such home folder.
    """
    try:
        return path if "://" in path else str(base / Path(path).expanduser())
    except RuntimeError as error:
        raise ValueError(f"{path!r} names a home folder that there is not") from error


def without_nul(value: Any) -> Any:
    """Return a path, which may have no NUL.

    Raises:
        ValueError: it has one.
    """
    if "\0" in str(value):
        raise ValueError("has a NUL, which no path may have")
    return value


def _resolve(value: Any, info: ValidationInfo) -> Any:
    base = base_of(without_nul(value), info)
    return value if base is None else relative_to(base, value)


PathSetting = Annotated[str, BeforeValidator(_resolve)]
"""A file, a folder, a pattern or an address: `path = "notes/*.txt"`."""

FileSetting = Annotated[Path, BeforeValidator(_resolve)]
"""A file or folder."""
