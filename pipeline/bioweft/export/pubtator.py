"""PubTator: a title line, an abstract line, a line for each mention, a line for each relation.

Offsets are those of `Document.text`. The format has room for two texts only: the first passage is the title, all others
the abstract. Line breaks and tabs inside them become blanks, one for one, so that no offset moves. Identifiers are as
PubTator has them (`bioweft.export.prefixes`). A relation has its predicate, with the qualifiers behind a `;`, and two
identifiers; what the text denies has no line, as the format cannot say so.
"""

from collections.abc import Iterable, Iterator
from typing import IO

from bioweft.export import prefixes
from bioweft.records import AnnotatedDocument, Link
from bioweft.relate.predicates import canonical
from bioweft.shown import one_for_one

_BLANKS = str.maketrans("\t\r\n", "   ")


def write(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write documents as PubTator."""
    for annotated in documents:
        document = annotated.document
        document_id = _plain(document.id.removeprefix("pmid:").replace("|", "_"))
        title = document.passages[0].text if document.passages else ""
        abstract = document.text[len(title) + 1 :]
        stream.write(f"{document_id}|t|{_plain(title)}\n{document_id}|a|{_plain(abstract)}\n")
        for mention, links in annotated.linked():
            text, concepts = _plain(mention.text), prefixes.pubtator(links, mention.type)
            fields = (document_id, mention.start, mention.end, text, _plain(mention.type), _plain(concepts))
            stream.write("\t".join(map(str, fields)) + "\n")
        lines = ((document_id, *fields) for fields in _relations(annotated))
        stream.writelines("\t".join(line) + "\n" for line in dict.fromkeys(lines))
        stream.write("\n")


def _relations(annotated: AnnotatedDocument) -> Iterator[tuple[str, str, str]]:
    """Yield predicate, subject and object of each relation that the document does not deny."""
    for relation in annotated.relations:
        if not relation.negated:
            label = ";".join(filter(None, (relation.predicate, canonical(relation.qualifiers))))
            subject, object_ = (
                prefixes.pubtator([Link(concept)], annotated.mentions[place].type)
                for concept, place in (
                    (relation.subject, relation.subject_mention),
                    (relation.object, relation.object_mention),
                )
            )
            yield _plain(label), _plain(subject), _plain(object_)


def _plain(text: str) -> str:
    """Return text on one line, as long as it was."""
    return one_for_one(text).translate(_BLANKS)
