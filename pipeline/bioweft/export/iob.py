"""IOB2: a token a line with its tag, a tab between, a blank line behind each sentence.

A line `-DOCSTART-` with the document's id begins each document. Tokens are runs of letters and digits and single other
characters, cut also where a mention begins or ends. Of mentions that overlap, the one that begins first is tagged, of
those the longest. Offsets and concepts are not in the format.
"""

import re
from collections.abc import Iterable, Iterator
from typing import IO

from bioweft.records import AnnotatedDocument, Mention
from bioweft.shown import one_for_one
from bioweft.text import sentences

_TOKEN = re.compile(r"\w+|[^\w\s]")
_BLANKS = re.compile(r"\s")


def write(documents: Iterable[AnnotatedDocument], stream: IO[str]) -> None:
    """Write documents as IOB2."""
    for annotated in documents:
        stream.write(f"-DOCSTART-\t{_BLANKS.sub('_', one_for_one(annotated.document.id))}\n\n")
        mentions, text = _apart(annotated), one_for_one(annotated.document.text)
        for start, end in annotated.sentences or sentences.of_document(annotated.document):
            stream.writelines(f"{token}\t{tag}\n" for token, tag in _tokens(text, start, end, mentions))
            stream.write("\n")


def _apart(annotated: AnnotatedDocument) -> list[Mention]:
    """Return the mentions that are tagged, none of which overlap."""
    apart: list[Mention] = []
    for mention in sorted(annotated.mentions, key=lambda mention: (mention.start, -mention.end)):
        if not apart or mention.start >= apart[-1].end:
            apart.append(mention)
    return apart


def _tokens(text: str, start: int, end: int, mentions: list[Mention]) -> Iterator[tuple[str, str]]:
    """Yield the tokens of a sentence with their tags; a mention that spans sentences begins anew in each."""
    place = start
    for mention in mentions:
        first, last = max(mention.start, start), min(mention.end, end)
        if first < last:
            yield from ((token, "O") for token in _TOKEN.findall(text, place, first))
            name = _BLANKS.sub("_", one_for_one(mention.type))
            for number, token in enumerate(_TOKEN.findall(text, first, last)):
                yield token, f"{'I' if number else 'B'}-{name}"
            place = last
    yield from ((token, "O") for token in _TOKEN.findall(text, place, end))
