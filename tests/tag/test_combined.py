"""A model's mentions and those of dictionaries."""

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import pytest

from bioweft.lexicon.matcher import Matcher
from bioweft.records import AnnotatedDocument, DictionaryHit, Document, Mention, Passage
from bioweft.tag.combined import InformedTagger, SideBySideTagger, beside, own_first, plain_names
from bioweft.tag.dictionary import DictionaryTagger
from tests.tagging import linked_mentions_of, mentions_of

TEXT = "Familial sore throat and sore throat; throat lozenges"


def found(start: int, text: str, type_: str = "disease") -> Mention:
    assert TEXT[start : start + len(text)] == text
    return Mention(start, start + len(text), text, type_, "net", 0.9)


def listed(start: int, text: str, type_: str = "disease") -> Mention:
    return Mention(start, start + len(text), text, type_)


def hits(*mentions: Mention) -> list[DictionaryHit]:
    return [DictionaryHit(mention.start, mention.end, mention.type, None) for mention in mentions]


def test_what_the_model_was_shown_and_did_not_take_is_left_out() -> None:
    shown = [listed(25, "sore throat")]
    assert own_first([], shown, judged=hits(*shown)) == []
    assert beside([], shown) == shown
    assert own_first([], [listed(25, "sore throat", "plant")], judged=hits(*shown)) == [
        listed(25, "sore throat", "plant")
    ]


def test_what_overlaps_a_mention_of_the_model_is_left_out() -> None:
    (only,) = beside([found(25, "sore throat", "gene")], [listed(30, "throat")])
    assert only == found(25, "sore throat", "gene")


def test_a_type_that_the_model_does_not_know_stands_beside_its_mentions() -> None:
    both = beside([found(25, "sore throat")], [listed(30, "throat", "organ")])
    assert both == [found(25, "sore throat"), listed(30, "throat", "organ")]


def test_a_type_that_the_model_brings_stands_once() -> None:
    (one,) = beside([found(25, "sore throat", "organ")], [listed(30, "throat", "organ")])
    assert (one.text, one.tagger) == ("sore throat", "net")


def test_the_users_own_dictionary_wins() -> None:
    own = listed(30, "throat")
    assert own_first([found(25, "sore throat"), found(38, "throat")], [own], judged=[]) == [own, found(38, "throat")]
    assert own_first([found(30, "throat")], [own], judged=[]) == [own]
    assert own_first([found(25, "sore throat", "gene")], [own], judged=[]) == [found(25, "sore throat", "gene"), own]


@pytest.mark.parametrize(
    ("text", "name", "reason", "stands"),
    [
        ("Neurons of the cortex", "Neurons", "name", True),
        ("a neuron, and", "neuron", "name", True),
        ("the neuron of a mouse", "neuron", "name", True),
        ("neuron growth", "neuron", "name", False),
        ("MSCs of a mouse", "MSCs", "abbreviation", True),
        ("MSCs of a mouse", "MSCs", "synonym", False),
        ("CD4 NK of a mouse", "CD4 NK", "synonym", False),
    ],
)
def test_plain_names_of_types_that_the_model_has_hardly_learnt_stand(
    text: str, name: str, reason: str, stands: bool
) -> None:
    start = text.index(name)
    mention = Mention(start, start + len(name), name, "cell_type")
    hit = DictionaryHit(mention.start, mention.end, "cell_type", "cl:1", reason)
    matched = AnnotatedDocument(Document("x:1", (Passage("paragraph", text),))).tagged([mention], (hit,))
    assert plain_names(matched, [], ["cell_type"]) == ([mention] if stands else [])
    assert plain_names(matched, [], []) == []
    of_model = Mention(0, len(text), text, "gene", "net")
    assert plain_names(matched, [of_model], ["cell_type"]) == []


class Model:
    """Finds sore throats; `shown` is what it was shown."""

    name = "net"
    digest = "1"
    on_gpu = False

    def __init__(self) -> None:
        self.shown: list[list[str]] = []

    def load(self) -> None:
        pass

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        for annotated in documents:
            start = annotated.document.text.find("sore throat")
            mention = Mention(start, start + 11, "sore throat", "disease", "net", 0.9)
            yield annotated.tagged([mention] if start >= 0 else [])

    def find(
        self, documents: Sequence[AnnotatedDocument], dictionary_hits: Sequence[Sequence[DictionaryHit]]
    ) -> Iterator[AnnotatedDocument]:
        for annotated, hits in zip(documents, dictionary_hits, strict=True):
            self.shown.append([annotated.document.text[hit.start : hit.end] for hit in hits])
        return self.tag(documents)


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


def informed(wanted: DictionaryTagger, shown: DictionaryTagger, *judged: DictionaryTagger) -> InformedTagger:
    return InformedTagger(wanted, Model(), shown=shown, judged=judged)


def test_mentions_of_documents(tmp_path: Path, dictionary: DictionaryTagger, own: DictionaryTagger) -> None:
    documents = [document("A sore throat and hay fever."), document(""), document("Hay fever, lumbago.")]

    def concepts(file: str, tagger: SideBySideTagger | InformedTagger) -> list[list[str | None]]:
        linked = linked_mentions_of(tagger, iter(documents), [tmp_path / file])
        return [[m.concept for m in mentions] for mentions in linked]

    theirs, ours = "disease.tsv", "own/disease.tsv"
    assert concepts(theirs, SideBySideTagger(dictionary, Model())) == [["mesh:1", "mesh:2"], [], ["mesh:2"]]
    assert concepts(theirs, informed(dictionary, dictionary, dictionary)) == [["mesh:1"], [], []]
    assert concepts(ours, informed(own, dictionary, dictionary)) == [[None], [], ["x:1"]]
    assert concepts(ours, informed(own, dictionary, dictionary, own)) == [[None], [], []]


def test_the_model_is_shown_what_its_own_dictionaries_find(dictionary: DictionaryTagger, own: DictionaryTagger) -> None:
    model = Model()
    tagger = InformedTagger(own, model, shown=dictionary, judged=[dictionary])
    list(mentions_of(tagger, [document("Hay fever, lumbago, sore throat.")]))
    assert model.shown == [["Hay fever", "sore throat"]]


@pytest.mark.parametrize(("beside_it", "passes"), [((), 1), (("own/disease.tsv",), 2)])
def test_a_set_of_dictionaries_matches_a_document_once(
    tmp_path: Path, own: DictionaryTagger, monkeypatch: pytest.MonkeyPatch, beside_it: tuple[str, ...], passes: int
) -> None:
    (tmp_path / "disease.tsv").write_text("curie\tname\tsynonyms\nmesh:1\tsore throat\t\n", encoding="utf-8")
    # Equal sets in taggers of their own, as the registry makes them.
    shown, wanted = (
        DictionaryTagger([tmp_path / "disease.tsv", *(tmp_path / name for name in names)]) for names in ((), beside_it)
    )
    texts: list[str] = []
    find = Matcher.find
    monkeypatch.setattr(Matcher, "find", lambda self, text: texts.append(text) or find(self, text))
    judged = [shown] if beside_it else [wanted]
    list(mentions_of(InformedTagger(wanted, Model(), shown=shown, judged=judged), [document("A sore throat.")]))
    assert texts == ["A sore throat."] * passes


def test_the_digest_changes_with_each_part(dictionary: DictionaryTagger, own: DictionaryTagger) -> None:
    other = Model()
    other.digest = "2"
    taggers = [
        SideBySideTagger(dictionary, Model()),
        SideBySideTagger(own, Model()),
        SideBySideTagger(dictionary, other),
        informed(dictionary, own, own),
        informed(dictionary, own, own, dictionary),
    ]
    assert len({tagger.digest for tagger in taggers}) == len(taggers)
    assert taggers[0].name == "net+dictionary"
