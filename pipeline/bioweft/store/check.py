"""Finding the files of a run that are missing or not as they were written, and removing them, to be made again.

Files vouch for files: a marker for the tables of its shards, the stamp of a set of results for these, the manifest for
the rejects and the set that is the current one. A file that none vouches for is of a run that was killed: the next one
looks into it before it relies on it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bioweft.errors import DamagedError, RunError
from bioweft.store.run import RunFolder
from bioweft.store.schemas import read
from bioweft.store.seals import fault_of, read_sealed, seal_of
from bioweft.store.sets import LISTING, STAMP, result_sets


@dataclass(frozen=True, slots=True)
class Fault:
    """A file that is not as it was written; `voucher` is the file that says how it was."""

    file: Path
    reason: str
    voucher: Path


def faults(folder: RunFolder, *, deep: bool = False) -> Iterator[Fault]:
    """Yield the faults of a run folder: by the sizes of files, with `deep` by all bytes of all files."""
    inputs = folder.index / "inputs.json"
    markers = sorted(folder.path.glob("batches/*/*.json"))
    manifest = [folder.manifest_file] if folder.manifest_file.exists() else []
    for voucher in (*markers, *manifest):
        yield from _faults_of(voucher, folder.path, deep=deep)
    for results in result_sets(folder.path):
        if (results / STAMP).exists():
            yield from _faults_of(results / STAMP, results, deep=deep)
    if inputs.exists():
        yield from _faults_of(inputs, folder.path, deep=deep)
    if manifest and deep:
        yield from _missing(folder)
        yield from _fetched(folder, inputs)


def _faults_of(voucher: Path, base: Path, *, deep: bool) -> Iterator[Fault]:
    """Yield the faults of a sealed file and of those that it vouches for, whose names are relative to `base`."""
    try:
        sealed = read_sealed(voucher)
    except DamagedError as error:
        yield Fault(voucher, error.fault, voucher)
        return
    for name, seal in sealed.get("files", {}).items():
        if reason := fault_of(base / name, seal, deep=deep):
            yield Fault(base / name, reason, voucher)


def _missing(folder: RunFolder) -> Iterator[Fault]:
    """Yield what the current set of results was made of, or should hold, and is not there."""
    try:
        results = RunFolder(folder.path).results
        read_sealed(results / STAMP)
        files = read(results / LISTING, columns=["file"])["file"].to_pylist()
    except DamagedError as error:
        yield Fault(error.file, error.fault, folder.manifest_file)
        return
    except RunError:  # of an older version, whose next run makes all anew
        return
    for name in files:
        if not (folder.path / name).exists():
            yield Fault(folder.path / name, "is missing", results / STAMP)


def _fetched(folder: RunFolder, inputs: Path) -> Iterator[Fault]:
    """Yield the faults of what was fetched: a file that has changed, but neither its size nor its time."""
    try:
        digests: dict[str, list[Any]] = read_sealed(inputs)["inputs"]
    except DamagedError:  # told already, if it is there
        return
    for name, (size, changed, *_, digest) in digests.items():
        path = Path(name)
        if not path.is_relative_to(folder.path.absolute() / "fetched"):
            continue
        try:
            status = path.stat()
        except FileNotFoundError:
            yield Fault(path, "is missing", inputs)
            continue
        if (status.st_size, status.st_mtime_ns) == (size, changed) and seal_of(path)["sha256"] != digest:
            yield Fault(path, "other bytes than were fetched", inputs)


def is_fetched(fault: Fault, folder: RunFolder) -> bool:
    """Say whether a file came from elsewhere, so that no run can make it again from what is here."""
    return fault.file.absolute().is_relative_to(folder.path.absolute() / "fetched")


def remove_damaged(folder: RunFolder, damage: Iterable[Fault]) -> list[Fault]:
    """Remove damaged files, and the markers that vouch for them, so that the next run makes them again.

    What was fetched stays. Returns the faults that this mends.

    Raises:
        RunError: a folder is where a file should be.
    """
    mended = []
    for fault in damage:
        if is_fetched(fault, folder):
            continue
        is_marker = fault.voucher.parent.parent == folder.path / "batches"
        for path in {fault.file, fault.voucher} if is_marker else {fault.file}:
            if path.is_dir():
                raise RunError(f"{path} is a folder, but the run has a file of this name; move it elsewhere")
            path.unlink(missing_ok=True)
        mended.append(fault)
    return mended
