from pathlib import Path

import pytest

from bioweft import lexicon
from bioweft.errors import DictionaryError, NotFoundError
from bioweft.lexicon import user
from bioweft.records import Concept, Term


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


@pytest.mark.parametrize("header", ["", "curie\tname\tsynonyms\n", "ID\tName\n", "# my own\n\n"])
def test_a_table_is_read_with_or_without_header(tmp_path: Path, header: str) -> None:
    path = write(tmp_path, "toy.tsv", header + "x:1\tred ball\tbig red ball| ball \nx:2\tRB2\n")
    assert user.read(path) == [
        Concept("x:1", "red ball", "toy", (Term("red ball"), Term("big red ball"), Term("ball"))),
        Concept("x:2", "RB2", "toy", (Term("RB2", "symbol"),)),
    ]


def test_lines_of_one_curie_are_one_concept(tmp_path: Path) -> None:
    path = write(tmp_path, "toy.tsv", "x:1\tred ball\nx:1\tcrimson ball\tred ball\n")
    assert user.read(path, type="ball") == [
        Concept("x:1", "red ball", "ball", (Term("red ball"), Term("crimson ball")))
    ]


def test_a_list_is_a_term_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, "toy.txt", "\ufeff# EasyNER style\nRed Ball\r\n\nlong α-ball (β)\n")
    assert [(c.id, c.name) for c in user.read(path)] == [
        ("term:red-ball", "Red Ball"),
        ("term:long-α-ball-β", "long α-ball (β)"),
    ]


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("t.tsv", "x:1\ta\nred ball\tb\n", r"line 2: 'red ball' is not a CURIE; write prefix:identifier"),
        ("t.tsv", "x:1\n", "line 1: 1 columns where CURIE, name and synonyms"),
        ("t.tsv", "x:1\ta\tb\tc\n", "line 1: 4 columns"),
        ("t.tsv", "x:1\t \n", "line 1: x:1 has no name"),
        ("t.txt", "a\tb\n", "line 1: a tab in a list of terms"),
        ("t.txt", b"a\ncaf\xe9\n", "line 2: not UTF-8 at byte 4; save the file as UTF-8"),
        ("t.txt", "# nothing\n", "holds no terms"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(tmp_path: Path, name: str, text: str | bytes, message: str) -> None:
    with pytest.raises(DictionaryError, match=message):
        user.read(write(tmp_path, name, text))


def test_further_problems_are_counted(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match=r"and 1 more; `bioweft dictionary check"):
        user.read(write(tmp_path, "t.tsv", "a\tb\nc\td\n"))


@pytest.mark.parametrize("term", ["Red Ball", "β", "...", "a:b"])
def test_a_slug_makes_a_curie(term: str) -> None:
    assert user.CURIE.fullmatch(f"term:{user.slug(term)}")


def test_load_takes_a_shipped_name_or_any_file(tmp_path: Path, built: Path) -> None:
    assert lexicon.load("cell_type").num_rows > 1000
    assert lexicon.load(built / "gene.parquet")["type"].unique().to_pylist() == ["gene"]
    assert lexicon.load(write(tmp_path, "toy.txt", "red ball\n")).to_pylist()[0]["type"] == "toy"
    assert lexicon.load(str(write(tmp_path, "x.tsv", "x:1\ta b\n")), type="toy").to_pylist()[0]["type"] == "toy"


def test_load_refuses_what_is_none(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match="did you mean 'disease'"):
        lexicon.load("diseases")
    with pytest.raises(DictionaryError, match="no dictionary file"):
        lexicon.load(tmp_path / "none.tsv")
    with pytest.raises(DictionaryError, match="should end in"):
        lexicon.load(write(tmp_path, "terms.csv", "a\n"))
