"""The settings of linking in a whole run: what the results call concepts, and what they say is unlinked."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq

from bioweft.analyse.query import ask
from bioweft.lexicon import dictionary
from bioweft.records import Concept, Term
from bioweft.store.run import RunFolder
from bioweft.workflow.engine import run
from bioweft.workflow.settings import load

CONCEPTS = [
    Concept("mesh:1", "gout", "disease", (Term("gout", "name"), Term("podagra")), ("mondo:1",)),
    Concept("mesh:2", "colic", "disease", (Term("colic", "name"),)),
]


def finished(folder: Path, *settings: str) -> RunFolder:
    """Run a workflow over two texts with some settings of linking."""
    dictionary.write(folder / "illness.parquet", CONCEPTS)
    texts = ["Podagra is gout. Colic is not.", "Gout, once more."]
    (folder / "a.jsonl").write_text(
        "".join(json.dumps({"id": f"x:{n}", "text": t}) + "\n" for n, t in enumerate(texts))
    )
    lines = ['name = "small"', f'output = "{folder / "run"}"', "[[sources]]", 'kind = "table"', 'path = "a.jsonl"']
    lines += ["[tag]", 'model = "none"', 'dictionaries = ["illness.parquet"]', "[engine]", "workers = 1", "[link]"]
    (folder / "small.toml").write_text("\n".join([*lines, *settings]) + "\n")
    return run(load(folder / "small.toml"), quiet=True).folder


def table(folder: RunFolder, name: str) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = pq.read_table(folder.results / f"{name}.parquet").to_pylist()
    return rows


def test_all_results_speak_of_the_preferred_identifier(tmp_path: Path) -> None:
    folder = finished(tmp_path, 'prefer = { disease = "mondo" }')
    assert [row["concept"] for row in table(folder, "rankings")] == ["mondo:1", "mesh:2"]
    assert [(row["a"], row["b"]) for row in table(folder, "cooccurrence")] == [("mesh:2", "mondo:1")]
    assert {row["concept"] for row in table(folder, "mentions")} == {"mesh:2", "mondo:1"}
    gout = next(row for row in table(folder, "concepts") if row["id"] == "mondo:1")
    assert (gout["name"], gout["terms"], gout["xrefs"]) == ("gout", ["gout", "podagra"], ["mesh:1"])
    assert ask(folder, "mesh:1").concept.id == ask(folder, "PODAGRA").concept.id == "mondo:1"
    assert folder.manifest["settings"]["link"]["prefer"] == {"disease": "mondo"}


def test_another_setting_links_anew_and_what_is_unlinked_is_listed(tmp_path: Path) -> None:
    folder = finished(tmp_path)
    assert (folder.results / "unlinked.tsv").read_text().count("\n") == 1
    assert folder.manifest["counts"]["unlinked"] == 0
    folder = finished(tmp_path, "threshold = 1.0")
    with (folder.results / "unlinked.tsv").open() as stream:
        rows = [tuple(row.values()) for row in csv.DictReader(stream, delimiter="\t")]
    assert rows == [
        ("disease", "gout", "2", "2", "x:0", "Podagra is gout."),
        ("disease", "Colic", "1", "1", "x:0", "Colic is not."),
        ("disease", "Podagra", "1", "1", "x:0", "Podagra is gout."),
    ]
    assert [folder.manifest["counts"][name] for name in ("linked", "unlinked", "ambiguous")] == [0, 4, 0]
    assert table(folder, "rankings") == []
