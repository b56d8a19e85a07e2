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

    remote: ClassVar[bool] = True
    reading: ClassVar[tuple[str, ...]] = ("other_abstract",)

    @model_validator(mode="after")
    def _some_place(self) -> "PubMedMirror":
        places = [place for place in (self.baseline, self.updates) if place is not None]
        if not places:
            raise ValueError("give `baseline`, `updates` or both")
        for place in places:
            if "://" in place and urlsplit(place).scheme not in SCHEMES:
                raise ValueError(f"{place!r} is neither a folder nor an address of {', '.join(SCHEMES)}")
        return self

    def fetch(self, folder: Path) -> list[Reject]:
        """Fetch what is new or changed, check it, and let go what is no longer listed."""
        folder.mkdir(parents=True, exist_ok=True)
        wrong: list[str] = []
        with Downloads() as downloads:
            files = self._listed(downloads)
            for number, file in enumerate(files, start=1):
                try:
                    _bring(file, folder, downloads)
                    _log.info("%s is there, %d of %d", file.name, number, len(files))
                except FetchError as error:
                    wrong.append(str(error))
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

    def _listed(self, downloads: Downloads) -> list[_Remote]:
        """Return the files that there are, in the order in which they apply."""
        baseline, updates = (_list(place, downloads) if place else [] for place in (self.baseline, self.updates))
        if (self.baseline and not baseline) or not (baseline or updates):
            place = self.baseline or self.updates
            raise FetchError(f"no PubMed file (pubmed24n0001.xml.gz) in {place}; check the folder or address")
        year = max((_year(file) for file in baseline), default=0)
        files = {file.name: file for file in [*baseline, *(file for file in updates if _year(file) >= year)]}
        return sorted(files.values(), key=lambda file: application_order(Path(file.name)))


def _year(file: _Remote) -> int:
    return application_order(Path(file.name))[0]


def _list(place: str, downloads: Downloads) -> list[_Remote]:
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
    for name in sorted(filter(_NAME.fullmatch, stamps)):
        both = [stamps[name], stamps.get(f"{name}.md5", "none")]
        files.append(_Remote(place, name, " / ".join(both) if all(both) else "", f"{name}.md5" in stamps))
    return files


def _bring(file: _Remote, folder: Path, downloads: Downloads) -> None:
    """See that a file is there as its place has it now; what was found is kept beside it, or in its place.

    Raises:
        FetchError: it cannot be had, or not with the right md5.
    """
    note = folder / f"{file.name}.json"
    target = Path(file.address) if file.is_local else folder / file.name
    earlier: dict[str, Any] = json.loads(note.read_text(encoding="utf-8")) if note.exists() else {}
    earlier = earlier if earlier.get("place") == file.place and target.exists() else {}
    if earlier and file.stamp and earlier["stamp"] == file.stamp:
        return
    md5 = _md5(file, downloads) if file.has_md5 else None
    if not (earlier and md5 and earlier["md5"] == md5 and not file.is_local):
        is_right = target.exists() and (md5 is None or digest_of(target, "md5") == md5)
        if file.is_local and not is_right:
            raise FetchError(f"{target} is not what {target.name}.md5 says: it is damaged or not whole; fetch it again")
        if not is_right or (md5 is None and not file.is_local and not earlier):
            downloads.fetch(file.address, target, digest=("md5", md5) if md5 else None)
    _write_json(note, {"place": file.place, "stamp": file.stamp, "md5": md5})


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
    with atomic(file, sync=True) as unfinished:
        unfinished.write_text(json.dumps(value, indent=1), encoding="utf-8")
