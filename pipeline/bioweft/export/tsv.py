"""TSV: a mention a line. A document without mentions has a line with its id alone, so that none is missing."""

from collections.abc import Iterable
from typing import IO

from bioweft.records import AnnotatedDocument

COLUMNS = ("document", "start", "end", "text", "type", "concept", "link_score", "score", "tagger")

_BLANKS = str.maketrans("\t\r\n", "   ")


def write(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write the mentions of documents as a table with a header."""
    stream.write("\t".join(COLUMNS) + "\n")
    for annotated in documents:
        identifier = annotated.document.id.translate(_BLANKS)
        if not annotated.mentions:
            stream.write(identifier + "\t" * (len(COLUMNS) - 1) + "\n")
        for mention in annotated.mentions:
            fields = [identifier, mention.start, mention.end, mention.text.translate(_BLANKS), mention.type]
            fields += [mention.concept, mention.link_score, mention.score, mention.tagger]
            stream.write("\t".join("" if field is None else str(field) for field in fields) + "\n")
