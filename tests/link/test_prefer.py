"""Concepts under the identifiers of another vocabulary."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from bioweft.errors import NotFoundError
from bioweft.lexicon import dictionary
from bioweft.link.linker import DictionaryLinker
from bioweft.link.prefer import PreferringLinker, names, preferred, renamed
from bioweft.link.registry import open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument, Concept, Document, Link, Mention, Passage, Term

CONCEPTS = [
    Concept("mesh:1", "gout", "disease", (Term("gout", "name"),), ("doid:1", "mondo:1", "mondo:2")),
    Concept("mesh:2", "colic", "disease", (Term("colic", "name"),), ("doid:2",)),
    Concept("mondo:3", "croup", "disease", (Term("croup", "name"),), ("doid:3",)),
    Concept("mesh:4", "ether", "chemical", (Term("ether", "name"),), ("chebi:4", "mondo:4")),
]


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    dictionary.write(tmp_path / "all.parquet", CONCEPTS)
    return [str(tmp_path / "all.parquet")]


class Linker:
    """Says that every mention is gout, or ether."""

    name, digest, on_gpu = "all", "1", False

    def load(self) -> None:
        pass

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        for annotated in documents:
            link = Link("mesh:1", 0.5, "name", ("mesh:1", "mesh:2", "mondo:1"))
            yield replace(annotated, links=tuple((link,) for _ in annotated.mentions))


def test_a_concept_has_the_first_cross_reference_to_the_vocabulary_else_its_own(files: list[str]) -> None:
    assert preferred(files, {"disease": "mondo"}) == {"mesh:1": "mondo:1"}
    assert preferred(files, {"disease": "doid", "chemical": "chebi"}) == {
        "mesh:1": "doid:1",
        "mesh:2": "doid:2",
        "mondo:3": "doid:3",
        "mesh:4": "chebi:4",
    }
    assert preferred(files, {"disease": "mesh"}) == preferred(files, {}) == {}


@pytest.mark.parametrize(
    ("prefer", "message"),
    [
        ({"diseases": "mondo"}, r"no type 'diseases' .* hold: chemical, disease \(did you mean 'disease'"),
        ({"disease": "mondoo"}, r"no disease has .* 'mondoo'; there are: doid, mesh, mondo \(did you mean 'mondo'"),
        ({"disease": "chebi"}, r"no disease has an identifier of the vocabulary 'chebi'"),
    ],
)
def test_what_is_not_there_is_said(files: list[str], prefer: dict[str, str], message: str) -> None:
    with pytest.raises(NotFoundError, match=message):
        open_linker(LinkSettings(prefer=prefer), files)


def test_links_and_candidates_bear_the_preferred_identifier(files: list[str]) -> None:
    linker = PreferringLinker(Linker(), files, {"disease": "mondo"})
    document = AnnotatedDocument(Document("x:1", (Passage("title", "gout"),)), (), (Mention(0, 4, "gout", "disease"),))
    (annotated,) = linker.link([document])
    assert annotated.links == ((Link("mondo:1", 0.5, "name", ("mondo:1", "mesh:2")),),)
    assert annotated.mentions == document.mentions


def test_the_digest_tells_preferences_and_dictionaries_apart(files: list[str], tmp_path: Path) -> None:
    mondo, doid = (PreferringLinker(Linker(), files, {"disease": name}) for name in ("mondo", "doid"))
    before = mondo.digest
    assert before == PreferringLinker(Linker(), files, {"disease": "mondo"}).digest != doid.digest
    dictionary.write(tmp_path / "all.parquet", CONCEPTS[:1])
    assert PreferringLinker(Linker(), files, {"disease": "mondo"}).digest != before


def test_concepts_are_described_by_the_preferred_identifier(files: list[str]) -> None:
    curies = preferred(files, {"disease": "mondo"})
    table: pa.Table = renamed(dictionary.read_table(Path(files[0])), curies)
    rows = {row["id"]: row["xrefs"] for row in table.to_pylist()}
    assert rows["mondo:1"] == ["mesh:1", "doid:1", "mondo:2"]
    assert rows["mesh:2"] == ["doid:2"]
    assert names(files, {"disease": "mondo"})["mondo:1"] == names(files)["mesh:1"] == "gout"


def test_without_a_preference_the_linker_is_as_it_is(files: list[str]) -> None:
    assert isinstance(open_linker(LinkSettings(), files), DictionaryLinker)
