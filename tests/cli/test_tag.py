"""`bioweft tag`: pipes, files and folders in every format, and what could not be read."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from bioweft.errors import FormatError
from bioweft.sources.sniff import sniff

PUBMED = (
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>5</PMID><Article><ArticleTitle>Gout</ArticleTitle>"
    "</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
)


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    file = tmp_path / "illness.tsv"
    file.write_text("curie\tname\tsynonyms\nmesh:D006073\tgout\tpodagra\n")
    return file


def tag(*arguments: str | Path, stdin: str = "") -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "bioweft", "tag", *map(str, arguments)]
    return subprocess.run(call, input=stdin, capture_output=True, text=True, check=False)


def test_a_pipe(dictionary: Path) -> None:
    text = "Title line\n\nHe had gout,\r\nand Podagra it was.\n"
    outcome = tag("-", "--to", "jsonl", "--dictionaries", dictionary, stdin=text)
    assert outcome.returncode == 0, outcome.stderr
    row = json.loads(outcome.stdout)
    whole = "\n".join(passage["text"] for passage in row["passages"])
    assert [(whole[m["start"] : m["end"]], m["concept"]) for m in row["mentions"]] == [
        ("gout", "mesh:D006073"),
        ("Podagra", "mesh:D006073"),
    ]


def test_a_folder_of_everything(dictionary: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.xml").write_text(PUBMED)
    (folder / "b.txt").write_text("7|t|Gout\n7|a|\n\n8|t|\n8|a|Nothing\n")
    (folder / "c.csv").write_text("id,abstract\n9,gout\n")
    (folder / "d.txt").write_text("gout " * 100_000)
    output = tmp_path / "out.tsv"
    outcome = tag(folder, "--output", output, "--dictionaries", dictionary)
    assert outcome.returncode == 0, outcome.stderr
    lines = [line.split("\t") for line in output.read_text().splitlines()[1:]]
    assert {line[0] for line in lines} == {"pmid:5", "pmid:7", "pmid:8", "table:9", "file:d.txt"}
    assert sum(line[0] == "file:d.txt" for line in lines) == 100_000


def test_rejects_are_told_and_the_rest_is_there(dictionary: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": "x:1", "abstract": "gout"}\n{broken\n')
    outcome = tag(file, "--dictionaries", dictionary)
    assert outcome.returncode == 3
    assert "x:1" in outcome.stdout
    assert "line 2" in outcome.stderr
    assert "1 records could not be read" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing-here.txt"], 1, "no such file"),
        (["{}", "--to", "pubtater"], 1, "did you mean 'pubtator'?"),
        (["{}", "--from", "word"], 2, "'word' is not one of"),
        (["{}", "--output", "/proc/no/such"], 1, "/proc/no"),
    ],
)
def test_errors_are_told_on_one_screen(
    arguments: list[str], code: int, said: str, dictionary: Path, tmp_path: Path
) -> None:
    file = tmp_path / "a.txt"
    file.write_text("gout")
    outcome = tag(*[argument.format(file) for argument in arguments], "--dictionaries", dictionary)
    assert outcome.returncode == code
    assert said in outcome.stderr
    assert "Traceback" not in outcome.stderr


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("a", PUBMED, "pubmed-files"),
        ("a.xml", '<?xml version="1.0"?><!DOCTYPE collection SYSTEM "BioC.dtd"><collection/>', "bioc"),
        ("a.json", '{"source": "x", "documents": []}', "bioc"),
        ("a.xml", "<article><front/></article>", "jats"),
        ("a.txt", "12|t|Title\n12|a|Text\n", "pubtator"),
        ("a", '{"id": 1, "abstract": "x"}\n{"id": 2}\n', "table"),
        ("a.csv", "id,abstract\n", "table"),
        ("a.txt", "Plain words | with a bar.\n", "text"),
        ("a.txt", "", "text"),
    ],
)
def test_formats_are_told(tmp_path: Path, name: str, content: str, kind: str) -> None:
    (tmp_path / name).write_text(content)
    assert sniff(tmp_path / name) == kind


@pytest.mark.parametrize("content", [b"<svg></svg>", b"\x00\x01\x02"])
def test_what_is_none_of_them(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(FormatError):
        sniff(tmp_path / "a")
