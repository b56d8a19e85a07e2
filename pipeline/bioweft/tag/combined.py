"""Dictionaries and a model together: which mentions of each stay. What they mean is said in `bioweft.link`.

A model of another library knows nothing of dictionaries: their mentions stand beside its own (`beside`). A model of
ours is shown what dictionaries find and judges it; only what it was not shown can add to its mentions (`own_first`),
and plain names of types that it has learnt from a single corpus (`plain_names`).
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain, tee
from typing import Protocol

from bioweft.records import ENTITY_TYPES, AnnotatedDocument, DictionaryHit, Mention
from bioweft.tag.apart import by_type, in_order
from bioweft.tag.base import Tagger, batches
from bioweft.tag.dictionary import DictionaryTagger

VERSION = 4
"""Version of the code; counts up whenever the same mentions could be combined to others."""


TRUSTED_TYPES = ("cell_type",)
"""Types whose plain names stand although the model left them: their one corpus (JNLPBA) does not annotate `neurons`."""

_PLAIN = re.compile("[a-z]{4}")
"""A word in small letters, which a code has not."""

_NO_NOUN_AFTER = re.compile(
    r"""\s*(?:[.,;:)\]]|$)
    |\s+(?:and|or|in|of|with|from|to|is|was|are|were|by|that|which|on|at|as|for|during|but|than|after|before|when|where|
        has|have|had|can|may)\b""",
    re.VERBOSE,
)
"""What may follow a name that is no part of a longer one: not the `activation` of `T cell activation`."""


class InformedModel(Tagger, Protocol):
    """A model that is shown what dictionaries find."""

    def find(
        self, documents: Sequence[AnnotatedDocument], dictionary_hits: Sequence[Sequence[DictionaryHit]]
    ) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions; `dictionary_hits` is what the dictionaries find in each."""
        ...


class _Together:
    """The common base of the taggers below."""

    def __init__(self, dictionaries: DictionaryTagger, model: Tagger) -> None:
        self.name = f"{model.name}+{dictionaries.name}"
        self._trusted: tuple[str, ...] = ()
        self._dictionaries = dictionaries
        self._model = model

    @property
    def on_gpu(self) -> bool:
        """True where the model works on a GPU."""
        return self._model.on_gpu

    @cached_property
    def digest(self) -> str:
        """Digest of the dictionaries, the model and the rules that combine them."""
        digests = (self._dictionaries.digest, self._model.digest, *(judge.digest for judge in self._judges()))
        return hashlib.sha256(f"{VERSION}\n{digests}\n{self._trusted}".encode()).hexdigest()[:16]

    def load(self) -> None:
        """Make both ready."""
        self._dictionaries.load()
        self._model.load()

    def _judges(self) -> Sequence[DictionaryTagger]:
        return ()


class SideBySideTagger(_Together):
    """Finds mentions with a model that knows nothing of dictionaries, and with dictionaries beside it."""

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions, in order of start, none overlapping within a type."""
        for_model, for_dictionaries = tee(documents)
        for tagged, matched in zip(self._model.tag(for_model), self._dictionaries.tag(for_dictionaries), strict=True):
            yield matched.tagged(beside(tagged.mentions, matched.mentions), matched.dictionary_hits)


class InformedTagger(_Together):
    """Finds mentions with a model that is shown what dictionaries find, and hits of the dictionaries that are wanted.

    `dictionaries` are those that are wanted, `shown` those that the model is shown. It has judged what
    `judged` find: what it did not take of that is left out, although a dictionary has it, but for plain names of
    `trusted` types.
    """

    def __init__(
        self,
        dictionaries: DictionaryTagger,
        model: InformedModel,
        *,
        shown: DictionaryTagger,
        judged: Sequence[DictionaryTagger],
        trusted: Sequence[str] = TRUSTED_TYPES,
    ) -> None:
        super().__init__(dictionaries, model)
        self._trusted = tuple(trusted)
        self._informed = model
        self._shown = shown
        self._judged = tuple(judged)

    @cached_property
    def _matchers(self) -> dict[str, DictionaryTagger]:
        """The sets of dictionaries by their digest, so that equal sets match a document once."""
        return {tagger.digest: tagger for tagger in (self._dictionaries, *self._judged, self._shown)}

    def load(self) -> None:
        """Make the model and all sets of dictionaries ready."""
        for tagger in self._matchers.values():
            tagger.load()
        self._model.load()

    def tag(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document with its mentions, in order of start, none overlapping within a type."""
        for batch in batches(documents):
            matched = {digest: list(tagger.tag(batch)) for digest, tagger in self._matchers.items()}
            tagged = self._informed.find(batch, [a.dictionary_hits for a in matched[self._shown.digest]])
            judged = zip(*(matched[tagger.digest] for tagger in self._judged), strict=True)
            for of_model, wanted, refused in zip(tagged, matched[self._dictionaries.digest], judged, strict=True):
                hits = chain.from_iterable(annotated.dictionary_hits for annotated in refused)
                mentions = own_first(of_model.mentions, wanted.mentions, judged=hits)
                plain = plain_names(wanted, mentions, self._trusted)
                yield wanted.tagged(in_order([*mentions, *plain]), wanted.dictionary_hits)

    def _judges(self) -> Sequence[DictionaryTagger]:
        return self._judged


def beside(mentions: Sequence[Mention], of_dictionaries: Sequence[Mention]) -> list[Mention]:
    """Return a model's mentions and those of dictionaries that overlap none of them, in order of start.

    One of another type than the six gives way only to a model's of its own type.
    """
    of_model = by_type(mentions)
    types = list(of_model)
    rivals = {m.type: types if m.type in ENTITY_TYPES else [m.type] for m in of_dictionaries}
    alone = [m for m in of_dictionaries if not any(of_model[type_].over(m.start, m.end) for type_ in rivals[m.type])]
    return in_order([*mentions, *alone])


def own_first(
    mentions: Sequence[Mention], of_dictionaries: Sequence[Mention], *, judged: Iterable[DictionaryHit]
) -> list[Mention]:
    """Return a model's mentions and those of dictionaries that it has not judged, in order of start.

    Such a mention is of the user's own dictionary, and stands in the place of the model's of its type that it overlaps.
    """
    judged_spans = {(hit.start, hit.end, hit.type) for hit in judged}
    own = [m for m in of_dictionaries if (m.start, m.end, m.type) not in judged_spans]
    own_by_type = by_type(own)
    return in_order([*(m for m in mentions if not own_by_type[m.type].over(m.start, m.end)), *own])


def plain_names(matched: AnnotatedDocument, mentions: Sequence[Mention], types: Sequence[str]) -> list[Mention]:
    """Return the plain names of some types that dictionaries find and that overlap no mention.

    A plain name has a word in small letters, or is an abbreviation of one that the document defines. In the singular it
    stands alone: in `T cell activation` the corpora that were learnt from have no mention.
    """
    text = matched.document.text
    reasons = {(hit.start, hit.end, hit.type): hit.reason for hit in matched.dictionary_hits if hit.type in types}
    plain = []
    of_types = None
    for mention in matched.mentions:
        reason = reasons.get((mention.start, mention.end, mention.type))
        if reason is None or not (reason == "abbreviation" or _PLAIN.search(mention.text)):
            continue
        if not (mention.text.endswith(("s", "zoa")) or _NO_NOUN_AFTER.match(text, mention.end)):
            continue
        of_types = by_type(mentions) if of_types is None else of_types
        if not any(of_type.over(mention.start, mention.end) for of_type in of_types.values()):
            plain.append(mention)
    return plain
