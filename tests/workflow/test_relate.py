"""The stage `relate`: as a function over tables, and in a whole run with a model of the user's own."""

import json
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from bioweft.opened import Run
from bioweft.records import AnnotatedDocument, Document, Passage, Relation
from bioweft.store.documents import to_row, to_table
from bioweft.store.schemas import MENTIONS, RELATIONS
from bioweft.workflow import stages
from bioweft.workflow.engine import Summary, run
from bioweft.workflow.relate import relate
from bioweft.workflow.settings import load
from tests.relate import made

DOCUMENTS = [
    Document("x:1", (Passage("title", "Rue."), Passage("abstract", "Rue does not cure gout."))),
    Document("x:2", (Passage("title", "Rue alone, rue twice."),)),
    Document("x:3", (Passage("title", "Rue cures gout of pigs."),)),
    Document("x:4", (Passage("title", "Nothing."),)),
]
TERMS = {"rue": ("x:rue", "chemical"), "gout": ("x:gout", "disease")}


class Model:
    """Relates the first mention to the last; pigs break it. It remembers what it was shown."""

    name, digest, on_gpu = "made", "1", False

    def __init__(self) -> None:
        self.shown: list[str] = []

    def load(self) -> None:
        pass

    def relate(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        for annotated in documents:
            self.shown.append(annotated.document.id)
            if "pigs" in annotated.document.text:
                raise ValueError("no pigs")
            last = len(annotated.mentions) - 1
            cue = annotated.document.text.index("not")
            relation = Relation(
                annotated.links[0][0].concept, "biolink:treats", annotated.links[last][0].concept, 0, last, 0, 0.5,
                negated=True, cue=(cue, cue + 3), model=self.name, qualifiers=(("b", "2"), ("a", "1")),
            )  # fmt: skip
            yield replace(annotated, relations=(relation,))


def tables(documents: Iterable[Document]) -> tuple[pa.Table, pa.Table, pa.Table]:
    read = to_table([to_row(document, input_number=0) for document in documents])
    spans, _ = stages.sentences(read)
    rows = []
    for document in documents:
        text = document.text.lower()
        starts = {start: term for term in TERMS for start in range(len(text)) if text.startswith(term, start)}
        for start, term in sorted(starts.items()):
            concept, type_ = TERMS[term]
            rows.append(
                {
                    "document": document.id, "sentence": text[:start].count("\n"), "start": start,
                    "end": start + len(term), "text": document.text[start : start + len(term)], "type": type_,
                    "tagger": "made", "score": 1.0, "concept": concept, "link_score": 1.0, "reason": "name",
                    "candidates": [concept],
                }
            )  # fmt: skip
    return read, spans, pa.Table.from_pylist(rows, schema=MENTIONS)


def test_a_row_says_where_subject_object_and_cue_are() -> None:
    table, rejects = relate(*tables(DOCUMENTS[:2]), Model())
    assert table.schema.equals(RELATIONS)
    assert (table.to_pylist(), rejects) == (
        [
            {
                "document": "x:1", "sentence": 0, "subject": "x:rue", "predicate": "biolink:treats",
                "object": "x:gout", "qualifiers": "a=1;b=2", "subject_start": 0, "subject_end": 3,
                "subject_type": "chemical", "object_start": 23, "object_end": 27, "object_type": "disease",
                "object_sentence": 1, "probability": 0.5, "negated": True, "speculative": False, "cue_start": 14,
                "cue_end": 17, "model": "made",
            }
        ],
        [],
    )  # fmt: skip


def test_documents_that_name_one_concept_or_none_are_not_handed_to_the_model() -> None:
    model = Model()
    relate(*tables([DOCUMENTS[0], DOCUMENTS[1], DOCUMENTS[3]]), model)
    assert model.shown == ["x:1"]


def test_a_document_that_breaks_the_model_is_a_reject_and_keeps_no_other() -> None:
    table, rejects = relate(*tables(DOCUMENTS), Model())
    assert table["document"].to_pylist() == ["x:1"]
    assert [(reject.source, reject.position, reject.reason) for reject in rejects] == [
        ("x:3", "relate", "ValueError: no pigs")
    ]


def test_without_a_model_there_are_no_relations() -> None:
    table, rejects = relate(*tables(DOCUMENTS))
    assert (table.num_rows, table.schema, rejects) == (0, RELATIONS, [])


# A whole run.

TEXTS = [
    "Rue cures gout.",
    "Rue never cures gout. Colic is another thing.",
    "Rue perhaps cures colic.",
    "Nothing is said here.",
    "Rue cures gout of pigs.",
    "Rue cures gout, and rue cures gout again. Rue cures gout.",
]
DICTIONARY = {
    "drug": "curie\tname\tsynonyms\nx:rue\true\t\n",
    "illness": "curie\tname\tsynonyms\nx:gout\tgout\tpodagra\nx:colic\tcolic\t\n",
}
MakeRun = Callable[..., Summary]


@pytest.fixture
def make_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[MakeRun]:
    monkeypatch.syspath_prepend(str(made.install(tmp_path)))

    def make(*overrides: str, name: str = "small") -> Summary:
        for dictionary, content in DICTIONARY.items():
            (tmp_path / f"{dictionary}.tsv").write_text(content)
        rows = [{"id": f"x:{n}", "text": text, "year": 2000 + n} for n, text in enumerate(TEXTS)]
        (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
        lines = [f'name = "{name}"', f'output = "{tmp_path / name}"', "[[sources]]", 'kind = "table"']
        lines += ['path = "a.jsonl"', "[tag]", 'model = "none"', 'dictionaries = ["drug.tsv", "illness.tsv"]']
        lines += ["[relate]", 'model = "cures"', "threshold = 0.25", "[engine]", "workers = 1"]
        (tmp_path / "small.toml").write_text("\n".join(lines) + "\n")
        return run(load(tmp_path / "small.toml", overrides=overrides), quiet=True)

    yield make
    sys.modules.pop("my_relations", None)


def results(summary: Summary) -> dict[str, bytes]:
    folder = summary.folder.path
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for place in ("shards", "results")
        for path in sorted((folder / place).rglob("*"))
        if path.is_file()
    }


def test_a_run_ends_in_triples_with_their_evidence(make_run: MakeRun) -> None:
    summary = make_run()
    frame = Run(summary.folder.path).relations()
    assert frame[["subject", "object", "documents", "sentences", "negated", "speculative"]].to_numpy().tolist() == [
        ["x:rue", "x:colic", 1, 1, 0, 1],
        ["x:rue", "x:gout", 2, 3, 1, 0],
    ]
    assert frame["probability"].tolist() == [0.75, 1 - 0.25 * 0.25]
    (reject,) = map(json.loads, summary.folder.rejects_file.read_text().splitlines())
    assert reject == {"source": "x:4", "position": "relate", "reason": "ValueError: no pigs"}
    edge = frame["edge"][1]
    assert Run(summary.folder.path).evidence(edge)["document"].tolist() == [*["x:5"] * 4, "x:0", "x:1"]
    assert (summary.folder.results / "relations" / "drug-illness.tsv").is_file()
    assert not make_run().new


def test_two_workers_give_the_same_bytes(make_run: MakeRun) -> None:
    assert results(make_run(name="one")) == results(make_run("engine.workers=2", name="two"))


def test_only_relations_are_made_anew_for_another_threshold_or_none(make_run: MakeRun) -> None:
    before = results(make_run())
    after = results(make_run("relate.threshold=0.9"))
    assert {name for name in before if name.startswith("shards/") and name not in after} == {
        name for name in before if name.startswith("shards/relate/")
    }
    summary = make_run("relate.model=none")
    assert "relate" not in summary.manifest["tools"]
    assert pq.read_table(summary.folder.results / "relations.parquet").num_rows == 0
    assert not list((summary.folder.results / "relations").glob("*"))
    assert summary.rejects == 0
