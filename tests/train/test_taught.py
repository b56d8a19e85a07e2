"""What is learnt from text that taggers, not annotators, have read."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.records import Document, Mention, Passage
from bioweft.tag.base import Tagger
from bioweft.train import corpora, literature, taught
from bioweft.train.corpora import Example, Span

TEXT = "Sanirin stops fever. It binds ABC1."


class Finds:
    """Finds some words, each of a type, and is as sure as it is told."""

    name = digest = "finds"
    on_gpu = False

    def __init__(self, types: dict[str, str], score: float = 0.9) -> None:
        self._types, self._score = types, score

    def load(self) -> None:
        """Nothing to load."""

    def tag(self, documents: Iterable[Document]) -> Iterator[list[Mention]]:
        for document in documents:
            places = ((document.text.find(word), word, type_) for word, type_ in self._types.items())
            yield [Mention(a, a + len(word), word, type_, "finds", self._score) for a, word, type_ in places if a >= 0]


def learnt(*teachers: Tagger) -> list[Example]:
    document = Document("pmid:1", (Passage("abstract", TEXT),))
    return list(taught.examples([document], teachers, Finds({"Sanirin": "chemical"})))


def test_what_one_teacher_finds_is_learnt_and_nothing_said_of_types_it_does_not_know() -> None:
    first, second = learnt(Finds({"Sanirin": "chemical", "ABC1": "gene"}))
    assert first.text == "Sanirin stops fever."
    assert (first.spans, first.unsure) == ((Span(0, 7, "chemical"),), ())
    assert second.spans == (Span(9, 13, "gene"),)
    assert first.labels == second.labels == {"chemical", "gene"}
    assert first.listed == (Span(0, 7, "chemical"),)


def test_where_teachers_differ_nothing_is_said() -> None:
    first, second = learnt(
        Finds({"Sanirin": "chemical", "ABC1": "gene"}), Finds({"Sanirin stops": "chemical", "ABC1": "gene"})
    )
    assert first.spans == ()
    assert set(first.unsure) == {Span(0, 7, "chemical"), Span(0, 13, "chemical")}
    assert (second.spans, second.unsure) == ((Span(9, 13, "gene"),), ())


def test_a_teacher_is_not_asked_about_types_that_it_does_not_know() -> None:
    first, _ = learnt(Finds({"fever": "disease"}), Finds({"Sanirin": "chemical"}))
    assert set(first.spans) == {Span(0, 7, "chemical"), Span(14, 19, "disease")}


def test_what_teachers_doubt_is_not_learnt() -> None:
    first, second = learnt(
        Finds({"Sanirin": "chemical", "ABC1": "gene"}, 0.4), Finds({"Sanirin": "chemical", "ABC1": "gene"}, 0.55)
    )
    assert first.spans == second.spans == ()
    assert second.unsure == (Span(9, 13, "gene"),)


def test_other_types_than_the_six_are_passed_over() -> None:
    first, _ = learnt(Finds({"fever": "symptom", "Sanirin": "chemical"}))
    assert first.labels == {"chemical"}
    assert first.spans == (Span(0, 7, "chemical"),)


ARTICLE = """<PubmedArticle><MedlineCitation><PMID>{0}</PMID><Article><ArticleTitle>A study of {0}.</ArticleTitle>
<Abstract><AbstractText>{1}</AbstractText></Abstract></Article></MedlineCitation></PubmedArticle>"""


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A PubMed file of four abstracts, one excluded, one with a sentence of a test part."""
    tested = "This sentence stands in the test part of a corpus."
    texts = ["Sanirin helps.", "It is excluded.", f"Well. {tested}", "Fever harms.", ""]
    articles = "\n".join(ARTICLE.format(number, text) for number, text in enumerate(texts, 1))
    file = tmp_path / "literature" / "pubmed" / "pubmed21n0001.xml"
    file.parent.mkdir(parents=True)
    file.write_text(f"<PubmedArticleSet>{articles}</PubmedArticleSet>", encoding="utf-8")
    monkeypatch.setattr(corpora, "exclusions", lambda _: {("BC5CDR", "train"): frozenset({"2"})})
    monkeypatch.setattr(corpora, "tested", lambda _: frozenset({corpora.key(tested)}))
    return tmp_path


def test_what_is_excluded_or_tested_is_not_read(data: Path) -> None:
    assert [document.id for document in literature.documents(data)] == ["pmid:1", "pmid:4", "pmid:5"]


def test_abstracts_are_drawn_the_same_each_time(data: Path) -> None:
    drawn = literature.abstracts(data, 1, seed=3)
    assert drawn == literature.abstracts(data, 1, seed=3)
    assert {document.id for document in literature.abstracts(data, 9, seed=3)} == {"pmid:1", "pmid:4"}
