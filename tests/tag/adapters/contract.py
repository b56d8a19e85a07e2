"""What every adapter must keep to, whatever its library."""

from collections.abc import Sequence

from bioweft.records import Document, Mention, Passage
from bioweft.tag.base import Tagger
from tests.tagging import mentions_of, split


def document(*passages: str, id: str = "x:1") -> Document:
    return Document(id, tuple(Passage("paragraph", text) for text in passages))


def shown(mentions: Sequence[Mention]) -> list[tuple[str, str]]:
    return [(mention.text, mention.type) for mention in mentions]


def check(tagger: Tagger, texts: Sequence[str], *, context: bool = False) -> None:
    """Tag the texts as documents of one passage, of all, alone and together; each text must hold a mention.

    With `context` what is found in a sentence may depend on the others of its document.
    """
    documents = [document(text, id=f"x:{number}") for number, text in enumerate(texts)]
    documents += [document(""), Document("x:none", ()), document("  \n "), document(*texts, "", *reversed(texts))]
    assert not any(annotated.links for annotated in tagger.tag(map(split, documents)))
    together = list(mentions_of(tagger, documents))
    assert len(together) == len(documents)
    assert together == [found for one in documents for found in mentions_of(tagger, [one])]
    assert list(reversed(together)) == list(mentions_of(tagger, reversed(documents)))
    for one, found in zip(documents, together, strict=True):
        assert found == sorted(found, key=lambda m: (m.start, m.end, m.type))
        for mention in found:
            assert one.text[mention.start : mention.end] == mention.text == mention.text.strip()
            assert mention.tagger == tagger.name
            assert 0 < mention.score <= 1
        for first in found:
            same = [m for m in found if m.type == first.type and m is not first]
            assert not [m for m in same if m.start < first.end and first.start < m.end]
    assert all(together[: len(texts)])
    assert together[len(texts) : -1] == [[], [], []]
    assert context or len(together[-1]) == 2 * sum(map(len, together[: len(texts)]))
