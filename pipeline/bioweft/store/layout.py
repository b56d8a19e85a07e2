"""The names of the files that a run makes: only what bears one of them may ever be removed from a run folder."""

import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from bioweft.atomic import UNFINISHED

_DIGEST = "[0-9a-f]{16}"

_OUTDATED = re.compile(
    rf"shards/\w+/[0-9]+-.+-[0-9]{{4,}}-{_DIGEST}\.parquet"  # shards/tag/0-pubmed21n0001-0003-6c1d0a….parquet
    rf"|batches/\w+/.+-{_DIGEST}\.json"  # batches/tag/0-pubmed21n0001.3x16-6c1d0a….json
    rf"|index/live-{_DIGEST}\.parquet"
)
"""Files whose names hold the digest of what they were made of; another digest makes another file beside them."""

_FIXED = re.compile(
    r"(manifest|writer|run)\.json|rejects\.jsonl|index/inputs\.json|index/(shards|papers)\.parquet"
    r"|results/(\w+\.parquet|graph\.graphml|complete\.json|unlinked\.tsv|linking\.tsv)"
    r"|results/(rankings|relations)/[\w-]+\.(tsv|png|svg)"
    r"|fetched/[0-9]+/[^/]+\.(json|xml\.gz)"
)
"""Files that are written anew in their place."""

_FOLDERS = ("", "index", "shards/*", "batches/*", "results", "results/rankings", "results/relations", "fetched/*")

_TOP_LEVEL = re.compile(
    r"run\.lock|spill\.part|shards|batches|index|fetched|results"
    r"|(run\.json|writer\.json|manifest\.json|rejects\.jsonl)(\.[0-9]+\.part)?"
)


def is_top_level(name: str) -> bool:
    """Say whether a file or folder of that name may stand at the top of a run folder, finished or not."""
    return _TOP_LEVEL.fullmatch(name) is not None


def digest_files(folder: Path) -> Iterator[Path]:
    """Yield the files of a run folder whose names hold a digest: those that no run uses any more may be removed."""
    for name, path in _files(folder):
        if _OUTDATED.fullmatch(name):
            yield path


def clear_leftovers(folder: Path) -> None:
    """Remove the files that a killed writer left half written."""
    for name, path in _files(folder):
        whole, _, process = name.removesuffix(UNFINISHED).rpartition(".")
        is_unfinished = name.endswith(UNFINISHED) and process.isdecimal()
        if is_unfinished and (_OUTDATED.fullmatch(whole) or _FIXED.fullmatch(whole)):
            path.unlink(missing_ok=True)
    spill = spill_folder(folder)
    for path in spill.glob("duckdb_temp_*"):
        path.unlink(missing_ok=True)
    with suppress(OSError):  # it is not there, or holds what is not ours
        spill.rmdir()


def spill_folder(folder: Path) -> Path:
    """Return where DuckDB puts what does not fit into memory."""
    return folder / f"spill{UNFINISHED}"


def _files(folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield the files of the folders that a run writes, each with its place below the run folder."""
    for pattern in _FOLDERS:
        for place in [folder] if not pattern else sorted(folder.glob(pattern)):
            if place.is_dir():
                for path in sorted(place.iterdir()):
                    if path.is_file() or path.is_symlink():
                        yield path.relative_to(folder).as_posix(), path
