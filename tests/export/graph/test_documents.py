"""The annotated documents of a run, with texts that break formats, read back by the library of another tool or ours."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from bioc import biocjson, biocxml

from bioweft.export.graph import export
from bioweft.export.graph.documents import open_documents
from bioweft.export.graph.filters import Filters, from_values
from bioweft.export.graph.formats import DOCUMENTS
from bioweft.export.prefixes import biolink
from bioweft.records import AnnotatedDocument
from bioweft.relate.predicates import canonical
from bioweft.shown import one_for_one
from bioweft.sources import bioc as bioc_source
from bioweft.sources import brat, jsonl, pubtator
from bioweft.store.run import RunFolder
from tests.export.graph.conftest import ALL, Hostile
from tests.export.graph.killing import killed_export

READERS = {
    "pubtator": ("documents.pubtator", pubtator.read_annotated),
    "bioc": ("documents.xml", bioc_source.read_annotated),
    "bioc-json": ("documents.json", bioc_source.read_annotated),
    "jsonl": ("documents.jsonl", jsonl.read_annotated),
    "brat": ("documents", brat.read_annotated),
}


def read(folder: Path, tmp_path: Path, **filters: object) -> list[AnnotatedDocument]:
    with open_documents(RunFolder(folder), from_values(filters), temporary=tmp_path / "spill") as documents:
        made = list(documents)
        assert documents.counts == {
            "documents": len(made),
            "mentions": sum(len(annotated.mentions) for annotated in made),
            "relations": sum(len(annotated.relations) for annotated in made),
        }
        return made


@pytest.fixture(scope="module")
def made(hostile: Hostile, tmp_path_factory: pytest.TempPathFactory) -> list[AnnotatedDocument]:
    with open_documents(hostile.run, ALL, temporary=tmp_path_factory.mktemp("spill")) as documents:
        return list(documents)


@pytest.fixture(scope="module")
def written(hostile: Hostile, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    folders: dict[str, Path] = {}

    def of(name: str) -> Path:
        if name not in folders:
            folders[name] = tmp_path_factory.mktemp("documents") / name
            export(hostile.run, name, folders[name], filters=ALL)
        return folders[name]

    return of


def test_documents_have_every_statement_of_the_graph(hostile: Hostile, made: list[AnnotatedDocument]) -> None:
    assert sorted(annotated.document.id for annotated in made) == ["cord:x1", "file:a b.txt", "pmid:1", "pmid:2"]
    statements = sorted(
        (edge.subject, edge.predicate, edge.qualifiers, edge.object, statement.document, statement.negated)
        for edge in hostile.relations
        for statement in edge.statements
    )
    assert statements == sorted(
        (r.subject, r.predicate, canonical(r.qualifiers), r.object, annotated.document.id, r.negated)
        for annotated in made
        for r in annotated.relations
    )
    for annotated in made:
        for mention in annotated.mentions:
            assert annotated.document.text[mention.start : mention.end] == mention.text
        for relation in annotated.relations:
            assert relation.subject in [link.concept for link in annotated.links[relation.subject_mention]]
            assert relation.sentence < len(annotated.sentences)


@pytest.mark.parametrize("name", READERS)
def test_documents_read_back(written: Callable[[str], Path], made: list[AnnotatedDocument], name: str) -> None:
    file, reader = READERS[name]
    records = list(reader(written(name) / file))
    assert len(records) == len(made)
    expected = sorted((flat(annotated.document.text), spans(annotated)) for annotated in made)
    assert sorted((flat(record.document.text), spans(record)) for record in records) == expected


def flat(text: str) -> str:
    return " ".join(one_for_one(text).split())


def spans(annotated: AnnotatedDocument) -> list[tuple[int, int, str]]:
    return [(mention.start, mention.end, mention.type) for mention in annotated.mentions]


def relations(made: list[AnnotatedDocument], *, denied: bool = True) -> Iterator[tuple[str, str]]:
    """Yield predicate with qualifiers, and document, of each relation."""
    for annotated in made:
        for relation in annotated.relations:
            if denied or not relation.negated:
                label = ";".join(filter(None, (relation.predicate, canonical(relation.qualifiers))))
                yield label, annotated.document.id


@pytest.mark.parametrize("name", ["bioc", "bioc-json"])
def test_relations_in_the_library_of_bioc(
    written: Callable[[str], Path], made: list[AnnotatedDocument], name: str
) -> None:
    path = written(name) / READERS[name][0]
    with path.open(encoding="utf-8") as stream:
        collection = (biocxml if name == "bioc" else biocjson).load(stream)
    for document, annotated in zip(collection.documents, made, strict=True):
        named = {a.id: a for passage in document.passages for a in passage.annotations}
        assert len(named) == len(annotated.mentions)
        assert len(document.relations) == len(annotated.relations)
        for relation, said in zip(document.relations, annotated.relations, strict=True):
            assert relation.infons["type"] == said.predicate
            assert relation.infons.get("qualifiers", "") == canonical(said.qualifiers)
            assert relation.infons["negated"] == str(said.negated).lower()
            assert float(relation.infons["probability"]) == said.probability
            subject, object_ = (named[node.refid] for node in relation.nodes)
            assert subject.text == one_for_one(annotated.mentions[said.subject_mention].text)
            assert object_.locations[0].offset == annotated.mentions[said.object_mention].start


def test_relations_in_json_lines(written: Callable[[str], Path], made: list[AnnotatedDocument]) -> None:
    lines = (written("jsonl") / "documents.jsonl").read_text(encoding="utf-8").split("\n")[:-1]
    for row, annotated in zip(map(json.loads, lines), made, strict=True):
        assert [passage["text"] for passage in row["passages"]] == [p.text for p in annotated.document.passages]
        assert [(r["subject"], r["object"], r["probability"]) for r in row["relations"]] == [
            (r.subject, r.object, r.probability) for r in annotated.relations
        ]


def test_relations_in_pubtator_and_brat(written: Callable[[str], Path], made: list[AnnotatedDocument]) -> None:
    lines = (written("pubtator") / "documents.pubtator").read_text(encoding="utf-8").split("\n")
    found = [line.split("\t") for line in lines if "biolink:" in line and line.count("\t") == 3]
    assert {(label, id_) for id_, label, _, _ in found} == {
        (label, id_.removeprefix("pmid:")) for label, id_ in relations(made, denied=False)
    }
    subjects = {subject for _, _, subject, _ in found}
    assert subjects == {biolink("mesh:D001241")}
    marked = [
        line.split("\t")[1].split(" ")[0]
        for path in (written("brat") / "documents").glob("*.ann")
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.startswith("R")
    ]
    names = [label.partition(":")[2].partition(";")[0] for label, _ in relations(made, denied=False)]
    assert sorted(marked) == sorted(names)


@pytest.mark.parametrize(
    ("filters", "documents", "predicates"),
    [
        ({}, 5, {"treats", "affects"}),
        ({"predicates": ["affects"]}, 5, {"affects"}),
        ({"kinds": ["cooccurrence"]}, 5, set()),
        ({"types": ["chemical", "gene"]}, 5, {"affects"}),
        ({"years": (2018, 2018)}, 1, {"treats"}),
        ({"around": ["headache"]}, 2, {"treats"}),
        ({"least_probability": 0.6}, 5, {"affects"}),
        ({"retracted": False}, 4, {"treats"}),
        ({"top": 1}, 5, {"affects"}),
    ],
)
def test_filters(small: Path, tmp_path: Path, filters: dict[str, object], documents: int, predicates: set[str]) -> None:
    made = read(small, tmp_path, **filters)
    assert len(made) == documents
    assert {r.predicate.partition(":")[2] for annotated in made for r in annotated.relations} == predicates
    if "types" in filters:
        assert {mention.type for annotated in made for mention in annotated.mentions} == {"chemical", "gene"}


def test_identifiers_of_another_vocabulary(small: Path, tmp_path: Path) -> None:
    with open_documents(RunFolder(small), Filters(), temporary=tmp_path, prefer={"chemical": "chebi"}) as documents:
        made = list(documents)
    assert {relation.subject for annotated in made for relation in annotated.relations} == {"chebi:15365"}


_SLOWED = """
every = documents.Documents.__iter__
def slow(self):
    for number, annotated in enumerate(every(self)):
        yield annotated
        if number == 1:
            print("half", flush=True)
            time.sleep(60)
documents.Documents.__iter__ = slow
"""


@pytest.mark.parametrize("name", DOCUMENTS)
def test_an_export_that_is_killed_leaves_nothing(small: Path, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "out"
    process = killed_export(small, name, folder, slowed=_SLOWED)
    assert [path.name for path in folder.iterdir()] == [f"export.{process}.part"]
    about = export(RunFolder(small), name, folder)
    assert {path.name for path in folder.iterdir()} == {*(name.rstrip("/") for name in about["files"]), "export.json"}
    export(RunFolder(small), name, folder)  # over what is there
