"""Writing files whole or not at all: beside their place, then renamed into it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

UNFINISHED = ".part"
"""The ending of a file that is being written; before it stands the number of the process that writes it."""


@contextmanager
def atomic(path: Path, *, sync: bool = False) -> Iterator[Path]:
    """Give a path beside `path` to write to, and rename it into place when the block ends well.

    With `sync` it is on the disk before that, so that not even a crash of the machine leaves an empty file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f"{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        yield unfinished
        if sync:
            with unfinished.open("rb") as stream:
                os.fsync(stream.fileno())
        unfinished.replace(path)
    except BaseException:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
        raise


def write_json(path: Path, value: object) -> None:
    """Write a JSON file atomically, the same value to the same bytes."""
    text = json.dumps(value, indent=1, ensure_ascii=False, sort_keys=True) + "\n"
    with atomic(path) as unfinished:
        # A name of a file that is not UTF-8 has surrogates, which JSON can write as escapes alone.
        unfinished.write_bytes(text.encode("utf-8", "backslashreplace"))
