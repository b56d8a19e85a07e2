"""Checksums of the files of a model: a flipped bit in a weight would give other results without a word.

They stand in the file `SHA256SUMS` of the model's folder, as `sha256sum -c` reads it. A folder without one is opened as
it is.
"""

import hashlib
from collections.abc import Sequence
from pathlib import Path

from bioweft.errors import InputError

SUMS = "SHA256SUMS"
_ABOUT = {".md", ".png", ".svg", ".txt"}
"""Endings of files that tell people of a model and are not read with it."""


def write_sums(folder: Path, files: Sequence[Path] | None = None) -> None:
    """Write the checksums of files of a folder, of all that are read with a model where none are given."""
    files = _files(folder) if files is None else files
    lines = (f"{_sum_of(file)}  {file.relative_to(folder).as_posix()}\n" for file in files)
    (folder / SUMS).write_text("".join(lines), encoding="utf-8")


def verify_sums(folder: Path) -> None:
    """See that the files of a folder are those of which it has checksums.

    Raises:
        InputError: one is missing, or not as it was written.
    """
    sums = folder / SUMS
    if not sums.is_file():
        return
    for line in sums.read_text(encoding="utf-8", errors="replace").splitlines():
        written, _, name = line.partition("  ")
        file = folder / name
        if not file.is_file():
            raise _damaged(file, "is missing", folder)
        if _sum_of(file) != written:
            raise _damaged(file, "is damaged: its bytes are not those that were written", folder)


def _damaged(file: Path, fault: str, folder: Path) -> InputError:
    return InputError(
        f"{file} {fault}; fetch, train or install {folder} anew (if you changed it yourself, remove {SUMS} there)"
    )


def _files(folder: Path) -> list[Path]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.suffix not in _ABOUT)
    return [path for path in files if path.name not in (SUMS, "LICENSE")]


def _sum_of(file: Path) -> str:
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
