"""Batches and shards: what is read together, and that an added file moves no others."""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

import pytest

from bioweft.analyse import count
from bioweft.errors import InputError
from bioweft.records import Deletion, Document, Passage, Record, Reject
from bioweft.sources import Input, Source
from bioweft.store.documents import to_row, to_table
from bioweft.store.seals import read_sealed, write_sealed
from bioweft.workflow import batches
from bioweft.workflow.batches import Batch, FileDigests, make_batches, shards


class Folder(Source):
    """Each line of each file is a document; `-id` deletes, `!` is a reject."""

    kind: Literal["folder"] = "folder"
    path: str
    mode: str = ""
    reading = ("mode",)
    many_inputs = True

    def inputs(self, folder: Path) -> list[Input]:
        return [Input(path.stem, path) for path in sorted(Path(self.path).iterdir())]

    def read(self, item: Input) -> Iterator[Record]:
        for number, line in enumerate(item.path.read_text().splitlines()):
            if line.startswith("-"):
                yield Deletion(line[1:])
            elif line == "!":
                yield Reject(str(item.path), f"line {number}", "made up")
            else:
                yield Document(id=line, passages=(Passage("title", line),))


def planned(folder: Path, memory: Path, *, mode: str = "") -> list[Batch]:
    return make_batches([Folder(path=str(folder), mode=mode)], [Path()], FileDigests(memory), version=1)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "in"
    folder.mkdir()
    for number in range(3000):
        (folder / f"f{number:04d}").write_text(f"d:{number}\n")
    return folder


def test_an_added_file_changes_few_batches(folder: Path, tmp_path: Path) -> None:
    before = {batch.digest for batch in planned(folder, tmp_path / "m")}
    (folder / "f0001a").write_text("d:new\n")
    after = {batch.digest for batch in planned(folder, tmp_path / "m")}
    assert len(before) > 3
    assert len(after - before) == 1


def test_where_inputs_are_few_each_is_a_batch(folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Folder, "many_inputs", False)
    assert [len(batch.inputs) for batch in planned(folder, tmp_path / "m")] == [1] * 3000


def test_order_and_completeness(folder: Path, tmp_path: Path) -> None:
    found = planned(folder, tmp_path / "m")
    assert [batch.number for batch in found] == list(range(len(found)))
    assert [item.name for batch in found for item in batch.inputs] == sorted(p.name for p in folder.iterdir())
    assert len({batch.name for batch in found}) == len(found)


def test_digest_follows_content_and_settings_only(folder: Path, tmp_path: Path) -> None:
    first = [batch.digest for batch in planned(folder, tmp_path / "m")]
    assert [batch.digest for batch in planned(folder, tmp_path / "other")] == first
    assert [batch.digest for batch in planned(folder, tmp_path / "m", mode="x")] != first
    (folder / "f0000").write_text("d:other\n")
    assert planned(folder, tmp_path / "m")[0].digest != first[0]


def test_digests_are_remembered(tmp_path: Path) -> None:
    file, memory = tmp_path / "a", tmp_path / "memory"
    file.write_text("one")
    digests = FileDigests(memory)
    digest = digests.of(file)
    digests.remember()
    ((key, (*stamp, _)),) = read_sealed(memory)["inputs"].items()
    write_sealed(memory, {"inputs": {key: [*stamp, "remembered"]}})
    assert FileDigests(memory).of(file) == "remembered"
    file.write_text("three")
    assert FileDigests(memory).of(file) not in (digest, "remembered")


def test_shards_hold_every_record_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SHARD_DOCUMENTS", 4)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a").write_text("d:1\nd:2\n!\nd:3\n")
    (folder / "b").write_text("-d:1\nd:2\nd:4\n")
    (batch,) = planned(folder, tmp_path / "m")
    rejects: list[Reject] = []
    made = list(shards(Folder(path=str(folder)), batch, rejects))
    assert [[row["id"] for row in rows] for rows in made] == [["d:1", "d:2", "d:3", "d:1"], ["d:2", "d:4"]]
    assert [row["input"] for rows in made for row in rows] == [0, 0, 0, 1, 1, 1]
    assert [row["deleted"] for row in made[0]] == [False, False, False, True]
    assert [reject.position for reject in rejects] == ["line 2"]


def test_a_shard_is_full_by_text_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "SHARD_CHARACTERS", 10)
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a").write_text("d:123456\nd:1\nd:123456789\nd:2\n")
    (batch,) = planned(folder, tmp_path / "m")
    assert [len(rows) for rows in shards(Folder(path=str(folder)), batch, [])] == [2, 1, 1]


def test_abstracts_are_counted_once_a_record_and_only_with_text() -> None:
    records = [
        Deletion("d:1"),
        Document("d:2", (Passage("title", "T"), Passage("abstract", ""))),
        Document("d:3", (Passage("abstract", "A"), Passage("abstract", "B", "METHODS"))),
        Document("d:4", ()),
        Document("d:5", (Passage("title", "T"), Passage("abstract", "A"))),
    ]
    assert count.abstracts(to_table([to_row(record, input_number=0) for record in records])) == 2
    assert count.abstracts(to_table([])) == 0


def test_other_content_of_the_same_size_and_time_is_noticed(tmp_path: Path) -> None:
    file, memory = tmp_path / "a", tmp_path / "memory.json"
    content = bytearray(3_000_000)
    file.write_bytes(content)
    os.utime(file, ns=(1, 1))

    def digest(*, verify: bool = False) -> str:
        digests = FileDigests(memory, verify=verify)
        value = digests.of(file)
        digests.remember()
        return value

    first = digest()
    assert digest() == first
    for place in (0, -1, 1_000_000):
        content[place] ^= 1
        file.write_bytes(content)
        os.utime(file, ns=(1, 1))
        changed = digest()
        assert changed == hashlib.sha256(content).hexdigest() or place == 1_000_000
        assert digest(verify=True) == hashlib.sha256(content).hexdigest()
    write_sealed(memory, {"inputs": {str(file.absolute()): [3_000_000, 1, first]}})  # as an earlier version wrote it
    assert digest() == hashlib.sha256(content).hexdigest()


@pytest.mark.parametrize("device", ["/dev/zero", "pipe", "/proc/self/mem"])
def test_an_input_that_is_no_file_is_an_error(tmp_path: Path, device: str) -> None:
    """A pipe would wait for ever, and a device give without an end."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match=r"is a pipe or a device|cannot read /proc/self/mem"):
        FileDigests(tmp_path / "memory.json").of(tmp_path / device)
