"""A packed folder gives back what was packed, within its limit."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.errors import InputError
from bioweft.train import packed
from bioweft.train.pack import pack
from tests.train import tiny
from tests.train.sentences import EXAMPLES

TEXTS = ["abc1 binds sanirin in the mice .", "the gene binds abc1", "fever in mice"] * 200


def packing(folder: Path, limit: int = 1 << 20) -> list[str]:
    """Pack a few sentences, each also as one of a development part; return what was reported."""
    lines: list[str] = []
    pack(
        folder,
        training=EXAMPLES,
        development=EXAMPLES[:2],
        texts=TEXTS,
        encoder=tiny.network().encoder,
        tokenizer=tiny.tokenizer(),
        scored={"One": ("gene", "chemical")},
        dictionaries=("gene",),
        limit=limit,
        report=lines.append,
    )
    return lines


def test_it_gives_back_what_was_packed(tmp_path: Path) -> None:
    lines = packing(tmp_path)
    assert "6 sentences" in lines[0]
    assert "2 of them of development parts" in lines[0]
    assert "600 of 600 texts" in lines[1]
    pack = packed.read(tmp_path)
    assert pack.examples.development.tolist() == [False] * 4 + [True] * 2
    expected = tiny.encoded([*EXAMPLES, *EXAMPLES[:2]]).arrays()
    for name, array in pack.examples.arrays().items():
        if name != "development":
            assert array.dtype == expected[name].dtype
            assert np.array_equal(array, expected[name]), name
    first = [tiny.WORDS[piece] for piece in pack.stretches.padded(np.array([0]))[0]]
    assert first == ["[CLS]", *TEXTS[0].split(), "[SEP]"]
    both = pack.stretches.and_those_of(pack.examples)
    assert len(both.ends) == 604
    assert both.padded(np.array([600]))[0].tolist() == pack.examples.batch(
        np.array([0]), np.zeros(1, np.int64)
    ).pieces[0].tolist()  # fmt: skip
    assert packed.blank_encoder(pack.about.encoder).config.hidden_size == 16


def test_the_same_is_packed_to_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        packing(tmp_path / name)
    for file in (packed.ABOUT, packed.EXAMPLES, packed.LITERATURE):
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_literature_fills_what_is_left(tmp_path: Path) -> None:
    packing(tmp_path / "all")
    whole = sum(file.stat().st_size for file in (tmp_path / "all").iterdir())
    (line,) = packing(tmp_path / "some", limit=whole - 100)[1:]
    assert sum(file.stat().st_size for file in (tmp_path / "some").iterdir()) <= whole - 100
    assert 0 < int(line.split()[0]) < 600
    with pytest.raises(InputError, match="more than --limit"):
        packing(tmp_path / "none", limit=1000)


def test_few_different_rows_are_written_once(tmp_path: Path) -> None:
    rows = np.random.default_rng(0).integers(0, 3, (70_000, 4)).astype(np.int8)
    others = np.arange(140_000, dtype=np.int32).reshape(-1, 2)
    packed.write_arrays(tmp_path / "a.zip", {"rows": rows, "others": others})
    again = packed.read_arrays(tmp_path / "a.zip")
    assert again.keys() == {"rows", "others"}
    assert np.array_equal(again["rows"], rows)
    assert np.array_equal(again["others"], others)


@pytest.mark.parametrize("file", [packed.ABOUT, packed.EXAMPLES, packed.LITERATURE])
@pytest.mark.parametrize("damage", ["missing", "cut", "altered"])
def test_a_folder_that_is_not_whole_is_named(tmp_path: Path, file: str, damage: str) -> None:
    packing(tmp_path)
    content = (tmp_path / file).read_bytes()
    if damage == "missing":
        (tmp_path / file).unlink()
    else:
        middle = len(content) // 2
        altered = content[:middle] + bytes([content[middle] ^ 255]) + content[middle + 1 :]
        (tmp_path / file).write_bytes(content[:middle] if damage == "cut" else altered)
    with pytest.raises(InputError, match="not a whole packed folder"):
        packed.read(tmp_path)
