"""Finding and opening input files: a file, a folder or a pattern; plain, gzip or xz. Knows nothing of formats."""

import gzip
import lzma
from collections.abc import Sequence
from glob import glob
from pathlib import Path
from typing import IO

from bioweft.errors import InputError

COMPRESSED = {".gz": gzip.open, ".xz": lzma.open}


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
    found = sorted(Path(p) for p in glob(str(root), recursive=True) if Path(p).is_file())
    if not found:
        raise InputError(f"no such file or folder: {root}")
    return found


def open_binary(path: Path) -> IO[bytes]:
    """Open for reading bytes, decompressed by the ending."""
    opener = COMPRESSED.get(path.suffix.lower())
    return opener(path, "rb") if opener else path.open("rb")  # type: ignore[return-value]


def bare_name(path: Path) -> str:
    """Return the file name without its compression ending and its format ending: `a.xml.gz` gives `a`."""
    name = path.name
    if path.suffix.lower() in COMPRESSED:
        name = path.stem
    return Path(name).stem
