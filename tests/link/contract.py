"""What every linker must keep to, whatever it links with."""

from collections.abc import Sequence

from bioweft.link.base import Linker
from bioweft.records import AnnotatedDocument, Document, Mention, Passage


def annotated(text: str, *names: tuple[str, str], id: str = "x:1") -> AnnotatedDocument:
    """Return a document of one passage and sentence, with a mention where each name first stands, of its type."""
    mentions = []
    for name, type_ in names:
        start = text.index(name)
        mentions.append(Mention(start, start + len(name), name, type_, "net", 0.9))
    document = Document(id, (Passage("paragraph", text),))
    return AnnotatedDocument(document, ((0, len(text)),)).tagged(mentions)


def check(linker: Linker, documents: Sequence[AnnotatedDocument]) -> list[AnnotatedDocument]:
    """Link documents together, in reverse and one by one, and return them linked."""
    linked = list(linker.link(documents))
    assert len(linked) == len(documents)
    for before, after in zip(documents, linked, strict=True):
        assert (after.document, after.sentences, after.mentions) == (before.document, before.sentences, before.mentions)
        assert len(after.links) == len(after.mentions)
        for links in after.links:
            assert isinstance(links, tuple)
            for link in links:
                assert 0.0 <= link.score <= 1.0
                assert ":" in link.concept
                assert link.candidates[0] == link.concept
                assert len(set(link.candidates)) == len(link.candidates)
                assert link.reason
    assert list(linker.link(documents)) == linked
    assert list(linker.link(reversed(documents))) == linked[::-1]
    assert [after for document in documents for after in linker.link([document])] == linked
    return linked


def concepts(linked: AnnotatedDocument) -> list[list[str]]:
    return [[link.concept for link in links] for links in linked.links]
