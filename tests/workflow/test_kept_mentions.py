"""A run over annotations that came with the texts."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq

from bioweft.store.run import RunFolder

TEXT = """7|t|Gout and ill mice
7|a|Nothing.
7\t0\t4\tGout\tDisease\tD006073|OMIM:1
7\t9\t12\till\tDisease\t-1

8|t|Gout
8|a|
8\t0\t4\tGout\tDisease\tD006073
8\t1\t5\tGout\tDisease\tD006073
"""


def run(folder: Path, mentions: str) -> subprocess.CompletedProcess[str]:
    (folder / "gout.tsv").write_text("curie\tname\tsynonyms\nx:1\tmice\t\n")
    (folder / "a.pubtator").write_text(TEXT)
    (folder / "flow.toml").write_text(
        f'name = "kept"\n[[sources]]\nkind = "pubtator"\npath = "a.pubtator"\nmentions = "{mentions}"\n'
        '[tag]\nmodel = "none"\ndictionaries = ["gout.tsv"]\n[engine]\nworkers = 1\n'
    )
    call = [
        sys.executable,
        "-m",
        "bioweft",
        "run",
        str(folder / "flow.toml"),
        "--output",
        str(folder / "out"),
        "--json",
    ]
    return subprocess.run(call, capture_output=True, text=True, check=False)


def mentions(folder: Path) -> list[tuple[str, str, str | None, str]]:
    rows = pq.read_table(RunFolder(folder / "out").results / "mentions.parquet").to_pylist()
    return [(row["document"], row["text"], row["concept"], row["tagger"]) for row in rows]


def test_annotations_are_counted_in_the_place_of_what_is_tagged(tmp_path: Path) -> None:
    done = run(tmp_path, "keep")
    assert done.returncode == 3, done.stderr
    assert "annotation dropped" in (tmp_path / "out" / "rejects.jsonl").read_text()
    assert mentions(tmp_path) == [
        ("pmid:7", "Gout", "mesh:D006073", "gold"),
        ("pmid:8", "Gout", "mesh:D006073", "gold"),
        ("pmid:7", "Gout", "omim:1", "gold"),
        ("pmid:7", "ill", None, "gold"),
    ]
    rankings = pq.read_table(RunFolder(tmp_path / "out").results / "rankings.parquet").to_pylist()
    assert [(row["concept"], row["documents"], row["mentions"]) for row in rankings] == [
        ("mesh:D006073", 2, 2),
        ("omim:1", 1, 1),
    ]
    again = run(tmp_path, "tag")
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout)["counts"]["rejects"] == 0
    assert mentions(tmp_path) == [("pmid:7", "mice", "x:1", "dictionary")]
