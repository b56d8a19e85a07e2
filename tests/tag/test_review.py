"""The last look at mentions."""

from collections.abc import Iterable, Iterator

import pytest

from bioweft.records import AnnotatedDocument, DictionaryHit, Document, Mention, Passage
from bioweft.tag.review import ReviewedTagger, mended, retyped
from tests.tagging import mentions_of


class Tagger:
    """Tags some words; `tagger` is what the mentions say of it."""

    name = "net"
    digest = "1"
    on_gpu = False

    def __init__(self, *words: tuple[str, str], tagger: str = "net") -> None:
        self._words = words
        self._tagger = tagger

    def load(self) -> None:
        pass

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        for annotated in documents:
            text = annotated.document.text
            places = sorted((text.find(word), word, type_) for word, type_ in self._words if word in text)
            yield annotated.tagged(Mention(a, a + len(word), word, type_, self._tagger) for a, word, type_ in places)


def texts(tagger: Tagger, *passages: str, people: bool | None = None, words: bool = True) -> list[str]:
    document = Document("x:1", tuple(Passage("paragraph", passage) for passage in passages))
    reviewed = ReviewedTagger(tagger, with_people=people, with_words=words)
    (mentions,) = mentions_of(reviewed, [document])
    return [mention.text for mention in mentions]


@pytest.mark.parametrize(
    ("word", "type_", "stays"),
    [
        ("enzymes", "gene", False),
        ("Enzyme", "gene", False),
        ("enzyme", "chemical", True),
        ("cell lines", "cell_line", False),
        ("cultured", "cell_line", False),
        ("cell-line", "cell_line", False),
        ("cytokines", "gene", True),
        ("receptor kinase", "gene", True),
        ("breast cancer cell lines", "cell_line", False),
        ("LPS-treated cells", "cell_line", False),
        ("H1229 cells", "cell_line", True),
        ("non-epilepsy", "disease", False),
        ("non-small cell lung cancer", "disease", True),
    ],
)
def test_a_word_that_names_nothing_is_no_mention(word: str, type_: str, stays: bool) -> None:
    text = f"Here the {word} is. Nothing else."
    assert texts(Tagger((word, type_)), text) == ([word] if stays else [])
    assert texts(Tagger((word, type_)), text, words=False) == [word]
    assert texts(Tagger((word, type_), tagger="dictionary"), text) == [word]


def test_a_reporter_is_a_gene_where_the_document_is_about_it() -> None:
    gfp = Tagger(("GFP", "gene"))
    assert texts(gfp, "Cells with GFP. They glow.") == []
    assert texts(gfp, "GFP folds. GFP glows. GFP fades. GFP is a barrel.") == ["GFP"]
    assert texts(gfp, "One sentence with GFP.") == ["GFP"]
    titled = Document("x:1", (Passage("title", "How GFP folds"), Passage("abstract", "It folds. It glows.")))
    assert [len(m) for m in mentions_of(ReviewedTagger(gfp, with_people=None), [titled])] == [1]


@pytest.mark.parametrize(
    ("text", "type_", "term", "of_type", "expected"),
    [
        ("Epstein-Barr virus", "disease", "Epstein-Barr virus", "species", ("Epstein-Barr virus", "species")),
        ("angiotensin", "gene", "angiotensin", "chemical", ("angiotensin", "gene")),
        ("Sertoli cells", "cell_line", "Sertoli cells", "cell_type", ("Sertoli cells", "cell_type")),
        ("cultured fibroblasts", "cell_line", "fibroblasts", "cell_type", ("cultured fibroblasts", "cell_type")),
        ("liver cell cultures", "cell_line", "liver cell", "cell_type", ("liver cell", "cell_type")),
        ("HeLa cell cultures", "cell_line", "HeLa", "cell_line", ("HeLa cell cultures", "cell_line")),
    ],
)
def test_a_name_of_another_type_alone_has_that_type(
    text: str, type_: str, term: str, of_type: str, expected: tuple[str, str]
) -> None:
    start = text.index(term)
    hits = [DictionaryHit(start, start + len(term), of_type, None)]
    document = Document("x:1", (Passage("paragraph", text),))
    annotated = AnnotatedDocument(document, dictionary_hits=tuple(hits))
    mentions = retyped(annotated, [Mention(0, len(text), text, type_, "net")])
    assert [(m.text, m.type) for m in mentions] == [expected]


def test_people_all_or_none() -> None:
    some = Tagger(("patients", "species"), ("mice", "species"))
    text = "The patients and women with mice. More patients."
    assert texts(some, text, people=True) == ["patients", "women", "mice", "patients"]
    assert texts(some, text, people=False) == ["mice"]
    assert texts(some, text) == ["patients", "mice"]


def test_two_names_in_one_term_stay_two() -> None:
    text = "ETV6-NTRK3 fusion"
    mentions = [Mention(0, 4, "ETV6", "gene", "net"), Mention(5, 10, "NTRK3", "gene", "net")]
    hits = [DictionaryHit(0, 17, "gene", None)]
    assert mended(text, mentions, hits) == mentions
    assert [m.text for m in mended(text, mentions[:1], hits)] == [text]


def test_what_a_users_dictionary_finds_is_not_covered() -> None:
    text = "COVID-19"
    own = Mention(6, 8, "19", "disease")
    cut = Mention(0, 6, "COVID-", "disease", "net")
    assert mended(text, [cut, own], [DictionaryHit(0, 8, "disease", None)]) == [own]


def test_the_digest_tells_how_mentions_are_reviewed() -> None:
    tagger = Tagger()
    ways = [ReviewedTagger(tagger, with_people=p, with_words=w) for p in (True, False, None) for w in (True, False)]
    assert len({reviewed.digest for reviewed in ways}) == 6
