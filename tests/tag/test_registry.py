"""From names to taggers."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path

import pytest

from bioweft import own, resources
from bioweft.errors import BioweftError, InputError, NotFoundError, SettingsError
from bioweft.records import Document, Passage
from bioweft.tag.base import Tagger
from bioweft.tag.combined import InformedTagger
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.tag.onnx import OnnxTagger
from bioweft.tag.registry import open_tagger
from bioweft.tag.review import ReviewedTagger
from bioweft.tag.settings import TagSettings
from tests.tagging import mentions_of

SHIPPED = ("disease", "species")


def reviewed(settings: TagSettings) -> Tagger:
    """Return the tagger whose mentions are reviewed."""
    tagger = open_tagger(settings)
    assert isinstance(tagger, ReviewedTagger)
    return tagger.tagger


def test_a_model_beside_dictionaries_is_the_default() -> None:
    tagger = reviewed(TagSettings(dictionaries=SHIPPED))
    assert isinstance(tagger, InformedTagger)
    assert tagger.name == f"{resources.DEFAULT_MODEL}+dictionary"


@pytest.mark.parametrize("beside", [(), ("own.tsv",)])
def test_the_model_judges_shipped_dictionaries_even_if_not_all_are_asked_for(
    tmp_path: Path, beside: tuple[str, ...]
) -> None:
    (tmp_path / "own.tsv").write_text("curie\tname\tsynonyms\nx:1\tzebrawood\t\n")
    text = "The mammalian target of rapamycin (mTOR) was blocked."  # listed as a gene, and partly as a chemical
    tagger = open_tagger(TagSettings(dictionaries=("chemical", *(str(tmp_path / name) for name in beside))))
    (found,) = mentions_of(tagger, [Document("x:1", (Passage("paragraph", text),))])
    assert {mention.type for mention in found} == {"gene"}


def test_dictionaries_alone() -> None:
    assert isinstance(reviewed(TagSettings(model="none", dictionaries=SHIPPED)), DictionaryTagger)


@pytest.mark.parametrize("model", ["default", resources.DEFAULT_MODEL])
def test_a_model_alone(model: str) -> None:
    tagger = reviewed(TagSettings(model=model, dictionaries=()))
    assert isinstance(tagger, OnnxTagger)
    assert tagger.name == resources.DEFAULT_MODEL


def test_a_folder() -> None:
    tagger = reviewed(TagSettings(model=str(resources.models()[resources.DEFAULT_MODEL]), dictionaries=()))
    assert isinstance(tagger, OnnxTagger)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, ["patients"]),
        ({"people": False}, []),
        ({"dictionaries": ("disease",)}, []),
    ],
)
def test_people_are_species_where_species_are_tagged(settings: dict[str, object], expected: list[str]) -> None:
    tagger = open_tagger(TagSettings.model_validate({"model": "none", "dictionaries": SHIPPED} | settings))
    (mentions,) = mentions_of(tagger, [Document("x:1", (Passage("paragraph", "Ten patients came."),))])
    assert [mention.text for mention in mentions] == expected


def test_a_corpus_decides_by_itself_whether_people_are_species() -> None:
    plain, guided = (TagSettings(dictionaries=SHIPPED, guideline=guideline) for guideline in (None, "Linnaeus"))
    document = Document("x:1", (Passage("paragraph", "Twelve boys came."),))
    assert [[m.text for m in next(mentions_of(open_tagger(s), [document]))] for s in (plain, guided)] == [["boys"], []]


class Own:
    def find(self, text: str) -> Iterator[tuple[int, int, str]]:
        yield 0, 1, "plant"


def test_a_tagger_of_the_users_own(monkeypatch: pytest.MonkeyPatch) -> None:
    point = EntryPoint("mine", f"{__name__}:Own", "bioweft.taggers")
    monkeypatch.setattr(own, "entry_points", lambda group: EntryPoints([point]).select(group=group))
    tagger = open_tagger(TagSettings(model="mine", dictionaries=SHIPPED))
    assert tagger.name == "mine+dictionary"
    with pytest.raises(NotFoundError, match=r"no model 'mime'; there are: .*mine.*\(did you mean 'mine'\?\)"):
        open_tagger(TagSettings(model="mime"))


@pytest.mark.parametrize(
    ("settings", "error", "message"),
    [
        ({"model": "none"}, SettingsError, "nothing to tag with"),
        ({"model": "none", "dictionaries": SHIPPED, "guideline": "BC5CDR"}, SettingsError, "need a model"),
        ({"model": "none", "dictionaries": SHIPPED, "labels": {"X": "gene"}}, SettingsError, "need a model"),
        ({"model": "hunner6"}, NotFoundError, "did you mean 'huner6'"),
        ({"model": "nowhere/model"}, NotFoundError, "no model 'nowhere/model'; there are: none, default"),
        ({"guideline": "BC5CDRR"}, InputError, "knows no guideline 'BC5CDRR'; it knows: "),
        ({"labels": {"X": "gene"}}, SettingsError, "only labels of other libraries. models can be given types"),
        ({"model": "flair:x", "guideline": "BC5CDR"}, SettingsError, "flair:x has no guidelines"),
    ],
)
def test_what_does_not_go(settings: dict[str, object], error: type[BioweftError], message: str) -> None:
    with pytest.raises(error, match=message):
        open_tagger(TagSettings.model_validate({"dictionaries": ()} | settings))


def test_no_model_is_shipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(resources, "models", dict)
    with pytest.raises(NotFoundError, match="no model 'default'"):
        open_tagger(TagSettings(dictionaries=SHIPPED))
