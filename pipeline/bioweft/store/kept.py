"""A copy of a run folder in an object store: `keep = "s3://bucket/runs/mine"`.

A run works in a folder on a disk, where files are renamed into their places; a store has no renaming. So the copy is
brought up at the end of a run, files first, each under its name, and last `kept.json`, which names them with sizes and
SHA-256: who takes the copy takes the files that it names, and no others. A run on another machine begins with that.

    kept.json     in the store: the files, a generation, and the files of the copy before, which stay until the next
    kept.json     in the run folder: the generation that this folder is of

Who only has questions takes what a question needs (`KeptRun`): the results once, and the texts of a shard when a
sentence of it is to be shown.
"""

import hashlib
import json
import logging
import os
import secrets
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import partial as bound
from pathlib import Path
from typing import Any, NoReturn

import platformdirs
from filelock import FileLock

from bioweft.atomic import json_bytes, make_folder, place, write_json
from bioweft.errors import BioweftError, FetchError, RunBusyError, RunError
from bioweft.shown import without_secrets
from bioweft.sources.stored import asked, fill, naming, require_store
from bioweft.sources.transport import PassingError, again
from bioweft.store.run import RunFolder, disk_errors
from bioweft.store.seals import Seal, fault_of, seal_of

_LISTING = "kept.json"

_PLACES = ("shards", "batches", "index", "fetched", "snapshots", "results-*", "export")
_SINGLE = ("run.json", "rejects.jsonl", "manifest.json")
"""Files at the top, in the order in which they go up."""

_NOT_KEPT = ("stored.json", "files/", "stamps/")
"""What a source fetched from an object store, below its folder: it is in a store already."""

_READ_AT_ONCE = ("results-", "snapshots/", *_SINGLE)
"""Beginnings of the names of files that any question may need; texts are fetched when they are asked for."""

log = logging.getLogger(__name__)


class KeptRun(RunFolder):
    """The copy of a run in an object store, to read from.

    What has been fetched of it lies in the user's cache folder, where the next question looks first.
    """

    def __init__(self, address: str) -> None:
        """Bring the results that the copy has now.

        Raises:
            FetchError: the store gave no answer, or the copy is damaged.
            RunError: there is no copy at that address, or the cache folder cannot be written.
        """
        try:
            require_store(address)
        except ValueError as error:
            raise RunError(str(error)) from error
        shown: str = without_secrets(address).rstrip("/")
        place_of_copy = hashlib.sha256(shown.encode()).hexdigest()[:16]
        super().__init__(Path(platformdirs.user_cache_dir("bioweft")) / "runs" / place_of_copy)
        self._address = shown
        self._copy = _Copy(self.path, address)
        with self._alone():
            self._files = self._copy.pull_results()

    def __str__(self) -> str:
        return self._address

    def stage_file(self, stage: str, shard: str) -> Path:
        """Return the table of a shard that the finished run uses, fetched where it has not been before.

        Raises:
            FetchError: the store gave no answer, or the copy is damaged.
            RunError: there is no finished run, or it has no such shard.
        """
        path = super().stage_file(stage, shard)
        name = path.relative_to(self.path.absolute()).as_posix()
        if name not in self._files:
            raise RunError(f"{self._address} has another run by now; ask again")
        if fault_of(path, self._files[name], deep=False) is not None:
            with self._alone():
                self._copy.pull_some({name: self._files[name]})
        return path

    def require_disk(self) -> NoReturn:
        """Refuse to write.

        Raises:
            RunError: always.
        """
        raise RunError(
            f"{self._address} is in an object store, where nothing can be written; name a place on a disk with "
            "--output, or run its workflow, which brings it to one"
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Keep other processes from what has been fetched."""
        with disk_errors(self.path):
            make_folder(self.path.parent)
            with FileLock(self.path.with_suffix(".lock")):
                yield


@contextmanager
def keeping(folder: Path, address: str | None) -> Iterator[None]:
    """Bring the copy of a run to its folder, where that is older, and the folder to the copy when the block ends.

    Also where it ends with an error, so that another machine goes on with what is finished.

    Raises:
        FetchError: the store gave no answer, or its copy is damaged.
        RunBusyError: another machine brought its run there meanwhile.
        RunError: the folder holds another run than the copy.
    """
    if address is None:
        yield
        return
    copy = _Copy(folder, address)
    copy.pull()
    try:
        yield
    except Exception:
        try:
            copy.push()
        except BioweftError as error:
            log.warning("what is finished could not be kept: %s", error)
        raise
    copy.push()


class _Copy:
    """The copy of a run folder at an address."""

    def __init__(self, folder: Path, address: str) -> None:
        import fsspec

        self._folder = folder
        self._address = without_secrets(address).rstrip("/")
        self._system, path = fsspec.core.url_to_fs(address, skip_instance_cache=True)
        self._path = path.rstrip("/")

    def pull(self) -> None:
        """Bring the files of the copy that the folder lacks, or has otherwise."""
        with naming(self._address):
            listing = self._listing()
        generation = self._generation()
        if listing is None or listing["generation"] == generation:
            return
        if generation is None and (self._folder / "manifest.json").exists():
            raise RunError(
                f"{self._folder} holds a run, and {self._address} the copy of another; give this run another folder "
                "with --output, or another `keep`"
            )
        self.pull_some(listing["files"])
        self._remember(listing["generation"])

    def pull_results(self) -> dict[str, Seal]:
        """Bring what questions need at once, and let go what the copy has no more; return the seals of its files.

        Raises:
            RunError: there is no copy.
        """
        with naming(self._address):
            listing = self._listing()
        if listing is None:
            raise RunError(f"no run is kept at {self._address}; `keep` in a workflow, or --output, brings one there")
        files: dict[str, Seal] = listing["files"]
        if listing["generation"] != self._generation():
            self.pull_some({name: seal for name, seal in files.items() if name.startswith(_READ_AT_ONCE)})
            self._let_go(files)
            self._remember(listing["generation"])
        return files

    def pull_some(self, files: Mapping[str, Seal]) -> None:
        """Bring files of the copy that the folder lacks, or has otherwise."""
        for name, seal in files.items():
            with naming(f"{self._address}/{name}"):
                self._pull_one(name, seal)

    def _let_go(self, kept_names: Collection[str]) -> None:
        """Remove the files of the folder, which is no one's but ours, that are not of these names."""
        for path in self._folder.rglob("*"):
            name = path.relative_to(self._folder).as_posix()
            if path.is_file() and name != _LISTING and name not in kept_names:
                path.unlink(missing_ok=True)

    def _pull_one(self, name: str, seal: Seal) -> None:
        target = self._folder / name
        if ".." in Path(name).parts or Path(name).is_absolute():
            raise FetchError(f"{self._address}/{_LISTING} names {name!r}, which is outside the run folder")
        if fault_of(target, seal, deep=True) is None:
            return
        make_folder(target.parent)
        for _ in range(2):
            unfinished = target.with_name(f"{target.name}.{seal['sha256'][:16]}.fetching")
            fill(self._system, f"{self._path}/{name}", seal["size"], unfinished)
            if fault_of(unfinished, seal, deep=True) is None:
                place(unfinished, target)
                return
            unfinished.unlink()
        raise FetchError(
            f"{self._address}/{name} has other bytes than were written; remove {self._address}/{_LISTING}, and the "
            "run is made anew"
        )

    def push(self) -> None:
        """Bring the files of the folder that the copy lacks, then the list of all."""
        with naming(self._address):
            before = self._listing()
            if before is not None and before["generation"] != self._generation():
                raise RunBusyError(
                    f"another machine has brought its run to {self._address} meanwhile; start this one again, it goes "
                    "on from there"
                )
            earlier: dict[str, Seal] = before["files"] if before else {}
            files = {name: self._seal(name, earlier) for name in self._names()}
            if files == earlier:
                return
            for name, seal in files.items():
                if earlier.get(name) != seal:
                    self._push_one(name, seal["size"])
            outdated = sorted(set(earlier) - set(files))
            generation = secrets.token_hex(8)
            listing = {"generation": generation, "files": files, "outdated": outdated}
            self._write(_LISTING, json_bytes(listing))
            self._remember(generation)
            for name in before["outdated"] if before else ():
                if name not in files and name not in outdated:
                    self._remove(name)

    def _names(self) -> list[str]:
        """Return the files of the folder that are kept; those that vouch for others come after these."""
        names = [
            path.relative_to(self._folder).as_posix()
            for pattern in _PLACES
            for root in sorted(self._folder.glob(pattern))
            for path in sorted(root.rglob("*"))
            if path.is_file() and not path.name.endswith((".part", ".fetching"))
        ]
        kept_names = [name for name in names if not name.startswith("fetched/") or not _is_in_a_store(name)]
        return kept_names + [name for name in _SINGLE if (self._folder / name).exists()]

    def _seal(self, name: str, earlier: Mapping[str, Seal]) -> Seal:
        """Return the seal of a file; one whose name holds a digest is as it was."""
        path = self._folder / name
        seal = earlier.get(name)
        if seal is not None and name.startswith("shards/") and path.stat().st_size == seal["size"]:
            return seal
        return seal_of(path)

    @again
    def _push_one(self, name: str, size: int) -> None:
        path = f"{self._path}/{name}"
        asked(bound(self._system.put_file, os.fspath(self._folder / name), path))
        self._system.invalidate_cache()
        there = asked(bound(self._system.info, path))["size"]
        if there != size:
            raise PassingError(f"{there:,} of {size:,} bytes arrived")

    @again
    def _write(self, name: str, content: bytes) -> None:
        asked(bound(self._system.pipe_file, f"{self._path}/{name}", content))

    @again
    def _remove(self, name: str) -> None:
        try:
            asked(bound(self._system.rm_file, f"{self._path}/{name}"))
        except FileNotFoundError:
            return

    @again
    def _listing(self) -> dict[str, Any] | None:
        """Return what the store says of the copy; None where there is none."""
        self._system.invalidate_cache()
        try:
            content = asked(bound(self._system.cat_file, f"{self._path}/{_LISTING}"))
        except FileNotFoundError:
            return None
        try:
            listing: dict[str, Any] = json.loads(content)
            _ = listing["generation"], listing["files"], listing["outdated"]
        except (ValueError, KeyError, TypeError) as error:
            raise FetchError(f"{self._address}/{_LISTING} is no list of a kept run; remove it") from error
        return listing

    def _generation(self) -> str | None:
        """Return the generation of the copy that the folder is of."""
        try:
            note = json.loads((self._folder / _LISTING).read_text(encoding="utf-8"))
            return str(note["generation"]) if note["address"] == self._address else None
        except (OSError, ValueError, KeyError, TypeError):  # there is none, or it is damaged
            return None

    def _remember(self, generation: str) -> None:
        write_json(self._folder / _LISTING, {"address": self._address, "generation": generation})


def _is_in_a_store(name: str) -> bool:
    """Say whether a file below `fetched/` came from an object store: `fetched/0/files/a.xml`."""
    return name.split("/", 2)[-1].startswith(_NOT_KEPT)
