"""The files of an export appear together when they are whole, or not at all."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bioweft.atomic import UNFINISHED, make_folder, place, place_tree

SPILL = "spill"
"""The folder for what memory does not hold."""


@contextmanager
def appearing_together(folder: Path, last: str) -> Iterator[Path]:
    """Give a folder to write files to; when the block ends well they are moved into `folder`, the file `last` last.

    Files and folders of the same names are replaced, all else in `folder` stays; the folder `SPILL` is not moved.
    `last` is taken away first, so that where it is, the files beside it are of one export. A process that was killed
    leaves its folder, which the next one removes.
    """
    make_folder(folder)
    _remove_abandoned(folder)
    unfinished = folder / f"export.{os.getpid()}{UNFINISHED}"
    unfinished.mkdir()
    try:
        yield unfinished
        (folder / last).unlink(missing_ok=True)
        for file in sorted(unfinished.iterdir(), key=lambda file: (file.name == last, file.name)):
            if file.is_dir() and file.name != SPILL:
                shutil.rmtree(folder / file.name, ignore_errors=True)
                place_tree(file, folder / file.name)
            elif file.is_file():
                place(file, folder / file.name)
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)


def _remove_abandoned(folder: Path) -> None:
    """Remove what killed exports left."""
    for path in folder.glob(f"export.*{UNFINISHED}"):
        process = path.name.removeprefix("export.").removesuffix(UNFINISHED)
        if process.isdecimal() and not _is_alive(int(process)) and path.is_dir():
            shutil.rmtree(path, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # of another user
        return True
    return process != os.getpid()  # this process has not begun, so the number is that of an earlier one
