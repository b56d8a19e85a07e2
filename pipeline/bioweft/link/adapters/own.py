"""A linker of the user's own: one class with one method, found by an entry point.

class Plants:
    def link(self, name, type, text):  # a mention's text and type, its document's text; yield CURIE and score
        if name == "thale cress":
            yield "ncbitaxon:3702", 0.9

[project.entry-points."bioweft.linkers"]
plants = "my_package:Plants"

What is yielded first is the link, the rest are its other candidates.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument, Link, Mention

GROUP = "bioweft.linkers"


def installed() -> dict[str, EntryPoint]:
    """Return the entry points of linkers by name."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


class OwnLinker:
    """Links mentions with a user's class; `argument` is what stands after the colon of its name, if anything does.

    Links whose score is below `threshold` are left out.
    """

    on_gpu = False

    def __init__(self, entry: EntryPoint, argument: str = "", *, threshold: float | None = None) -> None:
        self.name: str = f"{entry.name}:{argument}" if argument else entry.name
        self._entry = entry
        self._argument = argument
        self._threshold = threshold or 0.0
        self._own: Any = None

    @property
    def digest(self) -> str:
        """Digest of the name, the threshold and the version of the package that brings the class."""
        package = self._entry.dist
        about = [self.name, self._entry.value, str(self._threshold)]
        about += [package.name, package.version] if package else []
        return hashlib.sha256("\n".join(about).encode()).hexdigest()[:16]

    def load(self) -> None:
        """Make the user's object.

        Raises:
            InputError: its module or class is not there, or the class has no method `link`.
        """
        if self._own is None:
            try:
                made = self._entry.load()
            except (ImportError, AttributeError) as error:
                raise InputError(f"the linker {self._entry.name} cannot be imported: {error}") from error
            if not callable(getattr(made, "link", None)):
                raise InputError(f"the linker {self._entry.name} ({self._entry.value}) has no method `link`")
            self._own = made(self._argument) if self._argument else made()

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with the links of its mentions.

        Raises:
            InputError: the class gives something else than a CURIE and a score from 0 to 1.
        """
        self.load()
        for annotated in documents:
            text = annotated.document.text
            yield replace(annotated, links=tuple(self._links(mention, text) for mention in annotated.mentions))

    def _links(self, mention: Mention, text: str) -> tuple[Link, ...]:
        candidates = [(curie, *score) for curie, *score in self._own.link(mention.text, mention.type, text)]
        if not candidates:
            return ()
        curies = tuple(curie for curie, *_ in candidates)
        score = float(candidates[0][1]) if len(candidates[0]) > 1 else 1.0
        if not (0.0 <= score <= 1.0 and all(":" in curie for curie in curies)):
            raise InputError(
                f"the linker {self.name} should give CURIEs such as mesh:D003920 and scores from 0 to 1;"
                f" of {mention.text!r} it gives {', '.join(curies)} with {score}"
            )
        return (Link(curies[0], score, self.name, curies),) if score >= self._threshold else ()
