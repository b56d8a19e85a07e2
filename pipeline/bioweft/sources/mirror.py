"""PubMed's baseline and update files, from a folder on disk or from NLM's server or a mirror of it.

Files are checked by their `.md5`, fetched when they are new or changed, and let go when they are no longer listed: a
new baseline replaces all that was before it.
"""

import json
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import urlsplit

from pydantic import model_validator

from bioweft.atomic import atomic
from bioweft.errors import FetchError, InputError
from bioweft.paths import PathSetting
from bioweft.records import Record, Reject
from bioweft.shown import without_secrets
from bioweft.sources.base import Input, Source
from bioweft.sources.download import SCHEMES, Downloads, digest_of
from bioweft.sources.files import inputs_of
from bioweft.sources.pubmed import PubMedFiles, application_order

_NAME = re.compile(r"(?:pubmed|medline)\d\dn\d+(?:\.\w+)?\.xml(?:\.gz|\.xz)?", re.IGNORECASE)
_MD5 = re.compile(r"(?<![0-9a-f])[0-9a-f]{32}(?![0-9a-f])", re.IGNORECASE)
_LIST = "mirror.json"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Remote:
    """A file that a place lists: `place` is a folder or an address, `stamp` changes when the file does, or is empty."""

    place: str
    name: str
    stamp: str
    has_md5: bool

    @property
    def is_local(self) -> bool:
        return "://" not in self.place

    @property
    def address(self) -> str:
        return f"{self.place.rstrip('/')}/{self.name}"


class PubMedMirror(Source):
    """PubMed's files: `baseline` and `updates` are each a folder on disk or the address of one (http, https, ftp).

    Files on disk are read where they are, others fetched into the run folder. A file without an `.md5` beside it is
    taken as it is. An update file older than the baseline's year is passed over: the baseline holds what it brought.
    """

    kind: Literal["pubmed-mirror"] = "pubmed-mirror"
    baseline: PathSetting | None = None
    updates: PathSetting | None = None
    other_abstract: bool = False

    version: ClassVar[int] = 2
    reading: ClassVar[tuple[str, ...]] = ("other_abstract",)

    @model_validator(mode="after")
    def _some_place(self) -> "PubMedMirror":
        places = [place for place in (self.baseline, self.updates) if place is not None]
        if not places:
            raise ValueError("give `baseline`, `updates` or both")
        for place in places:
            if "://" in place and urlsplit(place).scheme not in SCHEMES:
                raise ValueError(
                    f"{without_secrets(place)!r} is neither a folder nor an address of {', '.join(SCHEMES)}"
                )
        return self

    @property
    def remote(self) -> bool:
        """Say that it has to be fetched."""
        return True

    def fetch(self, folder: Path) -> list[Reject]:
        """Fetch what is new or changed, check it, and let go what is no longer listed."""
        folder.mkdir(parents=True, exist_ok=True)
        wrong: list[str] = []
        with Downloads() as downloads:
            files = self._available_files(downloads)
            for number, file in enumerate(files, start=1):
                try:
                    _bring(file, folder, downloads)
                    _log.info("%s is there, %d of %d", file.name, number, len(files))
                except FetchError as error:
                    wrong.append(str(error))
        # With pubmed26n0002 missing, a record of it would stay that 0003 revises, so the list of last time stays.
        if wrong:
            raise FetchError(
                f"{len(wrong)} of {len(files)} PubMed files could not be had, the others are there: {'; '.join(wrong)}"
            )
        paths = [str(Path(file.address).absolute()) if file.is_local else file.name for file in files]
        _write_json(folder / _LIST, paths)
        _let_go(folder, keep={file.name for file in files if not file.is_local})
        return []

    def inputs(self, folder: Path) -> list[Input]:
        """List the files in the order in which they apply: by production year and number."""
        list_file = folder / _LIST
        if not list_file.exists():
            raise InputError(f"nothing has been fetched into {folder} yet")
        return inputs_of([folder / path for path in json.loads(list_file.read_text(encoding="utf-8"))])

    def read(self, item: Input) -> Iterator[Record]:
        """Stream the records of one file."""
        return PubMedFiles(path=str(item.path), other_abstract=self.other_abstract).read(item)

    def _available_files(self, downloads: Downloads) -> list[_Remote]:
        """Return the files that there are, in the order in which they apply."""
        baseline, updates = (_list(place, downloads) if place else [] for place in (self.baseline, self.updates))
        # A baseline without files is a wrong address, even beside updates: without it, most of PubMed would be let go.
        # For some days of the year, when a baseline is new, there are no updates: only both folders empty is an error.
        if (self.baseline and not baseline) or not (baseline or updates):
            place = self.baseline or self.updates
            raise FetchError(f"no PubMed file (pubmed24n0001.xml.gz) in {place}; check the folder or address")
        # Beside pubmed27n0001, the baseline of 2027, pubmed26n1700 of the last year's updates brings nothing.
        year = max((_year(file) for file in baseline), default=0)
        current_updates = (file for file in updates if _year(file) >= year)
        # One file for each name: where a folder is both baseline and updates, or a file is in both, that of updates.
        files = {file.name: file for file in (*baseline, *current_updates)}
        return sorted(files.values(), key=lambda file: application_order(Path(file.name)))


def _year(file: _Remote) -> int:
    return application_order(Path(file.name))[0]


def _list(place: str, downloads: Downloads) -> list[_Remote]:
    """Return PubMed's files in a folder on disk or at an address, by name."""
    if "://" in place:
        stamps = downloads.listing(place)
    else:
        root = Path(place).expanduser()
        if not root.is_dir():
            raise InputError(f"no such folder: {root}")
        place = str(root)
        status = {path.name: path.stat() for path in root.iterdir() if path.is_file()}
        stamps = {name: f"{file_status.st_size} {file_status.st_mtime_ns}" for name, file_status in status.items()}
    files = []
    for name in sorted(filter(_NAME.fullmatch, stamps)):  # not README.txt, nor pubmed26n0001.xml.gz.md5
        # The stamp is of the file and of its md5: "2026-01-09 12:01 19M / 2026-01-09 12:01 61". A file whose md5 is
        # mended is looked at again. A server that shows only names ("") tells of no change: then the stamp is empty.
        file_stamp, md5_stamp = stamps[name], stamps.get(f"{name}.md5", "none")
        stamp = f"{file_stamp} / {md5_stamp}" if file_stamp and md5_stamp else ""
        files.append(_Remote(place, name, stamp, has_md5=f"{name}.md5" in stamps))
    return files


def _bring(file: _Remote, folder: Path, downloads: Downloads) -> None:
    """See that a file is there as its place has it now, and note in `<name>.json` what it was then.

    Raises:
        FetchError: it cannot be had, or not with the right md5.
    """
    note_file = folder / f"{file.name}.json"
    target = Path(file.address) if file.is_local else folder / file.name
    note = _note(note_file, file, target)
    # Listed with the date and size of last time: not even the md5 is asked for. So a night that brings one file among
    # 1,500 makes four requests: two lists, the file, its md5.
    if note and file.stamp and note["stamp"] == file.stamp:
        return
    md5 = _md5(file, downloads) if file.has_md5 else None
    if file.is_local:
        # Nobody fetches it but the user, so a half-copied file is an error; without an md5 it is taken as it is.
        if not _has_md5(target, md5):
            raise FetchError(
                f"{target} is not what {target.name}.md5 says: it is damaged or incomplete; fetch it again"
            )
    elif not _is_current(file, target, md5, note):
        downloads.fetch(file.address, target, digest=("md5", md5) if md5 else None)
    note = {"place": without_secrets(file.place), "stamp": file.stamp, "md5": md5, "size": target.stat().st_size}
    _write_json(note_file, note)


def _note(note_file: Path, file: _Remote, target: Path) -> dict[str, Any]:
    """Return place, stamp, md5 and size of a file when it was last brought.

    It is empty where that says nothing of the file now.
    """
    try:
        note = json.loads(note_file.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # it was never brought, or the note is damaged
        return {}
    # Another mirror may have a file of this name and other content; and a user may have removed what was fetched.
    if not isinstance(note, dict) or not {"place", "stamp", "md5"} <= note.keys():
        return {}
    if note["place"] != without_secrets(file.place) or not target.exists():
        return {}
    # What was fetched may have been cut since. A file of the user may change; then its stamp does too.
    return note if file.is_local or note.get("size") in (None, target.stat().st_size) else {}


def _is_current(file: _Remote, target: Path, md5: str | None, note: dict[str, Any]) -> bool:
    """Say whether a file that was fetched is what its place has now."""
    # Without an md5 only the stamp tells of changes, and it is another one than last time. A server that shows no
    # stamps tells of none: what was fetched from it stays.
    if md5 is None:
        return bool(note) and not file.stamp
    # The server has new dates, say after a move, but the md5 of last time: no need to read the file.
    if note and note["md5"] == md5:
        return True
    # No note, but the right file: the process was killed between the two.
    return _has_md5(target, md5)


def _has_md5(target: Path, md5: str | None) -> bool:
    """Say whether a file is there and is what its md5 says, if there is any."""
    return target.exists() and (md5 is None or digest_of(target, "md5") == md5)


def _md5(file: _Remote, downloads: Downloads) -> str:
    """Return the digest in an `.md5` file: NLM's form is `MD5(name)= digest`, md5sum's `digest  name`."""
    address = f"{file.address}.md5"
    text = Path(address).read_text(encoding="utf-8", errors="replace") if file.is_local else downloads.text(address)
    match = _MD5.search(text)
    if match is None:
        raise FetchError(f"{address} holds no md5 but {text[:60]!r}")
    return match[0].lower()


def _let_go(folder: Path, *, keep: set[str]) -> None:
    """Remove files that were fetched and are listed no more."""
    for path in folder.iterdir():
        name = path.name.removesuffix(".json")
        if _NAME.fullmatch(name) and name not in keep:
            path.unlink()


def _write_json(file: Path, value: object) -> None:
    with atomic(file) as unfinished:
        unfinished.write_text(json.dumps(value, indent=1), encoding="utf-8")
