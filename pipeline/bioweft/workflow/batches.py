"""Batches: which inputs are read together, under which digest, and cutting their records into shards."""

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from bioweft.errors import DamagedError
from bioweft.records import AnnotatedDocument, Deletion, Document, Reject
from bioweft.sources import Input, Source
from bioweft.store.documents import to_row
from bioweft.store.seals import read_sealed, write_sealed

SHARD_DOCUMENTS = 2_000
SHARD_CHARACTERS = 1024 * 1024
"""A shard is full at this many records or characters of text, whichever comes first.

That is half a minute of the network, so that workers end at nearly the same time.
"""

_SAMPLES, _SAMPLE_BYTES = 16, 16 * 1024
"""Blocks of a file, and bytes of each, that tell whether it is still the same."""

BATCH_BYTES = 8 * 1024 * 1024
_CUT = 512
"""Where a batch of small files ends: before so many bytes, or after a file whose name has a hash that says so.

One name in `_CUT` has such a hash. So a file that is added among thousands does not move all later ones to other
batches.
"""


@dataclass(frozen=True, slots=True)
class Batch:
    """Inputs that are read together; `number` is its place in the order in which batches apply."""

    number: int
    name: str
    source: int
    inputs: tuple[Input, ...]
    digest: str


def digest_of(*parts: object) -> str:
    """Return a short digest over values that JSON can write."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


class FileDigests:
    """SHA-256 of files, so that a large file is read once.

    It is remembered by path, size, time of change and a digest of a sample: the first bytes, the last, and blocks
    between. With `verify` nothing is taken from memory.
    """

    def __init__(self, memory: Path, *, verify: bool = False) -> None:
        self._file = memory
        self._known: dict[str, list[Any]] = {}
        if not verify:
            with suppress(DamagedError):  # or of an older version: it is only memory
                self._known = read_sealed(memory)["inputs"]
        self._used: dict[str, list[Any]] = {}

    def of(self, path: Path) -> str:
        """Return the digest of a file's bytes."""
        key, status = str(path.absolute()), path.stat()
        with path.open("rb") as stream:
            stamp = [status.st_size, status.st_mtime_ns, _sample(stream, status.st_size)]
            entry = self._known.get(key)
            if entry is None or entry[:-1] != stamp:
                stream.seek(0)
                entry = [*stamp, hashlib.file_digest(stream, "sha256").hexdigest()]
        self._used[key] = entry
        return str(entry[-1])

    def remember(self) -> None:
        """Keep the entries of the files that were asked for."""
        write_sealed(self._file, {"inputs": self._used})


def _sample(stream: BinaryIO, size: int) -> str:
    """Return a digest of some blocks of a file, the first and the last among them; of a small file, of all of it."""
    digest = hashlib.sha256()
    last = max(size - _SAMPLE_BYTES, 0)
    for number in range(_SAMPLES):
        stream.seek(last * number // (_SAMPLES - 1))
        digest.update(stream.read(_SAMPLE_BYTES))
    return digest.hexdigest()[:16]


def make_batches(
    sources: Sequence[Source], folders: Sequence[Path], digests: FileDigests, *, version: int
) -> list[Batch]:
    """Group the inputs of all sources into batches, in the order in which they apply.

    Raises:
        InputError: a source has nothing to read.
    """
    batches: list[Batch] = []
    for number, (source, folder) in enumerate(zip(sources, folders, strict=True)):
        settings = [source.kind, source.version, source.model_dump(mode="json", include=set(source.reading)), version]
        inputs = source.inputs(folder)
        for group in _groups(inputs) if source.many_inputs else ([item] for item in inputs):
            contents = [(item.name, *map(digests.of, (item.path, *item.beside))) for item in group]
            batches.append(
                Batch(
                    number=len(batches),
                    name=f"{number}-{_slug(group[0].name)}",
                    source=number,
                    inputs=tuple(group),
                    digest=digest_of(settings, contents),
                )
            )
    return batches


def _groups(inputs: Sequence[Input]) -> Iterator[list[Input]]:
    group: list[Input] = []
    size = 0
    for item in inputs:
        bytes_ = item.path.stat().st_size
        if group and size + bytes_ > BATCH_BYTES:
            yield group
            group, size = [], 0
        group.append(item)
        size += bytes_
        if int.from_bytes(hashlib.sha256(item.name.encode()).digest()[:4]) % _CUT == 0:
            yield group
            group, size = [], 0
    if group:
        yield group


def _slug(name: str) -> str:
    """Return a name that every file system takes, unlike that of any other input."""
    slug = re.sub(r"[^A-Za-z0-9_.]+", "_", name)[:60]
    return slug if slug == name else f"{slug}_{digest_of(name)[:6]}"


def shards(source: Source, batch: Batch, rejects: list[Reject]) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of each shard of a batch in turn; what could not be read goes to `rejects`."""
    rows: list[dict[str, Any]] = []
    characters = 0
    for number, item in enumerate(batch.inputs):
        for record in source.read(item):
            match record:
                case Reject():
                    rejects.append(record)
                    continue
                case Document():
                    characters += len(record.text)
                case AnnotatedDocument():
                    characters += len(record.document.text)
                case Deletion():
                    pass
            rows.append(to_row(record, input_number=number))
            if len(rows) >= SHARD_DOCUMENTS or characters >= SHARD_CHARACTERS:
                yield rows
                rows, characters = [], 0
    if rows:
        yield rows
