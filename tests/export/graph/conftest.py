"""A run whose names, sentences and one identifier hold what breaks formats, and its graph as the stream has it."""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pytest

from bioweft.export.graph.filters import Filters
from bioweft.export.graph.model import Edge, Node
from bioweft.export.graph.reading import open_graph
from bioweft.records import Document, Passage
from bioweft.store.run import RunFolder
from tests import small_run
from tests.small_run import STATEMENTS, Statement, write_run

NAMES = {
    "mesh:D001241": "Asp\tirin\n\"quoted\" 'single' | pipe; semicolon, comma\\",
    "mesh:D006261": "Crohn's disease",
    "mesh:D009203": "𝔸𝕤𝕡 \U0001f9ec β <b>&amp;</b> é e\u0301 \u202e",
    "ncbigene:5743": "nul\x00 escape\x1b unit\x1f return\r page\x0c next\x85 line\u2028",
    "ncbitaxon:9606": '"',
}
SYNONYMS = ["a|b", "c;d", 'e"f', "g\\h", "[]", "NA", "null", "i\tj\nk", "𝔸", "=1+1", "l\x1fm", ""]
ODD_ID = 'toy:a|b;c "d" 100%/é#?'


def hostile_concepts() -> pa.Table:
    rows = small_run.CONCEPTS.to_pylist()
    for row in rows:
        row["name"] = NAMES[row["id"]]
        row["terms"] = [*row["terms"], *SYNONYMS]
        if row["id"] == "ncbitaxon:9606":
            row["id"] = ODD_ID
    return pa.Table.from_pylist(rows, schema=small_run.CONCEPTS.schema)


DOCUMENTS = [
    Document(
        "pmid:1",
        (
            Passage("title", 'Aspirin\tfor | "headache"; it\'s 𝔸\U0001f9ec\\ <b> é.'),
            Passage("abstract", "Aspirin helps. Patients\thad\x0b\r headache."),
        ),
        year=2018,
        journal="Pain, \"Notes\"",
    ),
    Document("pmid:2", (Passage("title", "Aspirin after heart attack. It blocks COX-2 in patients."),), year=2019,
             doi="10.1002/(sici)1097;2-#<x>"),
    Document("cord:x1", (Passage("title", "Aspirin and COX-2."),), year=2020, doi="10.1/a|b;c", flags=("retracted",)),
    Document("file:a b.txt", (Passage("title", "Aspirin for headache."),), pmcid="PMC7"),
]  # fmt: skip

HOSTILE_STATEMENTS = [
    *[statement for statement in STATEMENTS if statement.document != "pmid:5"],
    Statement("cord:x1", "Aspirin", "biolink:affects", "COX-2", 0.5, qualifiers=small_run.HINDERS),
    Statement("file:a b.txt", "Aspirin", "biolink:treats", "headache", 0.9),
]


@dataclass(frozen=True)
class Hostile:
    """A run and all that its graph has."""

    run: RunFolder
    nodes: list[Node]
    edges: list[Edge]

    @property
    def ids(self) -> list[str]:
        return [node.id for node in self.nodes]

    @property
    def relations(self) -> list[Edge]:
        return [edge for edge in self.edges if edge.kind == "relation"]


ALL = Filters(denied=True, least_documents=1)


@pytest.fixture(scope="session")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Hostile:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(small_run, "CONCEPTS", hostile_concepts())
        odd = {term: (ODD_ID, type_) if type_ == "species" else (id_, type_) for term, (id_, type_) in
               small_run.TERMS.items()}  # fmt: skip
        patch.setattr(small_run, "TERMS", odd)
        run = RunFolder(
            write_run(tmp_path_factory.mktemp("runs") / "hostile", DOCUMENTS, statements=HOSTILE_STATEMENTS)
        )
    with open_graph(run, ALL, temporary=tmp_path_factory.mktemp("spill"), sentences=None, numbered=True) as graph:
        return Hostile(run, list(graph.nodes()), list(graph.edges()))


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A finished run with relations."""
    return write_run(tmp_path_factory.mktemp("runs") / "small", statements=STATEMENTS)
