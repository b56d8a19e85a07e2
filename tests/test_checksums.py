"""A model whose files are not as they were written is not opened, and the file is named."""

from pathlib import Path

import pytest

from bioweft import resources
from bioweft.checksums import SUMS, verify_sums, write_sums
from bioweft.errors import InputError
from bioweft.inference import open_model
from bioweft.link import ranking
from bioweft.relate.parser import Parser

SHIPPED = [*resources.models().values(), resources.parser(), resources.relation_model(), Path(ranking.__file__).parent]


def copy_of(folder: Path, target: Path) -> Path:
    """Return a folder with links to the files of another."""
    for line in (folder / SUMS).read_text().splitlines():
        file = target / line.partition("  ")[2]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.symlink_to(folder / file.relative_to(target))
    (target / SUMS).write_bytes((folder / SUMS).read_bytes())
    return target


def flip(file: Path, share: float) -> None:
    """Turn a bit of a file that may be a link to one that must stay as it is."""
    content = bytearray(file.read_bytes())
    content[int(share * (len(content) - 1))] ^= 2
    file.unlink()
    file.write_bytes(content)


@pytest.mark.parametrize("folder", SHIPPED, ids=lambda folder: folder.name)
def test_what_is_shipped_is_as_its_checksums_say(folder: Path) -> None:
    assert (folder / SUMS).is_file()
    verify_sums(folder)


@pytest.mark.parametrize("share", [0.0, 0.2, 0.5, 0.8, 1.0])
@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_turned_bit_in_a_network_is_named(tmp_path: Path, name: str, share: float) -> None:
    folder = copy_of(resources.relation_model(), tmp_path)
    flip(folder / name, share)
    with pytest.raises(InputError, match=rf"{name} is damaged: .*fetch, train or install {tmp_path} anew"):
        open_model(folder)


def test_a_turned_bit_in_the_parser_is_named(tmp_path: Path) -> None:
    folder = copy_of(resources.parser(), tmp_path)
    flip(folder / "tok2vec" / "model", 0.5)
    with pytest.raises(InputError, match="tok2vec/model is damaged"):
        Parser(str(folder)).load()


def test_a_turned_bit_in_the_weights_of_the_linker_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = copy_of(Path(ranking.__file__).parent, tmp_path)
    flip(folder / ranking.WEIGHTS, 0.5)
    monkeypatch.setattr(ranking, "__file__", str(folder / "ranking.py"))
    ranking.shipped.cache_clear()
    with pytest.raises(InputError, match=r"weights\.json is damaged"):
        ranking.shipped()


def test_a_missing_file_is_named_and_without_checksums_none_is_looked_for(tmp_path: Path) -> None:
    (tmp_path / "a.safetensors").write_bytes(b"weights")
    (tmp_path / "README.md").write_bytes(b"about it")
    verify_sums(tmp_path)
    write_sums(tmp_path)
    assert (tmp_path / SUMS).read_text().split()[1:] == ["a.safetensors"]
    (tmp_path / "a.safetensors").unlink()
    with pytest.raises(InputError, match=r"a\.safetensors is missing"):
        verify_sums(tmp_path)
