"""Finding and opening input files: a file, a folder or a pattern; plain, gzip or xz. Knows nothing of formats."""

import gzip
import lzma
from collections.abc import Sequence
from glob import glob
from pathlib import Path
from typing import IO, cast

from bioweft.errors import InputError

COMPRESSED = (".gz", ".xz")


def find(path: str | Path, *, suffixes: Sequence[str], recursive: bool = False) -> list[Path]:
    """Return the files that `path` names, sorted by name: itself, those in the folder, or those the pattern matches.

    Of a folder only the files with one of `suffixes` count, compressed or not.

    Raises:
        InputError: no file is there.
    """
    root = Path(path).expanduser()
    if root.is_file():
        return [root]
    if root.is_dir():
        endings = tuple(suffix + packed for suffix in suffixes for packed in ("", *COMPRESSED))
        walk = root.rglob("*") if recursive else root.iterdir()
        found = sorted(p for p in walk if p.is_file() and p.name.lower().endswith(endings))
        if not found:
            raise InputError(f"no {' or '.join(suffixes)} file in folder {root}; name a file, or another folder")
        return found
    matches = glob(str(root), recursive=True)  # noqa: PTH207 - the pattern may be absolute
    found = sorted(Path(p) for p in matches if Path(p).is_file())
    if not found:
        raise InputError(f"no such file or folder: {root}")
    return found


def open_binary(path: Path) -> IO[bytes]:
    """Open for reading bytes, decompressed by the ending."""
    match path.suffix.lower():
        case ".gz":
            return cast(IO[bytes], gzip.open(path, "rb"))
        case ".xz":
            return lzma.open(path, "rb")
    return path.open("rb")


def bare_name(path: Path) -> str:
    """Return the file name without its compression ending and its format ending: `a.xml.gz` gives `a`."""
    name = path.name
    if path.suffix.lower() in COMPRESSED:
        name = path.stem
    return Path(name).stem
