"""A linker of the user's own: one class with one method, found by an entry point.

class Plants:
    def link(self, name, type, text):  # a mention's text and type, its document's text; yield CURIE and score
        if name == "thale cress":
            yield "ncbitaxon:3702", 0.9

[project.entry-points."bioweft.linkers"]
plants = "my_package:Plants"

What is yielded first is the link, the rest are its other candidates.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from importlib.metadata import EntryPoint

from bioweft import own
from bioweft.errors import InputError
from bioweft.records import AnnotatedDocument, Link, Mention

GROUP = "bioweft.linkers"


def installed() -> dict[str, EntryPoint]:
    """Return the entry points of linkers by name."""
    return own.installed(GROUP)


class OwnLinker(own.OwnTool):
    """Links mentions with a user's class; links whose score is below `threshold` are left out."""

    kind = "linker"
    method = "link"

    def __init__(self, entry: EntryPoint, argument: str = "", *, threshold: float | None = None) -> None:
        self._threshold = threshold or 0.0
        super().__init__(entry, argument, self._threshold)

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
