"""Finding and opening input files: a file, a folder or a pattern; plain, gzip or xz. Knows nothing of formats."""

import gzip
import lzma
import os
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from glob import glob
from pathlib import Path
from typing import IO, cast

from bioweft.errors import InputError
from bioweft.sources.base import Input

COMPRESSED = (".gz", ".xz")

BREAKS = (EOFError, OSError, zlib.error, lzma.LZMAError)
"""What reading raises where a file breaks off or its compression is damaged."""

_GZIP, _XZ = b"\x1f\x8b", b"\xfd7zXZ\x00"


def not_utf8(error: UnicodeDecodeError) -> str:
    """Return the reason of a reject that is not UTF-8, with the byte at fault."""
    return f"not UTF-8: byte 0x{error.object[error.start]:02x}; save the file as UTF-8"


def find(path: str | Path, *, suffixes: Sequence[str], recursive: bool = False) -> list[Path]:
    """Return the files that `path` names, sorted by name: itself, those in the folder, or those the pattern matches.

    Of a folder only the files with one of `suffixes` count, compressed or not, and none that is hidden.

    Raises:
        InputError: no file is there.
    """
    root = Path(path).expanduser()
    if root.is_dir():
        endings = tuple(suffix + packed for suffix in suffixes for packed in ("", *COMPRESSED))
        walk = root.rglob("*") if recursive else root.iterdir()
        files = sorted(
            file
            for file in walk
            if file.name.lower().endswith(endings)
            and file.is_file()
            and not any(name.startswith(".") for name in file.relative_to(root).parts)
        )
        if not files:
            raise InputError(f"no {' or '.join(suffixes)} file in folder {root}; name a file, or another folder")
        return files
    if root.exists():  # a file, or a pipe such as /dev/stdin
        return [root]
    matches = glob(str(root), recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    files = sorted(Path(match) for match in matches if Path(match).is_file())
    if not files:
        raise InputError(f"no such file or folder: {root}")
    return files


def inputs_of(paths: Sequence[Path]) -> list[Input]:
    """Return an input for each file, in their order, under unique names: the bare ones, or more where two share one."""
    for name in (bare_name, lambda path: path.name):
        names = [name(path) for path in paths]
        if max(Counter(names).values()) == 1:
            break
    else:
        root = os.path.commonpath([path.parent for path in paths])
        names = [path.relative_to(root).as_posix() for path in paths]
    return [Input(name, path) for name, path in zip(names, paths, strict=True)]


def relative_inputs(paths: Sequence[Path], path: str | Path) -> list[Input]:
    """Return an input for each file, named by its place below the folder, or the plain part of the pattern, `path`."""
    root = Path(path).expanduser()
    while not root.exists():
        root = root.parent
    return [Input(file.relative_to(root).as_posix() if file != root else file.name, file) for file in paths]


@contextmanager
def open_binary(path: Path) -> Iterator[IO[bytes]]:
    """Open for reading bytes, decompressed by what the file begins with, whatever its name ends in.

    Raises:
        OSError: it cannot be opened.
    """
    with path.open("rb") as stream:
        magic = stream.peek(len(_XZ))
        if magic.startswith(_GZIP):
            with gzip.GzipFile(fileobj=stream) as unpacked:
                yield cast(IO[bytes], unpacked)
        elif magic.startswith(_XZ):
            with lzma.open(stream) as unpacked:
                yield unpacked
        else:
            yield stream


def read_head(path: Path, size: int) -> tuple[bytes, bool]:
    """Return the first bytes of a file, decompressed, and whether it breaks off before `size` of them.

    What could be decompressed before a fault is there.

    Raises:
        OSError: it cannot be opened.
    """
    head = b""
    with open_binary(path) as stream:
        read = getattr(stream, "read1", stream.read)
        try:
            while len(head) < size and (block := read(size - len(head))):
                head += block
        except BREAKS:
            return head, True
    return head, False


def format_suffix(path: Path) -> str:
    """Return the ending that tells the format, in lower case: `.xml` of `A.XML.gz`, or nothing."""
    suffixes = [suffix.lower() for suffix in path.suffixes if suffix.lower() not in COMPRESSED]
    return suffixes[-1] if suffixes else ""


def bare_name(path: Path) -> str:
    """Return the file name without its compression ending and its format ending: `a.xml.gz` gives `a`."""
    name = path.name
    if path.suffix.lower() in COMPRESSED:
        name = path.stem
    return Path(name).stem
