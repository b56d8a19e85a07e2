"""A tagger of the user's own: one class with one method, found by an entry point.

class Plants:
    def find(self, text):  # of one passage; yield start, end, type, and a score where there is one
        for match in re.finditer("Arabidopsis", text):
            yield match.start(), match.end(), "plant"

[project.entry-points."bioweft.taggers"]
plants = "my_package:Plants"
"""

import hashlib
from collections.abc import Iterable, Iterator
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument, Document, Mention
from bioweft.tag.apart import apart

GROUP = "bioweft.taggers"


def installed() -> dict[str, EntryPoint]:
    """Return the entry points of taggers by name."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


class OwnTagger:
    """Finds mentions with a user's class; `argument` is what stands after the colon of its name, if anything does."""

    on_gpu = False

    def __init__(self, entry: EntryPoint, argument: str = "") -> None:
        self.name: str = f"{entry.name}:{argument}" if argument else entry.name
        self._entry = entry
        self._argument = argument
        self._own: Any = None

    @property
    def digest(self) -> str:
        """Digest of the name and the version of the package that brings the class."""
        package = self._entry.dist
        about = [self.name, self._entry.value, *([package.name, package.version] if package else [])]
        return hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]

    def load(self) -> None:
        """Make the user's object.

        Raises:
            InputError: its module or class is not there, or the class has no method `find`.
        """
        if self._own is None:
            try:
                made = self._entry.load()
            except (ImportError, AttributeError) as error:
                raise InputError(f"the tagger {self._entry.name} cannot be imported: {error}") from error
            if not callable(getattr(made, "find", None)):
                raise InputError(f"the tagger {self._entry.name} ({self._entry.value}) has no method `find`")
            self._own = made(self._argument) if self._argument else made()

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
