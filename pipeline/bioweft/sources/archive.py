"""Unpacking archives that came from elsewhere: only what is wanted, nowhere but the target, not without end."""

import shutil
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import IO

from bioweft.errors import FetchError

LEAST_LIMIT = 1024**3
MOST_RATIO = 50
"""An archive that would unpack to more than so many times its size (but more than `LEAST_LIMIT` bytes) is refused:
text packs five- to tenfold, a bomb a thousandfold."""

MOST_MEMBERS = 5_000_000


class _Budget:
    """What may still be unpacked."""

    def __init__(self, archive: Path) -> None:
        self._archive = archive
        self._most = max(LEAST_LIMIT, MOST_RATIO * archive.stat().st_size)
        self._bytes = self._members = 0

    def take(self, member: tarfile.TarInfo) -> None:
        self._bytes += member.size
        self._members += 1
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
        FetchError: it is damaged, would write outside of `target`, or is far larger than such an archive is.
    """
    unfinished = target.with_name(f"{target.name}.unpacking")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(parents=True)
    budget = _Budget(archive)
    try:
        with archive.open("rb") as stream:
            _extract(stream, unfinished, is_wanted, budget)
    except (tarfile.TarError, EOFError, ValueError) as error:
        raise FetchError(f"{archive} cannot be unpacked: {error}; remove it to fetch it again") from error
    unfinished.replace(target)


def _extract(stream: IO[bytes], into: Path, is_wanted: Callable[[str], bool], budget: _Budget) -> None:
    with tarfile.open(fileobj=stream, mode="r|*") as members:
        for member in members:
            budget.take(member)
            if not (member.isfile() and is_wanted(member.name)):
                continue
            if member.name.endswith((".tar.gz", ".tgz")):
                content = members.extractfile(member)
                if content is not None:
                    inside = tarfile.data_filter(member, str(into)).name
                    _extract(content, into / Path(inside).parent, is_wanted, budget)
            else:
                members.extract(member, into, filter="data")
