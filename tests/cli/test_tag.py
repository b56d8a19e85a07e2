"""`bioweft tag`: pipes, files and folders in every format, and what could not be read."""

import gzip
import json
import lzma
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from bioweft.cli import tag as module
from bioweft.errors import FormatError, InputError, SettingsError
from bioweft.lexicon import dictionary as dictionary_file
from bioweft.records import Concept, Reject, Term
from bioweft.sources.sniff import sniff
from tests.relate.made import install

PUBMED = (
    "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>5</PMID><Article><ArticleTitle>Gout</ArticleTitle>"
    "</Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"
)


ARTICLE = (
    "<PubmedArticle><MedlineCitation><PMID>{}</PMID><Article><ArticleTitle>Gout {}</ArticleTitle>"
    "</Article></MedlineCitation></PubmedArticle>"
)
BEGINNINGS = {
    "a.xml": '<?xml version="1.0" encoding="utf-8"?>\n<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>5</PMID>',
    "a.json": '{"source": "PubMed", "infons": {}, "documents": [{"id": "1", "passages": [{"offset": 0}]}',
    "a.txt": "Gout is a form of arthritis that begins at night and in a single joint, often that of the great toe.",
    "a.pubtator": "7|t|On the treatment of gout and of what it is not\n7|a|In this report nothing is said at all.\n",
    "a.csv": "id,title,abstract\n1,On gout and on what it is not,In this report nothing is said at all of it.\n",
    "a.jsonl": '{"id": "x:1", "passages": [{"kind": "abstract", "text": "In this report nothing is said of gout"}]}\n',
}


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    file = tmp_path / "illness.tsv"
    file.write_text("curie\tname\tsynonyms\nmesh:D006073\tgout\tpodagra\n")
    return file


def tag(*arguments: str | Path, stdin: str | bytes = "") -> subprocess.CompletedProcess[str]:
    """Run the command without a model: what it finds is the dictionaries' business."""
    call = [sys.executable, "-m", "bioweft", "tag", "--tagger", "none", *map(str, arguments)]
    given = stdin if isinstance(stdin, bytes) else stdin.encode()
    done = subprocess.run(call, input=given, capture_output=True, check=False)
    return subprocess.CompletedProcess(call, done.returncode, done.stdout.decode(), done.stderr.decode())


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


def test_identifiers_are_those_of_the_vocabulary_that_is_preferred(tmp_path: Path) -> None:
    gout = Concept("mesh:D006073", "gout", "disease", (Term("gout", "name"),), ("mondo:0005393",))
    dictionary_file.write(tmp_path / "illness.parquet", [gout])
    options = ["--dictionaries", str(tmp_path / "illness.parquet"), "--to", "html"]
    page = tag("-", *options, "--prefer", "disease=mondo", stdin="gout").stdout
    assert 'title="disease\ngout · mondo:0005393 · ' in page
    assert 'title="disease\nno identifier"' in tag("-", *options, "--linker", "none", stdin="gout").stdout
    (tmp_path / "a.pubtator").write_text(KEPT["a.pubtator"])
    kept = keep(tmp_path / "a.pubtator", *options[:2], "--prefer", "disease=mondo")[1]
    assert kept.splitlines()[1].split("\t")[5] == "mondo:0005393|omim:1"


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["--prefer", "illness=mondoo"], 1, "there are: mesh"),
        (["--prefer", "disease=mondo"], 1, "no type 'disease' to prefer a vocabulary for"),
        (["--prefer", "disease"], 2, "'disease' is not of the form TYPE=VOCABULARY"),
        (["--threshold", "2"], 2, "0<=x<=1"),
        (
            ["--linker", "defalt"],
            1,
            "no linker 'defalt'; there are: none, default, scispacy:NAME (did you mean 'default'?)",
        ),
    ],
)
def test_a_wrong_option_of_linking_is_said(dictionary: Path, arguments: list[str], code: int, message: str) -> None:
    outcome = tag("-", "--dictionaries", str(dictionary), *arguments, stdin="gout")
    assert (outcome.returncode, outcome.stdout) == (code, "")
    assert message in outcome.stderr


def test_a_folder_of_everything(dictionary: Path, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.xml").write_text(PUBMED)
    (folder / "b.txt").write_text("7|t|Gout\n7|a|\n\n8|t|\n8|a|Nothing\n")
    (folder / "c.csv").write_text("id,abstract\n9,gout\n")
    (folder / "d.txt").write_text("gout " * 100_000)
    (folder / "e.tab").write_text("id\tabstract\n10\tgout\n")
    (folder / "f.ndjson").write_text('{"id": "11", "abstract": "gout"}\n')
    output = tmp_path / "out.tsv"
    outcome = tag(folder, "--output", output, "--dictionaries", dictionary)
    assert outcome.returncode == 0, outcome.stderr
    lines = [line.split("\t") for line in output.read_text().splitlines()[1:]]
    assert {line[0] for line in lines} == {
        "pmid:5",
        "pmid:7",
        "pmid:8",
        "table:9",
        "file:d.txt",
        "table:10",
        "table:11",
    }
    assert sum(line[0] == "file:d.txt" for line in lines) == 100_000


def test_rejects_are_told_and_the_rest_is_there(dictionary: Path, tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"id": "x:1", "abstract": "gout"}\n{broken\n')
    outcome = tag(file, "--dictionaries", dictionary)
    assert outcome.returncode == 3
    assert "x:1" in outcome.stdout
    assert "line 2" in outcome.stderr
    assert outcome.stderr.endswith("1 record could not be read\n")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["nothing-here.txt"], 1, "no such file"),
        (["{}", "--to", "pubtater"], 2, "did you mean 'pubtator'?"),
        (["{}", "--from", "word"], 2, "'word' is not one of"),
        (["{}", "--output", "/proc/no/such"], 1, "/proc/no"),
        (["{}", "--column", "titel=Heading"], 2, "did you mean 'title'?"),
        (["{}", "--column", "title"], 2, "--column takes FIELD=NAME, for example --column title=Heading"),
        (["{}", "--column", "title=Heading", "--from", "text"], 2, "--column is for tables"),
        (["{}", "--label", "CHED"], 2, "LABEL=TYPE, as CHED=chemical"),
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
    assert outcome.stderr.startswith(("error: ", "Usage: "))
    assert "Traceback" not in outcome.stderr


def test_nothing_is_written_where_a_dictionary_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("gout")
    outcome = tag(tmp_path / "a.txt", "--dictionaries", tmp_path / "none.tsv")
    assert (outcome.returncode, outcome.stdout) == (1, "")
    assert "none.tsv" in outcome.stderr


@pytest.mark.parametrize("name", ["a.xml", "a.json", "a.txt", "a.pubtator", "a.csv", "a.jsonl"])
@pytest.mark.parametrize("packed", [gzip.compress, lzma.compress])
@pytest.mark.parametrize("length", [7, 30, 60])
def test_a_file_that_breaks_off_at_once_is_a_reject(
    name: str, packed: Callable[[bytes], bytes], length: int, tmp_path: Path, dictionary: Path
) -> None:
    file = tmp_path / f"{name}.packed"
    file.write_bytes(packed(BEGINNINGS[name].encode())[:length])
    code, rejects = annotate(file, dictionary)
    assert code == 3
    assert [reject.source for reject in rejects] == [str(file)]
    assert re.search("ended|end-of-stream|breaks off", rejects[0].reason)


def annotate(file: Path, dictionary: Path) -> tuple[int, list[Reject]]:
    """Run the command in this process."""
    rejects: list[Reject] = []
    documents = list(module._documents(str(file), None, {}, rejects))
    assert documents == []
    result = CliRunner().invoke(
        module.command, [str(file), "--tagger", "none", "--dictionaries", str(dictionary)], standalone_mode=False
    )
    assert result.exception is None
    return result.return_value, rejects


@pytest.mark.parametrize("length", [5, 300, 3000])
def test_a_short_gzip_through_a_pipe(length: int, dictionary: Path) -> None:
    records = "".join(ARTICLE.format(number, number * 2_654_435_761 % 2**32) for number in range(500))
    content = gzip.compress(f"<PubmedArticleSet>{records}</PubmedArticleSet>".encode())
    assert len(content) > 3000
    outcome = tag("-", "--dictionaries", dictionary, stdin=content[:length])
    assert outcome.returncode == 3
    assert outcome.stderr.startswith("stdin, ")
    assert "Compressed file ended" in outcome.stderr
    assert ("pmid:0" in outcome.stdout) == (length > 100)


def test_what_it_writes_it_reads(dictionary: Path) -> None:
    first = tag("-", "--to", "jsonl", "--dictionaries", dictionary, stdin="12|t|Title\n12|a|Gout, he said.\n")
    again = tag("-", "--to", "jsonl", "--dictionaries", dictionary, stdin=first.stdout)
    assert again.returncode == 0, again.stderr
    assert again.stdout == first.stdout
    assert '"pmid:12"' in again.stdout


def test_a_pipe_is_called_by_its_name(dictionary: Path) -> None:
    outcome = tag("-", "--dictionaries", dictionary, stdin="<svg></svg>")
    assert outcome.stderr == "error: stdin is XML, but neither PubMed, BioC nor JATS; say what it is with --from\n"
    outcome = tag("-", "--dictionaries", dictionary, stdin='{"id": 1, "abstract": "x"}\n{broken\n')
    assert outcome.stderr.startswith("stdin, line 2: not JSON")


def test_a_pipe_is_written_and_not_replaced(dictionary: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("gout")
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with subprocess.Popen(["timeout", "60", "cat", str(pipe)], stdout=subprocess.PIPE) as reader:
        outcome = tag(tmp_path / "a.txt", "--output", pipe, "--dictionaries", dictionary)
        assert outcome.returncode == 0, outcome.stderr
        assert pipe.is_fifo()
        assert reader.stdout is not None
        assert b"mesh:D006073" in reader.stdout.read()


def test_a_full_disk_behind_stdout(dictionary: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("gout")
    call = [sys.executable, "-m", "bioweft", "tag", str(tmp_path / "a.txt"), "--tagger", "none"]
    with Path("/dev/full").open("w") as full:
        outcome = subprocess.run(
            [*call, "--dictionaries", str(dictionary)], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert outcome.returncode == 1
    assert outcome.stderr.startswith("error: cannot write stdout: no space left on the disk")
    assert "Traceback" not in outcome.stderr


def test_columns_of_other_names(dictionary: Path, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("no,Heading,Text body\n1,On gout,nothing\n")
    outcome = tag(tmp_path / "a.csv", "--dictionaries", dictionary)
    assert outcome.returncode == 1
    assert "--column abstract=…" in outcome.stderr
    columns = ["--column", "id=no", "--column", "title=Heading", "--column", "abstract=Text body"]
    outcome = tag(tmp_path / "a.csv", "--dictionaries", dictionary, "--to", "pubtator", *columns)
    assert outcome.returncode == 0, outcome.stderr
    assert outcome.stdout.startswith("table:1|t|On gout\ntable:1|a|nothing\n")


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
        ("a", '{"id": "x:1", "passages": [{"kind": "title", "text": "T"}]}\n', "jsonl"),
        ("a.jsonl", '{"id": "x\\"1", "passages": [], "year": null}\n', "jsonl"),
        ("a.jsonl", '{"id": "x:1", "passages": [{"kind": "title", "text": "' + "long " * 20_000, "jsonl"),
        ("a.json", '{"id": "1", "passages": [{"offset": 0, "text": "T"}]}', "bioc"),
        ("a.txt", "Plain words | with a bar.\n", "text"),
        ("a.txt", "", "text"),
        ("a.pubtator", "Plain words.\n", "pubtator"),
        ("a.nbib", "Plain words.\n", "medline"),
        ("a.medline", "", "medline"),
        ("a.ris", "Plain words.\n", "ris"),
    ],
)
def test_formats_are_told(tmp_path: Path, name: str, content: str, kind: str) -> None:
    (tmp_path / name).write_text(content)
    assert sniff(tmp_path / name) == kind


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<svg></svg>", "is XML, but neither PubMed, BioC nor JATS"),
        (b"\x00\x01\x02", "has NUL bytes, so it is not text"),
        ("gout".encode("utf-16"), "is UTF-16; save it as UTF-8"),
    ],
)
def test_what_is_none_of_them(tmp_path: Path, content: bytes, reason: str) -> None:
    (tmp_path / "a").write_bytes(content)
    with pytest.raises(FormatError, match=reason):
        sniff(tmp_path / "a")


def test_a_file_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "a").symlink_to(tmp_path / "a")
    with pytest.raises(InputError, match="a cannot be opened: Too many levels"):
        sniff(tmp_path / "a")


KEPT = {
    "a.pubtator": "7|t|Gout and ill mice\n7|a|\n7\t0\t4\tGout\tDisease\tD006073|OMIM:1\n7\t9\t12\till\tDisease\t-1\n\n",
    "a.jsonl": (
        '{"id": "pmid:7", "passages": [{"kind": "title", "text": "Gout and ill mice"}], "mentions": ['
        '{"start": 0, "end": 4, "text": "Gout", "type": "disease", "tagger": "gold", "links": ['
        '{"concept": "mesh:D006073"}, {"concept": "omim:1"}]}, '
        '{"start": 9, "end": 12, "text": "ill", "type": "disease", "tagger": "gold"}]}\n'
    ),
    "a.json": (
        '{"documents": [{"id": "7", "infons": {}, "relations": [], "passages": [{"offset": 0, "infons": {}, '
        '"sentences": [], "relations": [], "text": "Gout and ill mice", "annotations": ['
        '{"id": "1", "infons": {"type": "Disease", "identifier": "MESH:D006073|OMIM:1"}, "text": "Gout", '
        '"locations": [{"offset": 0, "length": 4}]}, '
        '{"id": "2", "infons": {"type": "Disease"}, "text": "ill", "locations": [{"offset": 9, "length": 3}]}'
        "]}]}]}"
    ),
    "7.ann": "T1\tDisease 0 4\tGout\nN1\tReference T1 MESH:D006073\nN2\tReference T1 OMIM:1\nT2\tDisease 9 12\till\n",
}


def keep(*arguments: str | Path) -> tuple[int, str]:
    """Run the command in this process; return its exit code and what it writes."""
    words = [str(word) for word in ("--mentions", "keep", *arguments)]
    result = CliRunner().invoke(module.command, words, standalone_mode=False)
    if result.exception is not None:
        raise result.exception
    return result.return_value, result.stdout


@pytest.mark.parametrize("name", KEPT)
def test_mentions_of_the_input_are_kept(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(KEPT[name])
    if name.endswith(".ann"):
        (tmp_path / "7.txt").write_text("Gout and ill mice")
    code, written = keep(tmp_path / name)
    assert code == 0
    assert [line.split("\t") for line in written.splitlines()[1:]] == [
        [
            "pmid:7",
            "0",
            "4",
            "Gout",
            "disease",
            "mesh:D006073|omim:1",
            "1.0|1.0",
            "1.0",
            "gold",
            "annotation|annotation",
            "|",
        ],
        ["pmid:7", "9", "12", "ill", "disease", "", "", "1.0", "gold", "", ""],
    ]
    if name.endswith(".ann"):  # the text leads to the annotations beside it, and so does the folder
        assert keep(tmp_path / "7.txt") == keep(tmp_path) == keep(tmp_path, "--from", "brat") == (code, written)


@pytest.mark.parametrize("form", ["jsonl", "bioc", "bioc-json"])
def test_what_tagging_wrote_is_kept_with_tagger_and_score(form: str, tmp_path: Path) -> None:
    mention = '{"start": 0, "end": 4, "text": "Gout", "type": "disease", "tagger": "net", "score": 0.75}'
    passages = '[{"kind": "title", "text": "Gout"}]'
    (tmp_path / "a.jsonl").write_text(f'{{"id": "pmid:7", "passages": {passages}, "mentions": [{mention}]}}\n')
    _, first = keep(tmp_path / "a.jsonl", "--to", form)
    (tmp_path / "b").write_text(first)
    assert keep(tmp_path / "b", "--to", form) == (0, first)
    assert keep(tmp_path / "b")[1].splitlines()[1].split("\t")[5:] == ["", "", "0.75", "net", "", ""]


def test_an_annotation_that_cannot_be_kept_is_told(tmp_path: Path) -> None:
    (tmp_path / "a.pubtator").write_text(KEPT["a.pubtator"].replace("\t9\t12\t", "\t8\t11\t"))
    code, written = keep(tmp_path / "a.pubtator")
    assert (code, len(written.splitlines())) == (3, 2)


def test_a_text_without_mentions_has_none_to_keep(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("gout")
    with pytest.raises(SettingsError, match=r"a\.txt is text, which has no mentions to keep; .* pubtator, bioc"):
        keep(tmp_path / "a.txt")
    outcome = tag("-", "--mentions", "keep", stdin="gout")
    assert outcome.returncode == 2
    assert outcome.stderr.startswith("error: stdin is text")


@pytest.fixture
def relations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a relation model of the user's own, `cures`, and return a folder with dictionaries of rue and gout."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(install(tmp_path)), os.environ.get("PYTHONPATH", "")]))
    (tmp_path / "chemical.tsv").write_text("curie\tname\tsynonyms\nmesh:D1\true\t\n")
    (tmp_path / "disease.tsv").write_text("curie\tname\tsynonyms\nmesh:D2\tgout\t\n")
    return tmp_path


RUE = "Of rue\n\nRue cures gout. Rue never cures gout. Nothing."


def both(folder: Path) -> str:
    return f"{folder / 'chemical.tsv'},{folder / 'disease.tsv'}"


def related(folder: Path, form: str, *arguments: str) -> str:
    defaults = ("--dictionaries", both(folder), "--relation-model", "cures")
    outcome = tag("-", "--to", form, *defaults, *arguments, stdin=RUE)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


def test_relations_are_in_json_lines(relations: Path) -> None:
    row = json.loads(related(relations, "jsonl"))
    text = "\n".join(passage["text"] for passage in row["passages"])
    said, denied = row["relations"]
    assert [(text[slice(*r["subject_span"])], text[slice(*r["object_span"])], text[slice(*r["sentence"])])
            for r in (said, denied)] == [
        ("Rue", "gout", "Rue cures gout."), ("Rue", "gout", "Rue never cures gout."),
    ]  # fmt: skip
    assert {key: value for key, value in denied.items() if not key.endswith("span") and key != "sentence"} == {
        "subject": "mesh:D1", "predicate": "biolink:treats", "object": "mesh:D2", "qualifiers": "",
        "probability": 0.75, "negated": True, "speculative": False, "cue": None, "model": "cures",
    }  # fmt: skip
    assert json.loads(related(relations, "jsonl", "--no-relations"))["relations"] == []


def test_relations_are_lines_of_pubtator_but_for_what_is_denied(relations: Path) -> None:
    lines = related(relations, "pubtator").splitlines()
    assert [line.split("\t")[1:] for line in lines if "biolink" in line] == [["biolink:treats", "MESH:D1", "MESH:D2"]]


def test_relations_are_relations_of_bioc(relations: Path) -> None:
    from bioc import biocjson, biocxml

    for form in ("bioc", "bioc-json"):
        text = related(relations, form)
        (document,) = (biocxml if form == "bioc" else biocjson).loads(text).documents
        said, denied = document.relations
        assert (said.infons["type"], said.infons["subject"], said.infons["object"]) == (
            "biolink:treats", "MESH:D1", "MESH:D2",
        )  # fmt: skip
        assert (said.infons["negated"], denied.infons["negated"]) == ("false", "true")
        annotations = {a.id: a.text for passage in document.passages for a in passage.annotations}
        assert [(node.role, annotations[node.refid]) for node in said.nodes] == [("subject", "Rue"), ("object", "gout")]


@pytest.mark.parametrize("form", ["pubtator", "bioc", "bioc-json", "jsonl"])
def test_relations_of_kept_mentions(form: str, relations: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(related(relations, form))
    source = {"bioc-json": "bioc"}.get(form, form)
    outcome = tag(tmp_path / "kept", "--from", source, "--mentions", "keep", "--to", form, "--relation-model", "cures")
    assert (outcome.returncode, outcome.stdout) == (0, (tmp_path / "kept").read_text())


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--to", "tsv", "--relations"], "tsv has no room for relations; --relations is for pubtator"),
        (["--to", "jsonl", "--relations", "--linker", "none"], "--linker none gives none"),
        (["--to", "jsonl", "--relation-model", "cure"], "did you mean 'cures'"),
    ],
)
def test_relations_that_cannot_be(relations: Path, arguments: list[str], said: str) -> None:
    defaults = [] if "--relation-model" in arguments else ["--relation-model", "cures"]
    outcome = tag("-", "--dictionaries", both(relations), *defaults, *arguments, stdin=RUE)
    assert outcome.returncode in (1, 2)
    assert said in outcome.stderr


def test_without_identifiers_nothing_is_related(relations: Path) -> None:
    assert json.loads(related(relations, "jsonl", "--linker", "none"))["relations"] == []


def test_a_file_of_a_folder_that_cannot_be_used_is_listed_and_the_others_are_written(
    dictionary: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "a.xml").write_text("<html><body>Gout</body></html>")
    (folder / "b.txt").write_text("Gout again.")
    (folder / "c.txt").write_bytes("Gout".encode("utf-16"))
    (folder / "d.csv").write_text("id,heading\n1,Gout\n")
    (folder / "e.txt").write_bytes(b"G\xf6ut")
    outcome = tag(folder, "--to", "tsv", "--dictionaries", dictionary)
    assert outcome.returncode == 3
    assert [line.split("\t")[0] for line in outcome.stdout.splitlines()[1:]] == ["file:b.txt"]
    listed = [Path(line.split(",")[0]).name for line in outcome.stderr.splitlines()]
    assert listed[:-1] == ["a.xml", "c.txt", "d.csv", "e.txt"]
    assert "is XML, but neither PubMed" in outcome.stderr
    assert tag(folder / "a.xml", "--dictionaries", dictionary).returncode == 1


def test_what_cannot_be_read_is_not_said_to_be_unwritable(
    dictionary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> list[Path]:
        raise PermissionError(13, "Permission denied", "notes/secret")

    monkeypatch.setattr(module, "find", refuse)
    outcome = CliRunner().invoke(module.command, [str(tmp_path), "--tagger", "none", "--dictionaries", str(dictionary)])
    assert isinstance(outcome.exception, InputError)
    assert str(outcome.exception) == "notes/secret cannot be read: Permission denied"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--output", "o.xlsx"), "bioweft does not write .xlsx files; name a format with --to: pubtator, "),
        (("--output", "o.csv"), "bioweft does not write .csv files"),
        (("--to", "docbin"), "docbin cannot be written to stdout; name a file with --output"),
        (("--to", "brat"), "brat cannot be written to stdout; name a folder with --output"),
    ],
)
def test_formats_that_cannot_be_written(arguments: tuple[str, ...], said: str, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("gout")
    outcome = tag(tmp_path / "a.txt", *arguments)
    assert outcome.returncode == 2
    assert said in outcome.stderr
    assert not Path("o.xlsx").exists()


def test_on_a_terminal_it_is_a_table(dictionary: Path, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("He had gout[a].\n")
    call = [sys.executable, "-m", "bioweft", "tag", "a.txt", "--tagger", "none", "--dictionaries", str(dictionary)]
    screen, terminal = os.openpty()
    with os.fdopen(screen, "rb", buffering=0) as reader, os.fdopen(terminal, "wb") as writer:
        subprocess.run(
            call, stdout=writer, cwd=tmp_path, check=True, env={**os.environ, "COLUMNS": "100", "NO_COLOR": "1"}
        )
        printed = reader.read(65536).decode()
    lines = [line.split() for line in re.sub(r"\x1b\[[\d;]*m", "", printed).splitlines()]
    assert lines[:2] == [["file:a.txt"], ["text", "type", "CURIE", "name", "score", "reason"]]
    assert [line[:4] for line in lines[2:]] == [["gout", "illness", "mesh:D006073", "gout"]]
