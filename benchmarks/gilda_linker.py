"""gilda as a linker, with the terms of the shipped dictionaries: what `linking.py --gilda` measures ours against.

`pip install gilda-slim` brings it; its own terms, which it would download, are not used. A mention is looked up among
the names of its type, without its context, as gilda's disambiguation models are trained on its own terms.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from bioweft import lexicon
from bioweft.records import AnnotatedDocument, Link

STATUSES = {"name": "name", "synonym": "synonym", "symbol": "synonym", "previous": "former_name", "weak": "synonym"}
"""gilda's names of how well a term names its concept."""


class GildaLinker:
    """Gives each mention the concepts of its type that gilda finds for its text."""

    name = "gilda"
    on_gpu = False
    digest = "gilda"

    def __init__(self, dictionaries: Sequence[str | Path]) -> None:
        self._dictionaries = dictionaries
        self._grounders: dict[str, Any] = {}

    def load(self) -> None:
        """Make one grounder a type."""
        from gilda.grounder import Grounder
        from gilda.process import normalize
        from gilda.term import Term

        terms: dict[str, list[Any]] = defaultdict(list)
        for dictionary in self._dictionaries:
            for row in lexicon.load(dictionary).to_pylist():
                prefix, _, _ = row["id"].partition(":")
                for term in row["terms"]:
                    if key := normalize(term["text"]):
                        status = STATUSES[term["status"]]
                        terms[row["type"]].append(
                            Term(key, term["text"], prefix, row["id"], row["name"], status, prefix)
                        )
        self._grounders = {type_: Grounder(of_type) for type_, of_type in terms.items()}

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with the best concept of each mention, and the others as its candidates."""
        for annotated in documents:
            yield replace(annotated, links=tuple(self._links(m.type, m.text) for m in annotated.mentions))

    def _links(self, type_: str, text: str) -> tuple[Link, ...]:
        grounder = self._grounders.get(type_)
        matches = grounder.ground(text) if grounder else []
        if not matches:
            return ()
        candidates = tuple(match.term.id for match in matches[:10])
        return (Link(candidates[0], matches[0].score, candidates=candidates),)
