"""Unpacking archives that came from elsewhere: only what is wanted, nowhere but the target, not without end."""

import bz2
import gzip
import lzma
import shutil
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from bioweft.atomic import place_tree
from bioweft.errors import FetchError

LEAST_LIMIT = 1024**3
MOST_RATIO = 50
"""An archive that would unpack to more than so many times its size (but more than `LEAST_LIMIT` bytes) is refused:
text packs five- to tenfold, a bomb a thousandfold."""

MOST_MEMBERS = 5_000_000

_BLOCK = 1024 * 1024
_DAMAGE = (tarfile.TarError, EOFError, ValueError, gzip.BadGzipFile, zlib.error, lzma.LZMAError)


class _Budget:
    """What may still be unpacked."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._most = max(LEAST_LIMIT, MOST_RATIO * archive.stat().st_size)
        self._bytes = self._members = 0

    def take(self, size: int, *, members: int = 1) -> None:
        self._bytes += size
        self._members += members
        if self._bytes > self._most or self._members > MOST_MEMBERS:
            raise FetchError(
                f"{self._archive} would unpack to more than {self._most:,} bytes or {MOST_MEMBERS:,} files: it is no "
                "release of CORD-19; remove it, and check the address"
            )


def is_archive(path: Path) -> bool:
    """Say whether a file is a tar archive, packed or not."""
    try:
        return tarfile.is_tarfile(path)
    except EOFError:  # it breaks off at its beginning, as unpacking it will tell
        return True


def unpack(archive: Path, target: Path, *, is_wanted: Callable[[str], bool]) -> None:
    """Unpack the members of a tar archive whose names are wanted into the new folder `target`, whole or not at all.

    A member that is itself an archive (`.tar.gz`) is unpacked in its place.

    Raises:
        FetchError: it is damaged or has nothing that is wanted, would write outside of `target`, or is far larger than
            such an archive is.
    """
    unfinished = target.with_name(f"{target.name}.unpacking")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    budget = _Budget(archive)
    try:
        with archive.open("rb") as stream:
            files = _extract(stream, unfinished, is_wanted, budget)
    except _DAMAGE as error:
        raise FetchError(f"{archive} cannot be unpacked: {error}; remove it to fetch it again") from error
    if not files:
        shutil.rmtree(unfinished, ignore_errors=True)
        raise FetchError(f"{archive} has no files of a CORD-19 release; check what it is")
    place_tree(unfinished, target)


def _extract(stream: IO[bytes], into: Path, is_wanted: Callable[[str], bool], budget: _Budget) -> int:
    """Unpack the members that are wanted, and return how many files they were."""
    files = 0
    unpacked = _unpacked(stream)
    with tarfile.open(fileobj=unpacked, mode="r|") as members:
        for member in members:
            budget.take(member.size)
            if not (member.isfile() and is_wanted(member.name)):
                continue
            if member.name.endswith((".tar.gz", ".tgz")):
                content = members.extractfile(member)
                if content is not None:
                    inside = tarfile.data_filter(member, str(into)).name
                    files += _extract(content, into / Path(inside).parent, is_wanted, budget)
            else:
                members.extract(member, into, filter="data")
                files += 1
    # The checksum stands behind the last block, up to which the archive itself is not read.
    while block := unpacked.read(_BLOCK):
        budget.take(len(block), members=0)
    return files


def _unpacked(stream: Any) -> IO[bytes]:
    """Return the stream decompressed, by what it begins with."""
    beginning: bytes = stream.peek(6)
    if beginning.startswith(b"\x1f\x8b"):
        return gzip.open(stream)  # type: ignore[return-value]
    if beginning.startswith(b"\xfd7zXZ\x00"):
        return lzma.open(stream)
    if beginning.startswith(b"BZh"):
        return bz2.open(stream)
    plain: IO[bytes] = stream
    return plain
