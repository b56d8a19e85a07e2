"""`bioweft evaluate`: two files, or gold's own text tagged; what cannot be scored fails."""

import gzip
import json
import subprocess
import sys
from pathlib import Path

import pytest

GOLD = """1|t|Gout and mumps
1|a|He had gout.
1\t0\t4\tGout\tDisease\tD006073
1\t9\t14\tmumps\tDisease\tMESH:D009107
1\t22\t26\tgout\tDisease\tD006073

2|t|Nothing
2|a|TP53 alone
2\t8\t12\tTP53\tGene\t7157

"""


@pytest.fixture
def gold(tmp_path: Path) -> Path:
    file = tmp_path / "gold.PubTator"
    file.write_text(GOLD)
    return file


@pytest.fixture
def dictionary(tmp_path: Path) -> Path:
    file = tmp_path / "disease.tsv"
    file.write_text("curie\tname\tsynonyms\nmesh:D006073\tgout\t\n")
    return file


def bioweft(command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    call = [sys.executable, "-m", "bioweft", command, *map(str, arguments)]
    return subprocess.run(call, capture_output=True, text=True, check=False)


def evaluate(*arguments: object) -> subprocess.CompletedProcess[str]:
    return bioweft("evaluate", *arguments)


def counts(outcome: subprocess.CompletedProcess[str]) -> dict[tuple[str, str], tuple[int, int, int]]:
    assert outcome.returncode == 0, outcome.stderr
    rows = json.loads(outcome.stdout)["scores"]
    return {(row["type"], row["rule"]): (row["right"], row["surplus"], row["missed"]) for row in rows}


def test_gold_against_itself(gold: Path, dictionary: Path) -> None:
    found = counts(evaluate(gold, gold, "--json", "--dictionaries", dictionary))
    assert found["disease", "exact"] == found["disease", "overlap"] == (3, 0, 0)
    assert found["disease", "identifier"] == (2, 0, 0)
    assert found["all", "exact"] == (4, 0, 0)


def test_golds_own_text_is_tagged(gold: Path, dictionary: Path) -> None:
    arguments = ["--json", "--dictionaries", dictionary, "--tagger", "none", "--types", "disease"]
    found = counts(evaluate(gold, *arguments))
    assert found["disease", "exact"] == (2, 0, 1)
    assert found["disease", "identifier"] == (1, 0, 1)


def test_a_type_that_gold_does_not_annotate_is_not_scored(gold: Path, dictionary: Path) -> None:
    arguments = ["--json", "--dictionaries", dictionary, "--tagger", "none", "--types", "disease,species"]
    assert {type_ for type_, _ in counts(evaluate(gold, *arguments))} <= {"disease", "all"}


@pytest.mark.parametrize("form", ["pubtator", "bioc", "bioc-json", "jsonl"])
def test_what_tag_writes_can_be_scored(form: str, gold: Path, dictionary: Path, tmp_path: Path) -> None:
    predicted = tmp_path / "predicted"
    tagging = ["--dictionaries", dictionary, "--tagger", "none"]
    assert bioweft("tag", gold, "--to", form, "--output", predicted, *tagging).returncode == 0
    found = counts(evaluate(gold, predicted, "--json", "--dictionaries", dictionary))
    assert found["disease", "exact"] == (2, 0, 1)
    assert found["disease", "identifier"] == (1, 0, 1)


def test_in_a_pipe_it_is_a_table_and_errors_are_shown(gold: Path, dictionary: Path) -> None:
    outcome = evaluate(gold, "--errors", "5", "--dictionaries", dictionary, "--tagger", "none")
    header, *rows = [line.split("\t") for line in outcome.stdout.splitlines()]
    assert header[:5] == ["type", "rule", "precision", "recall", "f1"]
    assert ["disease", "exact", "1.0", "0.6667", "0.8"] in [row[:5] for row in rows]
    assert "missed\tdisease\tpmid:1\tGout and [mumps] He had gout.\tmesh:D009107" in outcome.stderr.splitlines()


@pytest.mark.parametrize(("arguments", "note"), [((), True), (("--map", "entity=disease"), False)])
def test_a_type_that_nothing_is_called_is_noted(
    arguments: tuple[str, ...], note: bool, dictionary: Path, tmp_path: Path
) -> None:
    file = tmp_path / "plain.tsv"
    file.write_text("Severe\tO\ngout\tB\n.\tO\n")
    outcome = evaluate(file, "--from", "iob", "--tagger", "none", "--dictionaries", dictionary, "--json", *arguments)
    assert counts(outcome)["all", "exact"] == ((0, 0, 1) if note else (1, 0, 0))
    assert ("to score entity as another type: --map entity=disease" in outcome.stderr) is note


def test_an_annotation_that_is_not_in_the_text_is_told(gold: Path, dictionary: Path) -> None:
    gold.write_text(GOLD.replace("\t0\t4\tGout", "\t1\t5\tGout"))
    outcome = evaluate(gold, gold, "--dictionaries", dictionary)
    assert outcome.returncode == 3
    assert outcome.stderr.startswith("2 annotations not used, the first: pmid:1, 1-5: ")


@pytest.mark.parametrize(
    ("content", "arguments", "code", "said"),
    [
        ("1|t|Gout\n1|a|Text\n", [], 1, "has no annotation that counts"),
        ("1|t|Gout\n1|a|Text\n1\t0\t4\tGout\tDisease\n", ["--ignore", "disease"], 1, "has no annotation that counts"),
        (GOLD, ["--types", "deseases"], 1, "it has: disease, gene (did you mean 'disease'?)"),
        (GOLD, ["--from", "pubtater"], 2, "did you mean 'pubtator'?"),
        (GOLD, ["--map", "Tumour"], 2, "--map takes NAME=TYPE"),
    ],
)
def test_what_cannot_be_scored(content: str, arguments: list[str], code: int, said: str, gold: Path) -> None:
    gold.write_text(content)
    outcome = evaluate(gold, "--tagger", "none", "--dictionaries", "cell_type", *arguments)
    assert (outcome.returncode, outcome.stdout) == (code, "")
    assert outcome.stderr.startswith("error: ")
    assert said in outcome.stderr


def test_gold_that_breaks_off(gold: Path) -> None:
    gold.write_bytes(gzip.compress(GOLD.encode())[:90])
    outcome = evaluate(gold, "--from", "pubtator", "--dictionaries", "cell_type")
    assert outcome.returncode == 1
    assert "Compressed file ended" in outcome.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Missing argument 'GOLD'; or name a corpus with --relations"),
        (["--relations", "BC5CDR"], "--relations names a corpus below --data FOLDER, and takes no GOLD"),
    ],
)
def test_relations_or_gold(arguments: list[str], said: str) -> None:
    outcome = evaluate(*arguments)
    assert outcome.returncode == 2
    assert said in outcome.stderr


def test_relations_need_a_model(tmp_path: Path) -> None:
    outcome = evaluate("--relations", "BC5CDR", "--data", tmp_path, "--model", tmp_path)
    assert outcome.returncode == 1
    assert f"no model in {tmp_path}" in outcome.stderr
