"""Sources that read files, and files in an object store: `path = "s3://bucket/baseline/*.xml.gz"`.

What lies on a disk is read where it is. What fsspec reaches (S3, Google Cloud Storage and so on) is fetched into the
run folder first, as other remote sources are, and read from there:

    files/<place below the folder, or below the plain part of the pattern>
    stamps/<the same>.json     what the store said of it then: it is fetched again when that changes
    stored.json                which files there are; written last, so what is read is always a whole listing

A file comes in blocks, and goes on where it broke off.
"""

import hashlib
import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial as bound
from glob import has_magic
from importlib.util import find_spec
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from pydantic import model_validator

from bioweft.atomic import make_folder, place, write_json
from bioweft.errors import BioweftError, FetchError, InputError, install
from bioweft.paths import PathSetting
from bioweft.records import Reject
from bioweft.shown import without_secrets
from bioweft.sources.base import Source
from bioweft.sources.files import COMPRESSED, find
from bioweft.sources.transport import ATTEMPTS, PassingError, again

_LISTING, _FILES, _STAMPS = "stored.json", "files", "stamps"

_BLOCK = 8 * 1024 * 1024
"""Bytes of a request."""

_NO_STORES = ("http", "https", "ftp")
"""Schemes that fsspec reaches and in which nothing can be listed for certain."""

_MARKS = ("etag", "md5hash", "generation", "lastmodified", "last_modified", "updated", "mtime", "created")
"""What stores call that which changes with a file, in lower case."""

_GONE = (FileNotFoundError, PermissionError)
"""Errors that another attempt does not help against."""

_Info = Mapping[str, Any]


class FileSource(Source):
    """A source of files: `path` is a file, a folder or a pattern, on a disk or in an object store."""

    path: PathSetting

    is_deep: ClassVar[bool] = False
    """Whether folders within a folder are walked too."""

    beside: ClassVar[tuple[str, ...]] = ()
    """The endings of files that are read together with one that counts."""

    @model_validator(mode="after")
    def _is_within_reach(self) -> "FileSource":
        if self.remote:
            require_store(self.path)
        return self

    @property
    def remote(self) -> bool:
        """Whether the files are in an object store."""
        return "://" in self.path and not self.path.startswith("file://")

    def fetch(self, folder: Path) -> list[Reject]:
        """Bring what is new or changed in the object store, and let go what is no longer there."""
        if self.remote:
            _Store(self.path).bring(folder, suffixes=self.suffixes, beside=self.beside, is_deep=self.is_deep)
        return []

    def place(self, folder: Path) -> Path:
        """Return the file, folder or pattern on disk; `folder` is that of what was fetched."""
        return folder / _FILES if self.remote else Path(self.path.removeprefix("file://"))

    def files(self, folder: Path) -> list[Path]:
        """Return the files in order of their names.

        Raises:
            InputError: there is none, or nothing has been fetched.
        """
        if not self.remote:
            return find(self.place(folder), suffixes=self.suffixes, recursive=self.is_deep)
        listing = folder / _LISTING
        if not listing.exists():
            raise InputError(f"nothing has been fetched from {without_secrets(self.path)} into {folder} yet")
        names: list[str] = json.loads(listing.read_text(encoding="utf-8"))["files"]
        return sorted(self.place(folder) / name for name in names)


def require_store(address: str) -> None:
    """See that fsspec and what it needs for an address are installed.

    Raises:
        ValueError: they are not, or there is no such scheme.
    """
    shown, scheme = without_secrets(address), address.partition("://")[0]
    if scheme in _NO_STORES:
        raise ValueError(f"{shown!r} is not an object store (s3://, gs://); fetch its files and name their folder")
    if find_spec("fsspec") is None:
        raise ValueError(f"{shown!r} needs packages that are not installed: {install('cloud')}")
    import fsspec

    try:
        fsspec.get_filesystem_class(scheme)
    except ValueError as error:
        raise ValueError(f"{shown!r} is neither a path nor the address of an object store (s3://, gs://)") from error
    except ImportError as error:
        raise ValueError(f"{shown!r} needs a package that is not installed: {error}; {install('cloud')}") from error


class _Store:
    """The files at an address in an object store."""

    def __init__(self, address: str) -> None:
        import fsspec

        self._address = without_secrets(address)
        # An instance of this process: one that was made before a fork is not for the child.
        self._system, self._path = fsspec.core.url_to_fs(address, skip_instance_cache=True)

    def bring(self, folder: Path, *, suffixes: Sequence[str], beside: Sequence[str], is_deep: bool) -> None:
        """Bring the files that are new or changed into a folder, and let go those that are no longer there.

        Raises:
            FetchError: a file could not be had.
            InputError: there is none.
        """
        with naming(self._address):
            root, files = self._listing(suffixes, is_deep=is_deep)
            companions = dict(self._beside(files, beside))
        names = {_name(path, root): info for path, info in {**files, **companions}.items()}
        if not files:
            raise InputError(f"no {' or '.join(suffixes)} file in {self._address}; check the address")
        for name, info in names.items():
            with naming(f"{self._address} ({name})"):
                self._bring_one(info, folder / _FILES / name, folder / _STAMPS / f"{name}.json")
        listed = sorted(_name(path, root) for path in files)
        make_folder(folder)
        write_json(folder / _LISTING, {"address": self._address, "files": listed})
        _let_go(folder, keep=set(names))

    @again
    def _listing(self, suffixes: Sequence[str], *, is_deep: bool) -> tuple[str, dict[str, _Info]]:
        """Return the plain part of the address, and the files by their path."""
        listing: tuple[str, dict[str, _Info]] = asked(bound(self._list, suffixes, is_deep=is_deep))
        return listing

    def _list(self, suffixes: Sequence[str], *, is_deep: bool) -> tuple[str, dict[str, _Info]]:
        system, path = self._system, self._path
        system.invalidate_cache()
        if has_magic(path):
            plain = path[: min(path.index(sign) for sign in "*?[" if sign in path)]
            root = plain.rpartition("/")[0]
            found = system.glob(path, detail=True)
            if "/." not in path.removeprefix(root):  # as a pattern of a disk: `*` means no hidden file
                found = {file: info for file, info in found.items() if not _is_hidden(_name(file, root))}
        else:
            info = system.info(path)
            if info["type"] != "directory":
                return path.rpartition("/")[0], {path: info}
            root = path.rstrip("/")
            inside = system.find(path, maxdepth=None if is_deep else 1, detail=True)
            endings = tuple(suffix + packed for suffix in suffixes for packed in ("", *COMPRESSED))
            found = {
                file: info
                for file, info in inside.items()
                if file.lower().endswith(endings) and not _is_hidden(_name(file, root))
            }
        return root, {file: info for file, info in found.items() if info["type"] == "file" and not file.endswith("/")}

    def _beside(self, files: Mapping[str, _Info], endings: Sequence[str]) -> Iterator[tuple[str, _Info]]:
        for file in files:
            for ending in endings:
                path = f"{file.rpartition('.')[0]}{ending}"
                if self._exists(path):
                    yield path, self._info(path)

    @again
    def _exists(self, path: str) -> bool:
        return bool(asked(bound(self._system.exists, path)))

    @again
    def _info(self, path: str) -> _Info:
        self._system.invalidate_cache()
        info: _Info = asked(bound(self._system.info, path))
        return info

    def _bring_one(self, info: _Info, target: Path, note: Path) -> None:
        """Bring a file to its place, unless it is there as the store has it."""
        stamp = _stamp(info)
        if _read_stamp(note) == stamp and target.exists() and target.stat().st_size == info["size"]:
            return
        make_folder(target.parent)
        make_folder(note.parent)
        for _ in range(ATTEMPTS):
            unfinished = target.with_name(f"{target.name}.{_short(stamp)}.fetching")
            fill(self._system, str(info["name"]), int(info["size"]), unfinished)
            now = self._info(str(info["name"]))
            if _stamp(now) == stamp:
                break
            unfinished.unlink()  # it was changed meanwhile: the blocks may be of two files
            info, stamp = now, _stamp(now)
        else:
            raise PassingError("it is being changed")
        note.unlink(missing_ok=True)  # killed between the two, the file is fetched once more
        place(unfinished, target)
        write_json(note, {"stamp": stamp})


def fill(system: Any, path: str, size: int, unfinished: Path) -> None:
    """Fetch what is missing of a file of a store; as long as it grows, no attempt is one too many.

    Raises:
        PassingError: it did not grow in several attempts.
    """
    unfinished.touch()
    while True:
        before = unfinished.stat().st_size
        try:
            _fill_once(system, path, size, unfinished)
            return
        except PassingError:
            if unfinished.stat().st_size == before:
                raise


@again
def _fill_once(system: Any, path: str, size: int, unfinished: Path) -> None:
    with unfinished.open("ab") as file:
        while (have := file.tell()) < size:
            end = min(have + _BLOCK, size)
            block = asked(bound(system.cat_file, path, start=have, end=end))
            if len(block) != end - have:
                raise PassingError(f"{len(block):,} bytes came in place of {end - have:,}")
            file.write(block)
            file.flush()


@contextmanager
def naming(address: str) -> Iterator[None]:
    """Say of which address a fault is.

    Raises:
        FetchError: the store gave no answer in several attempts, or refuses.
        InputError: there is no such file or folder.
    """
    try:
        yield
    except PassingError as error:
        raise FetchError(f"{address}: {ATTEMPTS} attempts failed (last error: {error})") from error
    except FileNotFoundError as error:
        raise InputError(f"no such file or folder: {address}") from error
    except PermissionError as error:
        raise FetchError(
            f"{address}: access denied ({error}); set the credentials as the store's own tools take them"
        ) from error


def asked(question: Any) -> Any:
    """Return what a store answers.

    Raises:
        PassingError: it gave no answer, or said that it cannot now. Each store has exceptions of its own for that.
        FileNotFoundError: there is no such file.
        PermissionError: it is not for us.
    """
    try:
        return question()
    except (BioweftError, *_GONE):
        raise
    except Exception as error:
        if type(error).__name__ in ("NoCredentialsError", "GoogleAuthError", "DefaultCredentialsError"):
            raise PermissionError(str(error)) from error
        raise PassingError(f"{type(error).__name__}: {error}") from error


def _name(path: str, root: str) -> str:
    """Return the place of a file below the root, as a name on disk.

    Raises:
        FetchError: it would be outside.
    """
    name = path.removeprefix(root).lstrip("/")
    if not name or ".." in PurePosixPath(name).parts:
        raise FetchError(f"{path} has a name that no file on a disk can have; rename it, or leave it out by a pattern")
    return name


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in PurePosixPath(name).parts)


def _stamp(info: _Info) -> str:
    """Return what tells a file from another version of it: its size and the first mark that the store gives."""
    marks = {key.lower(): value for key, value in info.items() if value}
    mark = next((marks[key] for key in _MARKS if key in marks), "")
    return f"{info['size']} {mark}"


def _short(stamp: str) -> str:
    return hashlib.sha256(stamp.encode()).hexdigest()[:16]


def _read_stamp(note: Path) -> str | None:
    try:
        stamp = json.loads(note.read_text(encoding="utf-8"))["stamp"]
    except (OSError, ValueError, KeyError, TypeError):  # there is none, or it is damaged
        return None
    return str(stamp)


def _let_go(folder: Path, *, keep: set[str]) -> None:
    """Remove files that were fetched and are in the store no more, and what was begun of earlier versions."""
    for kind, ending in ((_FILES, ""), (_STAMPS, ".json")):
        root = folder / kind
        for path in sorted(root.rglob("*"), reverse=True):
            if path.is_dir():
                if not any(path.iterdir()):
                    shutil.rmtree(path)
            elif path.relative_to(root).as_posix().removesuffix(ending) not in keep:
                path.unlink()
