"""Concepts of names that no terminology has: `text:gene/spon-1`, one for each type and name as the matcher folds it.

They are made only where a setting asks for it: a tagger without dictionaries then has rankings, queries and
co-occurrence too. Such a concept says that texts write the same, not that they mean the same.
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from bioweft.lexicon.trial import folded
from bioweft.link.base import Linker
from bioweft.records import AnnotatedDocument, Link, Mention

PREFIX = "text:"
"""The beginning of the CURIEs of these concepts."""

REASON = "no identifier"
VERSION = 1
"""Counts up whenever the same mentions could get other concepts."""


class ByTextLinker:
    """Gives the mentions that a linker leaves without a concept one of their text; without a linker, all of them."""

    def __init__(self, linker: Linker | None) -> None:
        self._linker = linker
        self.name = f"{linker.name} and text" if linker else "text"

    @property
    def on_gpu(self) -> bool:
        """True where the linker works on a GPU."""
        return self._linker is not None and self._linker.on_gpu

    @property
    def digest(self) -> str:
        """Digest of the linker and the code."""
        inner = self._linker.digest if self._linker else ""
        return hashlib.sha256(f"{inner} text {VERSION}".encode()).hexdigest()[:16]

    def load(self) -> None:
        """Load the linker."""
        if self._linker is not None:
            self._linker.load()

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with the links of its mentions; a link by text has the score 0."""
        for annotated in documents if self._linker is None else self._linker.link(documents):
            links = tuple(tuple(of_mention) or _by_text(mention) for mention, of_mention in annotated.linked())
            yield replace(annotated, links=links)


def _by_text(mention: Mention) -> tuple[Link, ...]:
    tokens = folded(mention.text)
    name = "-".join(tokens) if any(map(str.isalnum, tokens)) else ""
    return (Link(f"{PREFIX}{mention.type}/{name}", 0.0, REASON),) if name else ()
