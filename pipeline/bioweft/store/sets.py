"""Sets of results: folders `results-<digest>`, each there whole or not at all, with a stamp that says what is in it."""

import re
import shutil
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bioweft.errors import DamagedError
from bioweft.store.layout import DIGEST
from bioweft.store.seals import read_sealed, seal_of, write_sealed

STAMP = "complete.json"
"""The file of a set that is written last, and says which others there are."""

LISTING = "files.parquet"
"""The file of a set that names the files it was made of, a table of `bioweft.store.schemas.FILES`."""

_TEXTS = ("read", "sentences")
"""The stages whose tables a query reads beside the results."""

_NAME = re.compile(rf"results-{DIGEST}")
_ALWAYS = re.compile(
    r"(documents|mentions|concepts|cooccurrence|rankings|relations|evidence|files)\.parquet"
    r"|graph\.graphml|complete\.json|(un)?link(ed|ing)\.tsv"
)
"""Files that every set has."""


def set_name(digest: str) -> str:
    """Return the name of the folder of the set that is made under `digest`."""
    return f"results-{digest}"


def result_sets(folder: Path) -> list[Path]:
    """Return the folders of the sets in a run folder."""
    return sorted(path for path in folder.glob("results-*") if _NAME.fullmatch(path.name) and path.is_dir())


def seal_set(results: Path, totals: Mapping[str, int], *, settings: str = "") -> None:
    """Write the stamp of a set that is finished but for that; `totals` says how many rows each result has.

    `settings` is a digest of all that the set depends on besides the files it is made of.
    """
    names = sorted(path.relative_to(results).as_posix() for path in results.rglob("*") if path.is_file())
    files = {name: seal_of(results / name) for name in names}
    write_sealed(results / STAMP, {"totals": dict(totals), "settings": settings, "files": files})


def is_whole_set(results: Path) -> bool:
    """Say whether the stamp of a set and all files that it names are there."""
    try:
        return all((results / name).exists() for name in read_sealed(results / STAMP)["files"])
    except DamagedError:
        return False


def texts_of(folder: Path, results: Path) -> list[Path]:
    """Return the files in a run folder that queries of a set read beside those of the set."""
    # Slow to import, and a question needs no more of this module than names.
    import pyarrow.compute as pc

    from bioweft.store.schemas import read

    try:
        listing = read(results / LISTING)
    except DamagedError:
        return []
    return [folder / name for name in listing.filter(pc.field("stage").isin(_TEXTS))["file"].to_pylist()]


def remove_set(results: Path) -> None:
    """Remove the files of a set, and what folders are empty then."""
    for name in _names(results):
        (results / name).unlink(missing_ok=True)
    for place in (results / "rankings", results / "relations", results):
        with suppress(OSError):  # it is not there, or holds what is not ours
            place.rmdir()


def move_foreign(results: Path, target: Path) -> None:
    """Move what a person has put into a set to the next one, so that it stays below `results`."""
    names = _names(results)
    for path in sorted(path for path in results.rglob("*") if path.is_file() or path.is_symlink()):
        name = path.relative_to(results).as_posix()
        place = target / name
        if name not in names and not place.exists():
            place.parent.mkdir(parents=True, exist_ok=True)
            path.rename(place)


def replace_old(results: Path, target: Path) -> None:
    """Remove the folder of results of an older version, which `target` takes the place of."""
    move_foreign(results, target)
    shutil.rmtree(results)


def _names(results: Path) -> set[str]:
    """Return the names of the files that a run has put into a set; without its stamp, of those that each has."""
    try:
        return {STAMP, *read_sealed(results / STAMP)["files"]}
    except (DamagedError, KeyError):
        return {path.name for path in results.iterdir() if _ALWAYS.fullmatch(path.name)}
