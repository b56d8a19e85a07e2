"""A relation model of the user's own, found by an entry point of an installed package."""

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

import pytest

from bioweft import resources
from bioweft.errors import InputError, NotFoundError
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage, Relation
from bioweft.relate.base import RelationModel
from bioweft.relate.registry import open_relation_model
from bioweft.relate.settings import RelateSettings
from bioweft.text import sentences
from tests.relate import made

TERMS = {"Rue": ("chemical", "x:rue"), "gout": ("disease", "x:gout"), "colic": ("disease", "x:colic")}


def annotated(text: str, *, links: Mapping[str, tuple[str, ...]] = MappingProxyType({})) -> AnnotatedDocument:
    """Return a document with the terms of `TERMS`, each linked to its concept or those of `links`."""
    document = Document("x:1", (Passage("abstract", text),))
    places = sorted((text.index(term), term) for term in TERMS if term in text)
    return AnnotatedDocument(
        document,
        sentences.of_document(document),
        tuple(Mention(start, start + len(term), term, TERMS[term][0]) for start, term in places),
        tuple(tuple(map(Link, links.get(term, (TERMS[term][1],)))) for _, term in places),
    )


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.syspath_prepend(str(made.install(tmp_path)))
    yield tmp_path
    sys.modules.pop("my_relations", None)


def opened(name: str, threshold: float = 0.5) -> RelationModel:
    model = open_relation_model(RelateSettings(model=name, threshold=threshold))
    assert model is not None
    return model


def related(model: RelationModel, document: AnnotatedDocument) -> tuple[Relation, ...]:
    (outcome,) = model.relate([document])
    return outcome.relations


def test_one_class_with_one_method() -> None:
    document = annotated("It is said. Rue never cures gout.")
    assert related(opened("cures"), document) == (
        Relation("x:rue", "biolink:treats", "x:gout", 0, 1, 1, 0.75, negated=True, model="cures"),
    )


def test_what_stands_after_the_colon_is_for_the_class() -> None:
    (relation,) = related(opened("cures:perhaps"), annotated("Rue perhaps helps gout."))
    assert (relation.model, relation.speculative, relation.negated) == ("cures:perhaps", True, False)


def test_only_pairs_of_one_sentence_with_unlike_concepts_are_asked_about() -> None:
    pairs = [(r.subject, r.object) for r in related(opened("sure"), annotated("Rue and gout. A colic."))]
    assert pairs == [("x:rue", "x:gout"), ("x:gout", "x:rue")]
    alike = annotated("Rue and gout.", links={"gout": ("x:rue",)})
    assert related(opened("sure"), alike) == ()


def test_a_mention_that_names_several_concepts_is_related_by_each() -> None:
    document = annotated("Rue cures gout.", links={"gout": ("x:1", "x:2")})
    assert [r.object for r in related(opened("cures"), document)] == ["x:1", "x:2"]


@pytest.mark.parametrize(
    "document", [annotated(""), annotated("Rue."), annotated("Rue and gout.", links={"gout": (), "Rue": ()})]
)
def test_documents_without_pairs_pass(document: AnnotatedDocument) -> None:
    assert related(opened("sure"), document) == ()


def test_what_is_less_probable_than_the_threshold_is_left_out() -> None:
    assert related(opened("cures", threshold=0.8), annotated("Rue cures gout.")) == ()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("wrong", r"the relation model wrong should give predicates .* it gives 'treats' with 2\.0"),
        ("empty", r"the relation model empty \(my_relations:Empty\) has no method `relate`"),
        ("gone", "the relation model gone cannot be imported: .*Gone"),
    ],
)
def test_a_class_that_is_not_right(name: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        related(opened(name), annotated("Rue cures gout."))


def test_a_name_that_no_package_brings() -> None:
    with pytest.raises(NotFoundError, match=r"there are: none, default, cures, .*did you mean 'cures'"):
        open_relation_model(RelateSettings(model="cure"))


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no model in .*: it has no readable relations\.json"):
        open_relation_model(RelateSettings(model=str(tmp_path), parser="spacy:anything"))


def test_none_and_a_default_that_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert open_relation_model(RelateSettings(model="none")) is None
    monkeypatch.setattr(resources, "relation_model", lambda: tmp_path / "gone")
    assert open_relation_model(RelateSettings()) is None


def test_the_digest_changes_with_version_and_threshold(package: Path) -> None:
    digests = {opened("cures").digest, opened("cures:helps").digest, opened("cures", 0.9).digest}
    made.install(package, "1.1")
    digests.add(opened("cures").digest)
    assert len(digests) == 4
