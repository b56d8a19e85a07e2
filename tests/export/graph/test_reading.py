"""The stream of nodes and edges, and what filters leave of it."""

from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest

from bioweft.errors import NotFoundError, SettingsError
from bioweft.export.graph import GRAPHS, export
from bioweft.export.graph.filters import Filters, from_values
from bioweft.export.graph.model import Edge, Node
from bioweft.export.graph.reading import open_graph
from bioweft.export.graph.tables import EDGES
from bioweft.records import Document, Passage
from bioweft.store.run import RunFolder
from tests import small_run
from tests.export.graph.conftest import NAMES, ODD_ID, SYNONYMS, Hostile
from tests.small_run import DOCUMENTS, HINDERS, STATEMENTS, TERMS, Statement, write_run


def read(folder: Path, tmp_path: Path, *, prefer=None, sentences=1, **filters) -> tuple[list[Node], list[Edge]]:
    with open_graph(
        RunFolder(folder), from_values(filters), temporary=tmp_path, prefer=prefer, sentences=sentences
    ) as graph:
        nodes, edges = list(graph.nodes()), list(graph.edges())
        counts = {kind: sum(edge.kind == kind for edge in edges) for kind in ("relation", "cooccurrence")}
        assert graph.counts == {"nodes": len(nodes), **counts}
        return nodes, edges


def said(edges: list[Edge]) -> list[tuple[str, str, str]]:
    return sorted((edge.subject, edge.predicate.partition(":")[2], edge.object) for edge in edges)


TREATS = ("mesh:D001241", "treats", "mesh:D006261")
MAYBE = ("mesh:D001241", "treats", "ncbitaxon:9606")
DENIED = ("mesh:D001241", "treats", "mesh:D009203")
AFFECTS = ("mesh:D001241", "affects", "ncbigene:5743")
PATIENTS = ("mesh:D001241", "occurs_together_in_literature_with", "ncbitaxon:9606")
TOGETHER = ("mesh:D001241", "occurs_together_in_literature_with", "ncbigene:5743")


def test_nodes_are_those_that_edges_connect(small: Path, tmp_path: Path) -> None:
    nodes, edges = read(small, tmp_path, kinds=["relation"])
    assert [node.id for node in nodes] == sorted({end for edge in edges for end in (edge.subject, edge.object)})
    assert [node.number for node in nodes] == list(range(len(nodes)))
    aspirin = nodes[0]
    assert (aspirin.name, aspirin.type, aspirin.documents) == ("Aspirin", "chemical", 3)
    assert aspirin.synonyms == ("Aspirin", "acetylsalicylic acid")
    assert aspirin.xrefs == ("chebi:15365",)


def test_edges_have_documents_and_sentences(small: Path, tmp_path: Path) -> None:
    _, edges = read(small, tmp_path, predicates=["affects"], kinds=["relation"], sentences=None)
    (edge,) = edges
    assert (edge.qualifiers, edge.documents, edge.probability, edge.retracted) == (HINDERS, 1, 0.75, 1)
    assert edge.publications == ["pmid:2"]
    assert edge.supporting_text == ["Aspirin after heart attack. … It blocks COX-2 in patients."]
    by_document = {statement.document: statement for statement in edge.statements}
    assert (by_document["pmid:2"].subject, by_document["pmid:2"].object) == ("Aspirin", "COX-2")
    assert (by_document["pmid:5"].retracted, by_document["pmid:5"].text) == (
        True, "COX-2 β-sheets and aspirin, with aspirin again.")  # fmt: skip


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"kinds": ["relation"]}, [AFFECTS, TREATS, MAYBE]),
        ({}, [AFFECTS, TOGETHER, PATIENTS, TREATS, MAYBE]),
        ({"kinds": "cooccurrence"}, [TOGETHER, PATIENTS]),
        ({"kinds": "relation", "denied": True}, [AFFECTS, TREATS, DENIED, MAYBE]),
        ({"kinds": "relation", "negated": True}, [DENIED]),
        ({"kinds": "relation", "negated": False}, [AFFECTS, TREATS, MAYBE]),
        ({"kinds": "relation", "speculative": False}, [AFFECTS, TREATS]),
        ({"kinds": "relation", "speculative": True}, [MAYBE]),
        ({"kinds": "relation", "retracted": False}, [TREATS, MAYBE]),
        ({"types": ["chemical", "gene"]}, [AFFECTS, TOGETHER]),
        ({"kinds": "relation", "predicates": ["biolink:treats"]}, [TREATS, MAYBE]),
        ({"kinds": "relation", "least_probability": 0.6}, [AFFECTS]),
        ({"kinds": "relation", "least_documents": 2}, []),
        ({"kinds": "relation", "years": (2018, 2018)}, [TREATS, MAYBE]),
        ({"kinds": "relation", "years": (2019, None)}, [AFFECTS]),
        ({"kinds": "relation", "top": 1}, [AFFECTS]),
        ({"kinds": "relation", "around": ["headache"]}, [TREATS]),
        ({"kinds": "relation", "around": ["headache"], "hops": 2}, [AFFECTS, TREATS, MAYBE]),
        ({"kinds": "relation", "around": ["headache"], "hops": 2, "top": 2}, [AFFECTS, TREATS]),
    ],
)
def test_filters(small: Path, tmp_path: Path, filters, expected) -> None:
    assert said(read(small, tmp_path, **filters)[1]) == sorted(expected)


def test_years_count_anew(small: Path, tmp_path: Path) -> None:
    _, edges = read(small, tmp_path, years=(2019, 2019), least_documents=1)
    counted = {(edge.kind, edge.subject, edge.object): edge for edge in edges}
    affects = counted["relation", "mesh:D001241", "ncbigene:5743"]
    assert (affects.documents, affects.retracted, affects.publications) == (1, 0, ["pmid:2"])
    together = counted["cooccurrence", "mesh:D001241", "ncbigene:5743"]
    assert (together.documents, together.sentences, together.npmi_documents) == (1, 0, 1.0)


def test_preferred_identifiers(small: Path, tmp_path: Path) -> None:
    nodes, edges = read(small, tmp_path, prefer={"disease": "doid", "chemical": "chebi"}, denied=True)
    assert nodes[0].id == "chebi:15365"
    assert nodes[0].xrefs == ("mesh:D001241",)
    assert {edge.subject for edge in edges} == {"chebi:15365"}
    assert {edge.object for edge in edges} == {"mesh:D006261", "doid:5844", "ncbigene:5743", "ncbitaxon:9606"}


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"types": ["protien"]}, "no entity type 'protien'"),
        ({"predicates": ["treat"]}, "did you mean 'treats'"),
        ({"around": ["asprin"]}, "did you mean 'Aspirin'"),
        ({"prefer": {"disease": "mondoo"}}, "no disease in .* has an identifier of the vocabulary 'mondoo'"),
    ],
)
def test_what_the_run_lacks(small: Path, tmp_path: Path, filters, message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        read(small, tmp_path, **filters)


@pytest.mark.parametrize(
    ("filters", "message"),
    [
        ({"kinds": ["relations"]}, "did you mean 'relation'"),
        ({"years": (2020, 2010)}, "FIRST-LAST"),
        ({"type": ["gene"]}, "did you mean 'types'"),
    ],
)
def test_wrong_filters(filters, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        from_values(filters)


def test_hostile_names_come_through_the_stream(hostile: Hostile) -> None:
    names = {node.id: node.name for node in hostile.nodes}
    assert names == {(ODD_ID if id_ == "ncbitaxon:9606" else id_): name for id_, name in NAMES.items()}
    assert all(set(SYNONYMS) <= set(node.synonyms) for node in hostile.nodes)
    texts = [statement.text for edge in hostile.relations for statement in edge.statements]
    assert 'Aspirin\tfor | "headache"; it\'s 𝔸\U0001f9ec\\ <b> é.' in texts
    publications = {publication for edge in hostile.edges for publication in edge.publications}
    assert publications == {"pmid:1", "pmid:2", "pmcid:PMC7"}


def test_a_publication_is_the_pmid_of_a_document_then_its_doi(tmp_path: Path) -> None:
    title = (Passage("title", "Aspirin for headache."),)
    documents = [
        Document("cord:a", title, doi="10.1/a", pmid="77"),
        Document("cord:b", title, doi="10.1/b", pmcid="PMC7"),
        Document("cord:c", title),
    ]
    statements = [Statement(d.id, "Aspirin", "biolink:treats", "headache", 0.9) for d in documents]
    run = write_run(tmp_path / "run", documents, statements=statements)
    _, (edge, *_) = read(run, tmp_path, kinds="relation")
    assert sorted(edge.publications) == ["cord:c", "doi:10.1/b", "pmid:77"]


def test_without_filters_nothing_is_kept(small: Path, tmp_path: Path) -> None:
    assert Filters().least("relation") == 1
    assert read(small, tmp_path) == read(small, tmp_path)


@pytest.mark.parametrize("to", GRAPHS)
def test_names_without_identifier_are_no_nodes_where_readers_need_identifiers(
    to: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Aspirin has an identifier, its headache a name alone."""
    by_text = "text:disease/headache"
    named = {term: (by_text if id_ == "mesh:D006261" else id_, type_) for term, (id_, type_) in TERMS.items()}
    monkeypatch.setattr(small_run, "TERMS", named)
    run = RunFolder(write_run(tmp_path / "run", statements=STATEMENTS))
    needs_identifiers = GRAPHS[to].identified
    assert needs_identifiers == (to in ("kgx", "rdf"))
    with open_graph(run, Filters(least_documents=1), temporary=tmp_path, identified=needs_identifiers) as graph:
        nodes = [node.id for node in graph.nodes()]
        ends = {end for edge in graph.edges() for end in (edge.subject, edge.object)}
    assert (by_text in nodes) == (by_text in ends) == (not needs_identifiers)
    assert set(nodes) == ends >= {"mesh:D001241", "ncbigene:5743"}
    about = export(run, to, tmp_path / "out", filters=Filters(least_documents=1))
    assert about["counts"]["nodes"] == len(nodes)


def test_an_edge_has_the_columns_of_the_tables() -> None:
    names = [field.name for field in fields(Edge)]
    assert names[: names.index("subject_number")] == [name for name in EDGES.names if name != "publications"]


def test_a_pair_names_the_newest_documents_that_have_both(tmp_path: Path) -> None:
    doubled = [
        *DOCUMENTS,
        replace(DOCUMENTS[0], id="doi:10.1/x", year=2022),
        replace(DOCUMENTS[0], id="pmid:7", year=2021, flags=("retracted",)),
    ]
    folder = write_run(tmp_path / "run", doubled)

    def together(**options: Any) -> list[str]:
        filters = Filters(least_documents=1, **options.pop("filters", {}))
        with open_graph(RunFolder(folder), filters, temporary=tmp_path / "spill", **options) as graph:
            pairs = {(edge.subject, edge.object): edge.publications for edge in graph.pairs()}
        return pairs["mesh:D001241", "mesh:D006261"]

    assert together() == ["doi:10.1/x", "pmid:1"]
    assert together(publications=1) == ["doi:10.1/x"]
    assert together(publications=0) == []
    assert together(filters={"years": (None, 2018)}) == ["pmid:1"]
    assert together(numbered=True) == ["doi:10.1/x", "pmid:1"]
