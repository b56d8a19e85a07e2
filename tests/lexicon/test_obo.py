from pathlib import Path

import pytest

from bioweft.errors import DictionaryError
from bioweft.lexicon import obo
from bioweft.records import Concept, Term

TOYS = """format-version: 1.2
ontology: toys

[Term]
id: TOY:1
name: red ball
synonym: "crimson ball" EXACT []
synonym: "ball-like thing" BROAD []
synonym: "RB1" RELATED []
xref: MESH:D000001
xref: https\\://example.org/ball
is_a: TOY:2 ! ball

[Term]
id: TOY:2
name: ball

[Term]
id: TOY:3
name: obsolete hoop
is_obsolete: true

[Term]
id: CVCL_0030
name: HeLa
"""


def test_terms_of_an_ontology_become_concepts(tmp_path: Path) -> None:
    (tmp_path / "toys.obo").write_text(TOYS)
    assert obo.read(tmp_path / "toys.obo", type="toy") == [
        Concept("cellosaurus:CVCL_0030", "HeLa", "toy", (Term("HeLa", "symbol"),)),
        Concept(
            "toy:1",
            "red ball",
            "toy",
            (Term("red ball", "name"), Term("crimson ball"), Term("RB1", "symbol"), Term("ball-like thing", "weak")),
            xrefs=("mesh:D000001",),
            parents=("toy:2",),
        ),
        Concept("toy:2", "ball", "toy", (Term("ball", "name"),)),
    ]


def test_references_inside_an_ontology_merge_nothing(tmp_path: Path) -> None:
    (tmp_path / "t.obo").write_text(
        "format-version: 1.2\n\n[Term]\nid: A:1\nname: hoop\nxref: B:1\n\n[Term]\nid: B:1\nname: ring\n"
    )
    assert [concept.id for concept in obo.read(tmp_path / "t.obo", type="toy")] == ["a:1", "b:1"]


@pytest.mark.parametrize("content", [b"\x00\x01\x02", b"", b"format-version: 1.2\n\n[Term]\nid A:1\n"])
def test_what_is_no_ontology_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.obo").write_bytes(content)
    with pytest.raises(DictionaryError, match=r"bad\.obo"):
        obo.read(tmp_path / "bad.obo", type="toy")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DictionaryError, match="no ontology file"):
        obo.read(tmp_path / "none.obo", type="toy")
