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

_BLANKS = str.maketrans("\t\r\n\x0b\x0c\x1c\x1d\x1e\x85\u2028\u2029", " " * 11)


def write(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write documents as PubTator."""
    for annotated in documents:
        document = annotated.document
        document_id = document.id.removeprefix("pmid:").replace("|", "_").translate(_BLANKS)
        title = document.passages[0].text if document.passages else ""
        abstract = document.text[len(title) + 1 :]
        stream.write(f"{document_id}|t|{title.translate(_BLANKS)}\n{document_id}|a|{abstract.translate(_BLANKS)}\n")
        for mention, links in annotated.linked():
            text, concepts = mention.text.translate(_BLANKS), prefixes.pubtator(links, mention.type)
            fields = (document_id, mention.start, mention.end, text, mention.type, concepts)
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
            yield label.translate(_BLANKS), subject, object_
