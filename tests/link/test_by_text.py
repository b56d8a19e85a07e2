"""Concepts of names that no terminology has."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from bioweft.link.by_text import ByTextLinker, is_by_text
from bioweft.link.registry import open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument, Document, Link, Mention, Passage


class Half:
    """Links the first mention of each document."""

    name = "half"
    on_gpu = False
    digest = "1"

    def load(self) -> None:
        """Do nothing."""

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        for annotated in documents:
            yield replace(annotated, links=((Link("x:1", 0.9, "name"),), *((),) * (len(annotated.mentions) - 1)))


def of(*names: tuple[str, str]) -> AnnotatedDocument:
    text = " ".join(name for name, _ in names)
    mentions, start = [], 0
    for name, type_ in names:
        mentions.append(Mention(start, start + len(name), name, type_))
        start += len(name) + 1
    return AnnotatedDocument(Document("d:1", (Passage("title", text),)), mentions=tuple(mentions))


@pytest.mark.parametrize(
    ("one", "other"),
    [("IL-6", "il 6"), ("β-catenin", "beta catenin"), ("Tumours", "tumor"), ("Alzheimer’s", "Alzheimer")],
)
def test_what_the_matcher_takes_for_the_same_is_one_concept(one: str, other: str) -> None:
    (annotated,) = ByTextLinker(None).link([of((one, "gene"), (other, "gene"), (one, "disease"))])
    first, second, elsewhere = (links[0].concept for _, links in annotated.linked())
    assert first == second != elsewhere
    assert all(map(is_by_text, (first, elsewhere)))


def test_what_a_linker_knows_stays_and_the_rest_is_marked() -> None:
    (annotated,) = ByTextLinker(Half()).link([of(("gout", "disease"), ("Spon-1", "gene"), ("?", "gene"))])
    assert [[(link.concept, link.score, link.reason) for link in links] for _, links in annotated.linked()] == [
        [("x:1", 0.9, "name")],
        [("text:gene/spon-1", 0.0, "no identifier")],
        [],
    ]


def test_it_is_made_only_where_a_setting_asks_for_it() -> None:
    assert open_linker(LinkSettings(linker="none")) is None
    assert open_linker(LinkSettings(), []) is None  # no dictionary, so nothing to link with
    by_text = open_linker(LinkSettings(by_text=True), [])
    assert by_text is not None
    assert by_text.digest != ByTextLinker(Half()).digest
