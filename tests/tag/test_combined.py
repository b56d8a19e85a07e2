"""A model's mentions with the concepts of dictionaries."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from bioweft.records import Document, Mention, Passage
from bioweft.tag.combined import CombinedTagger, combine
from bioweft.tag.dictionary import DictionaryTagger

TEXT = "Familial sore throat and sore throat; throat lozenges"


def found(start: int, text: str, type_: str = "disease") -> Mention:
    assert TEXT[start : start + len(text)] == text
    return Mention(start, start + len(text), text, type_, "net", 0.9)


def listed(start: int, text: str, type_: str = "disease", concept: str | None = "mesh:1") -> Mention:
    return Mention(start, start + len(text), text, type_, concept=concept, link_score=1.0, reason="name")


def test_the_same_stretch_has_the_dictionaries_concept() -> None:
    (one,) = combine([found(25, "sore throat")], [listed(25, "sore throat")])
    assert one == Mention(25, 36, "sore throat", "disease", "net", 0.9, "mesh:1", 1.0, "name")


def test_a_longer_mention_has_a_wider_concept() -> None:
    shorter = [listed(9, "sore throat"), listed(14, "throat")]
    (one,) = combine([found(0, "Familial sore throat")], shorter)
    assert (one.text, one.concept, one.link_score) == ("Familial sore throat", "mesh:1", pytest.approx(11 / 20))


@pytest.mark.parametrize(
    "other", [listed(25, "sore throat", "gene"), listed(25, "sore"), listed(21, "and sore throat")]
)
def test_others_give_no_concept(other: Mention) -> None:
    (one, *_) = [m for m in combine([found(25, "sore throat")], [other]) if m.tagger == "net"]
    assert one.concept is None


def test_a_name_means_the_same_throughout_a_document() -> None:
    both = combine([found(9, "sore throat"), found(25, "sore throat")], [listed(25, "sore throat")])
    assert [m.concept for m in both] == ["mesh:1", "mesh:1"]


def test_what_the_model_was_shown_and_did_not_take_is_left_out() -> None:
    shown = [listed(25, "sore throat")]
    assert combine([], shown, judged=shown) == []
    assert combine([], shown) == shown
    assert combine([], [listed(25, "sore throat", "plant")], judged=shown) == [listed(25, "sore throat", "plant")]


def test_what_overlaps_a_mention_of_the_model_is_left_out() -> None:
    (only,) = combine([found(25, "sore throat", "gene")], [listed(30, "throat")])
    assert only == found(25, "sore throat", "gene")


def test_a_type_that_the_model_does_not_know_stands_beside_its_mentions() -> None:
    both = combine([found(25, "sore throat")], [listed(30, "throat", "organ")])
    assert both == [found(25, "sore throat"), listed(30, "throat", "organ")]


def test_a_type_that_the_model_brings_stands_once() -> None:
    (one,) = combine([found(25, "sore throat", "organ")], [listed(30, "throat", "organ")])
    assert (one.text, one.tagger) == ("sore throat", "net")


def test_the_users_own_dictionary_wins() -> None:
    own = listed(30, "throat", concept="x:1")
    assert combine([found(25, "sore throat"), found(38, "throat")], [own], judged=[]) == [own, found(38, "throat")]
    assert combine([found(30, "throat")], [own], judged=[]) == [own]
    assert combine([found(25, "sore throat", "gene")], [own], judged=[]) == [found(25, "sore throat", "gene"), own]


class Model:
    name = "net"
    digest = "1"
    on_gpu = False

    def load(self) -> None:
        pass

    def tag(self, documents: Iterable[Document]) -> Iterator[list[Mention]]:
        for document in documents:
            start = document.text.find("sore throat")
            yield [Mention(start, start + 11, "sore throat", "disease", "net", 0.9)] if start >= 0 else []


@pytest.fixture
def dictionary(tmp_path: Path) -> DictionaryTagger:
    file = tmp_path / "disease.tsv"
    file.write_text("curie\tname\tsynonyms\nmesh:1\tsore throat\t\nmesh:2\thay fever\t\n", encoding="utf-8")
    return DictionaryTagger([file])


@pytest.fixture
def own(tmp_path: Path) -> DictionaryTagger:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "disease.tsv").write_text("curie\tname\tsynonyms\nx:1\tlumbago\t\nx:2\thay fever\t\n", encoding="utf-8")
    return DictionaryTagger([folder / "disease.tsv"])


def document(text: str) -> Document:
    return Document("x:1", (Passage("paragraph", text),))


def test_mentions_of_documents(dictionary: DictionaryTagger, own: DictionaryTagger) -> None:
    documents = [document("A sore throat and hay fever."), document(""), document("Hay fever, lumbago.")]

    def concepts(tagger: CombinedTagger) -> list[list[str | None]]:
        return [[m.concept for m in mentions] for mentions in tagger.tag(iter(documents))]

    assert concepts(CombinedTagger(dictionary, Model())) == [["mesh:1", "mesh:2"], [], ["mesh:2"]]
    assert concepts(CombinedTagger(dictionary, Model(), judged=[dictionary])) == [["mesh:1"], [], []]
    assert concepts(CombinedTagger(own, Model(), judged=[dictionary])) == [[None], [], ["x:1"]]
    assert concepts(CombinedTagger(own, Model(), judged=[dictionary, own])) == [[None], [], []]


def test_the_digest_changes_with_each_part(dictionary: DictionaryTagger, own: DictionaryTagger) -> None:
    other = Model()
    other.digest = "2"
    taggers = [
        CombinedTagger(dictionary, Model()),
        CombinedTagger(own, Model()),
        CombinedTagger(dictionary, other),
        CombinedTagger(dictionary, Model(), judged=[own]),
        CombinedTagger(dictionary, Model(), judged=[own, dictionary]),
    ]
    assert len({tagger.digest for tagger in taggers}) == len(taggers)
    assert taggers[0].name == "net+dictionary"
