"""What mentions name, by the dictionary hits of their document."""

import pytest

from bioweft.link.linker import link, links_of
from bioweft.records import AnnotatedDocument, DictionaryHit, Document, Link, Mention, Passage

TEXT = "Familial sore throat and sore throat; throat lozenges"
SORE_THROAT = Link("mesh:1", 1.0, "name")


def found(start: int, text: str, type_: str = "disease", tagger: str = "net") -> Mention:
    assert TEXT[start : start + len(text)] == text
    return Mention(start, start + len(text), text, type_, tagger, 0.9)


def hit(start: int, text: str, type_: str = "disease", link: Link | None = SORE_THROAT) -> DictionaryHit:
    return DictionaryHit(start, start + len(text), type_, link)


def concepts(mentions: list[Mention], hits: list[DictionaryHit]) -> list[list[str]]:
    return [[link.concept for link in links] for links in links_of(mentions, hits)]


def test_the_same_stretch_has_the_dictionaries_concept() -> None:
    assert links_of([found(25, "sore throat")], [hit(25, "sore throat")]) == [(SORE_THROAT,)]


def test_a_longer_mention_has_a_wider_concept() -> None:
    shorter = [hit(9, "sore throat"), hit(14, "throat", link=Link("mesh:2"))]
    ((only,),) = links_of([found(0, "Familial sore throat")], shorter)
    assert (only.concept, only.score) == ("mesh:1", pytest.approx(11 / 20))


@pytest.mark.parametrize("other", [hit(25, "sore throat", "gene"), hit(25, "sore"), hit(21, "and sore throat")])
def test_others_give_no_concept(other: DictionaryHit) -> None:
    assert links_of([found(25, "sore throat")], [other]) == [()]


def test_a_name_means_the_same_throughout_a_document() -> None:
    both = [found(9, "sore throat"), found(25, "sore throat")]
    assert concepts(both, [hit(25, "sore throat")]) == [["mesh:1"], ["mesh:1"]]
    assert concepts(both, [hit(30, "throat")]) == [[], ["mesh:1"]]  # a part of the name does not say what it means


def test_a_dictionary_has_said_what_its_mention_is() -> None:
    both = [found(9, "sore throat", tagger="dictionary"), found(25, "sore throat")]
    assert concepts(both, [hit(9, "sore throat", link=None), hit(25, "sore throat")]) == [[], ["mesh:1"]]
    assert concepts(both, [hit(9, "sore throat")]) == [["mesh:1"], []]


def test_a_mention_may_name_several_concepts() -> None:
    hits = [hit(9, "sore throat"), hit(9, "sore throat", link=Link("mesh:2")), hit(14, "throat", link=Link("mesh:3"))]
    assert concepts([found(9, "sore throat")], hits) == [["mesh:1", "mesh:2"]]


def test_a_document_is_linked() -> None:
    document = AnnotatedDocument(Document("x:1", (Passage("title", TEXT),)), ((0, len(TEXT)),))
    tagged = document.tagged([found(25, "sore throat"), found(38, "throat")], (hit(25, "sore throat"),))
    assert [links for _, links in tagged.linked()] == [(), ()]
    linked = link(tagged)
    assert (linked.sentences, linked.mentions) == (tagged.sentences, tagged.mentions)
    assert list(linked.linked()) == [(tagged.mentions[0], (SORE_THROAT,)), (tagged.mentions[1], ())]
    assert linked.tagged([found(9, "sore throat")]).links == ()
