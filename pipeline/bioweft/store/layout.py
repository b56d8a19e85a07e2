"""The names of the files that a run makes: only what bears one of them may ever be removed from a run folder."""

import re
import secrets
import shutil
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bioweft.atomic import UNFINISHED

DIGEST = "[0-9a-f]{16}"
"""A digest in the name of a file, as a regular expression."""

_OUTDATED = re.compile(
    rf"shards/\w+/[0-9]+-.+-[0-9]{{4,}}-{DIGEST}\.parquet"  # shards/tag/0-pubmed21n0001-0003-6c1d0a….parquet
    rf"|batches/\w+/.+-{DIGEST}\.json"  # batches/tag/0-pubmed21n0001.3x16-6c1d0a….json
    rf"|index/(live|papers|newest)-{DIGEST}\.parquet"
)
"""Files whose names hold the digest of what they were made of; another digest makes another file beside them."""

_FIXED = re.compile(
    r"(manifest|writer|run|kept)\.json|rejects\.jsonl|index/inputs\.json|index/shards\.parquet"
    r"|results/(\w+\.parquet|graph\.graphml|complete\.json|unlinked\.tsv|linking\.tsv)"
    r"|results/(rankings|relations)/[\w-]+\.(tsv|png|svg)"
    r"|fetched/[0-9]+/[^/]+\.(json|xml\.gz)"
)
"""Files that are written anew in their place, or were by older versions."""

_FOLDERS = ("", "index", "shards/*", "batches/*", "results", "results/rankings", "results/relations", "fetched/*")

_WRITER = re.compile(rf"(writing|gone)-{DIGEST}")

_TOP_LEVEL = re.compile(
    rf"run\.lock|spill\.part|shards|batches|index|fetched|export|snapshots|results|results-{DIGEST}|{_WRITER.pattern}"
    r"|(run\.json|kept\.json|writer\.json|manifest\.json|rejects\.jsonl)(\.[0-9]+\.part)?"
)


def is_top_level(name: str) -> bool:
    """Say whether a file or folder of that name may stand at the top of a run folder, finished or not."""
    return _TOP_LEVEL.fullmatch(name) is not None


def digest_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a run folder whose names hold a digest: those that no run uses any more may be removed."""
    for name, path in _files(folder):
        if _OUTDATED.fullmatch(name):
            yield path


def new_writing_folder(folder: Path) -> Path:
    """Make a folder in which one writer, and no other, writes files before they get their place."""
    path = folder / f"writing-{secrets.token_hex(8)}"
    path.mkdir()
    return path


def clear_leftovers(folder: Path) -> None:
    """Remove what a killed writer left half written, and with it the way to bring more to its place."""
    for path in list(folder.iterdir()):
        if _WRITER.fullmatch(path.name) and path.is_dir():
            remove_writing_folder(path)
    for name, path in _files(folder):  # of an older version
        whole, _, process = name.removesuffix(UNFINISHED).rpartition(".")
        is_unfinished = name.endswith(UNFINISHED) and process.isdecimal()
        if is_unfinished and (_OUTDATED.fullmatch(whole) or _FIXED.fullmatch(whole)):
            path.unlink(missing_ok=True)
    spill = folder / f"spill{UNFINISHED}"
    for path in spill.glob("duckdb_temp_*"):
        path.unlink(missing_ok=True)
    with suppress(OSError):  # it is not there, or holds what is not ours
        spill.rmdir()


def remove_writing_folder(path: Path) -> None:
    """Remove the folder of a writer.

    It gets another name first: a process of that writer that still lives has no way to put anything into it then.
    """
    gone = path.with_name(f"gone-{secrets.token_hex(8)}")
    with suppress(OSError):
        path.rename(gone)
    shutil.rmtree(gone, ignore_errors=True)


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of the folders that a run writes, each with its place below the run folder."""
    for pattern in _FOLDERS:
        for place in [folder] if not pattern else sorted(folder.glob(pattern)):
            if place.is_dir():
                for path in sorted(place.iterdir()):
                    if path.is_file() or path.is_symlink():
                        yield path.relative_to(folder).as_posix(), path
