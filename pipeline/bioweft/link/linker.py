"""From mentions to concepts: names are looked up in the dictionaries, and the document decides what they mean."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from importlib.resources import files
from itertools import islice
from pathlib import Path

from bioweft.link import index as indexes
from bioweft.link import ranking, variants
from bioweft.link.candidates import Candidate, Lookup, Name
from bioweft.link.composite import compositions
from bioweft.link.context import Context
from bioweft.link.index import STATUSES, NameIndex
from bioweft.records import AnnotatedDocument, Link, Mention

VERSION = 2
"""Counts up whenever the same mentions could get other links."""

Links = tuple[Link, ...]

_DOCUMENTS_AT_ONCE = 256
_MOST_CANDIDATES = 5
_FAMILIAR_STEPS = ("same", "spelling", "core", "order")


class DictionaryLinker:
    """Links mentions to the concepts of dictionaries.

    `dictionaries` are names of shipped ones or paths, the most important first; a mention means a concept of its own
    type. Links whose score is below `threshold` are left out; it is each type's own where it is None.
    """

    name = "dictionary"
    on_gpu = False

    def __init__(self, dictionaries: Sequence[str | Path], *, threshold: float | None = None) -> None:
        self._dictionaries = tuple(dictionaries)
        self._threshold = threshold
        self._index: NameIndex | None = None
        self._lookup: Lookup | None = None

    @cached_property
    def digest(self) -> str:
        """Digest of the dictionaries, the weights and the code."""
        weights = files("bioweft.link").joinpath("weights.json").read_text(encoding="utf-8")
        parts = (VERSION, self._threshold, indexes.key(self._dictionaries), weights, variants.contents())
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def load(self) -> None:
        """Open the names of the dictionaries, or compile them."""
        if self._index is None:
            self._index = indexes.open_index(self._dictionaries)
            self._lookup = Lookup(self._index)

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with the links of its mentions."""
        self.load()
        assert self._lookup is not None
        stream = iter(documents)
        while batch := list(islice(stream, _DOCUMENTS_AT_ONCE)):
            contexts = [Context(annotated) for annotated in batch]
            self._lookup.add(
                name for annotated, context in zip(batch, contexts, strict=True) for name in _names(annotated, context)
            )
            for annotated, context in zip(batch, contexts, strict=True):
                yield replace(annotated, links=tuple(self._links(annotated, context)))
            self._lookup.forget()

    def _links(self, annotated: AnnotatedDocument, context: Context) -> Iterator[Links]:
        agreement = self._agreement(annotated)
        for mention in annotated.mentions:
            yield tuple(self._links_of(mention, context, agreement))

    def _agreement(self, annotated: AnnotatedDocument) -> Counter[int]:
        """Return by how many different names a document may name each concept, less one."""
        assert self._lookup is not None
        by_name: dict[Name, tuple[Candidate, ...]] = {}
        for mention in annotated.mentions:
            by_name.setdefault(Name(mention.type, mention.text.casefold()), self._lookup[_name(mention)])
        counts = Counter(c.concept for candidates in by_name.values() for c in candidates if c.is_familiar)
        return Counter({concept: count - 1 for concept, count in counts.items() if count > 1})

    def _links_of(self, mention: Mention, context: Context, agreement: Counter[int]) -> Iterator[Link]:
        assert self._lookup is not None
        candidates = self._lookup[_name(mention)]
        long_form, long_reason = self._long_form(mention, context)
        if not any(candidate.is_familiar for candidate in candidates) and not long_form:
            for names in compositions(mention.text):
                sets = [self._lookup[Name(mention.type, text)] for text in names]
                if all(any(candidate.is_familiar for candidate in found) for found in sets):
                    for text, candidates_of_part in zip(names, sets, strict=True):
                        evidence = ranking.Evidence(context, replace(mention, text=text), None, agreement)
                        yield from self._best(candidates_of_part, evidence, f"one of several: {text}")
                    return
        merged = _merged(candidates, long_form)
        if merged:
            concepts = None if long_form is None else frozenset(candidate.concept for candidate in long_form)
            yield from self._best(merged, ranking.Evidence(context, mention, concepts, agreement), long_reason)

    def _long_form(self, mention: Mention, context: Context) -> tuple[tuple[Candidate, ...] | None, str]:
        """Return the candidates of the long form of an abbreviation, None where the mention is none, and a reason."""
        assert self._lookup is not None
        definition = context.definition(mention)
        if definition is None:
            return None, ""
        candidates = self._lookup[Name(mention.type, definition.long)]
        return tuple(c for c in candidates if c.is_familiar), f"short for {definition.long}"

    def _best(self, candidates: Sequence[Candidate], evidence: ranking.Evidence, reason: str) -> Iterator[Link]:
        """Yield the link to the best candidate, unless its score is too low."""
        assert self._index is not None
        index = self._index
        weights = ranking.weights_of(evidence.mention.type)
        rows = ranking.features_of(candidates, evidence, index)
        chances = ranking.chances(rows, weights)
        order = sorted(range(len(candidates)), key=lambda n: (-chances[n], index.ids[candidates[n].concept].as_py()))
        best = order[0]
        score = ranking.trust(rows[best], chances[best], evidence.mention, weights)
        if score >= (weights.threshold if self._threshold is None else self._threshold):
            curies = tuple(index.ids[candidates[n].concept].as_py() for n in order[:_MOST_CANDIDATES])
            yield Link(curies[0], round(score, 4), _reason(candidates[best], rows[best], reason), curies)


def _names(annotated: AnnotatedDocument, context: Context) -> Iterator[Name]:
    """Yield what has to be looked up for a document."""
    for mention in annotated.mentions:
        yield _name(mention)
        for definition in context.abbreviations.get(mention.text, ()):
            yield Name(mention.type, definition.long)


def _name(mention: Mention) -> Name:
    return Name(mention.type, mention.text)


def _merged(candidates: Sequence[Candidate], long_form: Sequence[Candidate] | None) -> list[Candidate]:
    """Return the candidates of a mention and of its long form, each concept once."""
    if long_form and not any(candidate.is_familiar for candidate in candidates):
        return list(long_form)
    by_concept = {candidate.concept: candidate for candidate in (*(long_form or ()), *candidates)}
    return list(by_concept.values())


def _reason(candidate: Candidate, features: ranking.Features, reason: str) -> str:
    """Return why a candidate was chosen, in words."""
    told = [STATUSES[candidate.status], candidate.reason]
    told += [word for word, name in _TOLD.items() if features.get(name)]
    if features.get("long form") or reason.startswith("one of"):
        told.append(reason)
    return ", ".join(filter(None, told))


_TOLD = {
    "other case": "other case",
    "species in the name": "told taxon",
    "species in the sentence": "nearest taxon",
    "other names in the document": "agreement",
    "a heading of the document": "heading",
}
"""What a reason says, and the feature for which it is said."""
