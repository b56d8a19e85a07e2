"""The table of the Biolink model, and the check of KGX files against it."""

import json
from pathlib import Path

import pytest

from bioweft.errors import InputError
from bioweft.export.graph import biolink, export
from bioweft.export.graph.check import check
from bioweft.relate.predicates import MEANINGS, canonical
from tests.export.graph.conftest import ALL, Hostile

pytest.importorskip("biolink_model", reason="the table is made of the package biolink-model")
from benchmarks import biolink_table
from biolink_model.datamodel import pydanticmodel_v2 as model


def test_the_table_is_that_of_the_installed_model() -> None:
    assert biolink.TABLE.read_text(encoding="utf-8") == biolink_table.as_text(
        biolink_table.derive(biolink_table.read())
    )


@pytest.mark.parametrize(
    ("type_", "curie", "category"),
    [
        ("disease", "mesh:D006261", "Disease"),
        ("disease", "hp:0002315", "PhenotypicFeature"),
        ("gene", "ncbigene:7157", "Gene"),
        ("gene", "fplx:AKT", "GeneFamily"),
        ("cell_type", "cl:0000084", "Cell"),
        ("instrument", "toy:1", "NamedThing"),
    ],
)
def test_categories(type_: str, curie: str, category: str) -> None:
    assert biolink.category(type_, curie) == category
    assert hasattr(model, category)


@pytest.mark.parametrize(
    ("edge", "association", "predicate", "is_general"),
    [
        (("ChemicalEntity", "biolink:treats", "Disease"), "ChemicalEntityToDiseaseOrPhenotypicFeatureAssociation",
         "treats", False),
        (("Gene", "biolink:associated_with", "Disease"), "GeneToDiseaseAssociation", "associated_with", False),
        (("GeneFamily", "biolink:associated_with", "Disease"), "Association", "associated_with", False),
        (("Gene", "biolink:biomarker_for", "Disease"), "CorrelatedGeneToDiseaseAssociation", "biomarker_for", False),
        (("OrganismTaxon", "biolink:has_adverse_event", "Disease"), "Association", "affects", True),
        (("Disease", "biolink:treats", "Disease"), "Association", "related_to_at_instance_level", True),
        (("NamedThing", "biolink:invented", "NamedThing"), "Association", "related_to", True),
    ],
)  # fmt: skip
def test_what_an_edge_is(edge: tuple[str, str, str], association: str, predicate: str, is_general: bool) -> None:
    meaning = biolink.meaning(*edge)
    assert (meaning.association, meaning.predicate, meaning.is_general) == (association, predicate, is_general)


ENDS = ["Gene", "GeneFamily", "ChemicalEntity", "Disease", "PhenotypicFeature", "OrganismTaxon", "Cell", "NamedThing"]


@pytest.mark.parametrize("label", MEANINGS)
def test_every_relation_of_ours_is_valid_between_any_concepts(label: str) -> None:
    """The library's own classes take every edge; the slots that they do not know are bioweft's."""
    ours = MEANINGS[label]
    for subject in ENDS:
        for object_ in ENDS:
            edge = biolink.meaning(subject, ours.predicate, object_, canonical(ours.qualifiers.items()))
            assert biolink.fits(subject, edge.predicate, object_)
            values = {"predicate": f"biolink:{edge.predicate}", **edge.qualifiers}
            getattr(model, edge.association)(
                id="x:1", subject="x:2", object="x:3", knowledge_level="prediction", agent_type="text_mining_agent",
                category=[f"biolink:{edge.association}"], **values,
            )  # fmt: skip


@pytest.fixture
def folder(hostile: Hostile, tmp_path: Path) -> Path:
    export(hostile.run, "kgx", tmp_path / "kgx", filters=ALL)
    return tmp_path / "kgx"


def test_what_is_written_is_valid(hostile: Hostile, folder: Path, tmp_path: Path) -> None:
    report = check(folder, temporary=tmp_path)
    assert report.faults == []
    assert (report.nodes, report.edges) == (len(hostile.nodes), len(hostile.edges))
    for name in ("edges", "cooccurrence_edges"):
        for line in (folder / f"{name}.jsonl").read_text(encoding="utf-8").split("\n")[:-1]:
            row = json.loads(line)
            own = biolink_own(row)
            getattr(model, row["category"][0].removeprefix("biolink:"))(**own)


def biolink_own(row: dict[str, object]) -> dict[str, object]:
    from bioweft.export.graph.kgx import OWN_EDGE_COLUMNS

    return {key: value for key, value in row.items() if key not in OWN_EDGE_COLUMNS}


def test_faults_are_grouped_with_five_examples(folder: Path, tmp_path: Path) -> None:
    node = {"id": "MESH:1", "category": ["biolink:Disease"], "name": "x"}
    wrong_nodes = [node, node, {"id": "nothing"}, {"id": "a:1", "category": ["biolink:Illness"], "colour": "red"}]
    good = {
        "subject": "MESH:1", "predicate": "biolink:associated_with", "object": "MESH:1",
        "category": ["biolink:Association"], "knowledge_level": "prediction", "agent_type": "text_mining_agent",
        "primary_knowledge_source": "infores:x",
    }  # fmt: skip
    wrong_edges = [
        *({**good, "id": f"e{i}", "object": "MESH:2"} for i in range(7)),
        {**good, "id": "treats", "predicate": "biolink:treats"},
        {**good, "id": "cures", "predicate": "biolink:cures"},
        {**good, "id": "level", "knowledge_level": "guess"},
        {**good, "id": "slot", "strength": 1},
        {key: value for key, value in good.items() if key != "agent_type"} | {"id": "required"},
    ]
    for name, rows in (("nodes", wrong_nodes), ("edges", wrong_edges), ("cooccurrence_edges", [])):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    faults = {fault.message: (fault.count, fault.examples) for fault in check(folder, temporary=tmp_path).faults}
    assert faults == {
        "edge: object is no node": (7, ["e0", "e1", "e2", "e3", "e4"]),
        "edge: the subject of treats must be a ChemicalOrDrugOrTreatment, and is a Disease": (1, ["treats"]),
        "edge: no predicate biolink:cures": (1, ["cures"]),
        "edge: knowledge_level cannot be 'guess'": (1, ["level"]),
        "edge: biolink:Association has no slot strength": (1, ["slot"]),
        "edge: has no agent_type": (1, ["required"]),
        "node: has no category": (1, ["nothing"]),
        "node: id is no CURIE": (1, ["nothing"]),
        "node: no category biolink:Illness": (1, ["a:1"]),
        "node: no slot colour": (1, ["a:1"]),
        "node: several have this id": (1, ["MESH:1"]),
    }


def test_there_must_be_files(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no KGX export"):
        check(tmp_path, temporary=tmp_path)
