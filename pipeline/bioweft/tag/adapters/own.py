"""A tagger of the user's own: one class with one method, found by an entry point.

class Plants:
    def find(self, text):  # of one passage; yield start, end, type, and a score where there is one
        for match in re.finditer("Arabidopsis", text):
            yield match.start(), match.end(), "plant"

[project.entry-points."bioweft.taggers"]
plants = "my_package:Plants"
"""

from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint

from bioweft import own
from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument, Document, Mention
from bioweft.tag.apart import apart

GROUP = "bioweft.taggers"


def installed() -> dict[str, EntryPoint]:
    """Return the entry points of taggers by name."""
    return own.installed(GROUP)


class OwnTagger(own.OwnTool):
    """Finds mentions with a user's class."""

    kind = "tagger"
    method = "find"

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions, in order of start, none overlapping within a type."""
        self.load()
        for annotated in documents:
            yield annotated.tagged(apart(self._mentions(annotated.document)))

    def _mentions(self, document: Document) -> Iterator[Mention]:
        for begin, passage in zip(document.starts, document.passages, strict=True):
            for start, end, type_, *score in self._own.find(passage.text):
                if not 0 <= start < end <= len(passage.text):
                    raise InputError(
                        f"the tagger {self.name} gives {start}-{end} in a text of {len(passage.text)} characters"
                    )
                text = passage.text[start:end]
                yield Mention(begin + start, begin + end, text, type_, self.name, *score)
