"""TSV: a mention a line. A document without mentions has a line with its id alone, so that none is missing.

Where a mention names several concepts, they, their scores, reasons and candidates are joined by `|`; the candidates of
one concept by a space.
"""

from collections.abc import Iterable
from typing import IO

from bioweft.records import AnnotatedDocument
from bioweft.shown import cell

COLUMNS = (
    "document",
    "start",
    "end",
    "text",
    "type",
    "concept",
    "link_score",
    "score",
    "tagger",
    "reason",
    "candidates",
)


_PLACES = 4
"""Decimal places of a score, as many as the linker gives its own."""


def write(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write the mentions of documents as a table with a header."""
    stream.write("\t".join(COLUMNS) + "\n")
    for annotated in documents:
        identifier = cell(annotated.document.id)
        if not annotated.mentions:
            stream.write(identifier + "\t" * (len(COLUMNS) - 1) + "\n")
        for mention, links in annotated.linked():
            place = identifier, mention.start, mention.end, cell(mention.text), cell(mention.type)
            concepts = cell("|".join(link.concept for link in links)), "|".join(str(link.score) for link in links)
            reasons = cell("|".join(link.reason.replace("|", " ") for link in links))
            candidates = cell("|".join(" ".join(link.candidates) for link in links))
            cells = *place, *concepts, round(mention.score, _PLACES), cell(mention.tagger), reasons, candidates
            stream.write("\t".join(map(str, cells)) + "\n")
