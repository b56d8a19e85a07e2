"""From mentions to concepts: names are looked up in the dictionaries, and the document decides what they mean."""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from importlib.resources import files
from itertools import islice
from pathlib import Path

from bioweft.link import index as indexes
from bioweft.link import ranking, similar, variants
from bioweft.link.candidates import Candidate, Lookup, Name
from bioweft.link.composite import compositions, whole_names
from bioweft.link.context import HUMAN, MAMMALS, MOUSE, Context, is_defined_otherwise
from bioweft.link.index import STATUSES, NameIndex
from bioweft.link.variants import is_process
from bioweft.records import AnnotatedDocument, Link, Mention

VERSION = 8
"""Counts up whenever the same mentions could get other links."""

_DOCUMENTS_AT_ONCE = 256
_MOST_CANDIDATES = 5
_LEAST_WIDER = 0.6
"""The least score of a link to the disease that a last word names; corpora accept more of these than readers do."""
_LEAST_PROCESS = 0.3
"""... and of one to what goes on at the place that the other words name: `pulmonary metastases`."""
_LEAST_WIDER_CELL = {"core": 0.3, "head": 0.15}
"""The least score of a link to a wider cell type, by step: no corpus has taught the linker cell types."""
_FOREIGN = 0.25
"""The share of its score that a short form keeps where its long form is unknown; readers found 9 of 10 wrong."""
_SYMBOL = STATUSES.index("symbol")
_LEAST_SYMBOLS = 3
"""Families of symbols of mice that a text must have, and how many for each of people, so that it tells of mice."""
_CONJUNCTION = re.compile(r"\s(?:and|or|and/or)\s|/|&")


@dataclass(frozen=True, slots=True)
class Choice:
    """What a mention, or one of the names in it, could mean; of each candidate its features.

    `is_foreign` says that the document defines the mention as something that no dictionary knows.
    """

    candidates: Sequence[Candidate]
    features: Sequence[ranking.Features]
    mention: Mention
    reason: str
    is_foreign: bool = False


Choices = tuple[Mention, list[Choice]]


@dataclass(frozen=True, slots=True)
class RankedCandidate:
    """A concept that a name could mean.

    `chance` is how likely it is beside the other candidates; `score`, of the first alone, how likely it is right, and
    `threshold` the least score of a link to it.
    """

    concept: str
    name: str
    chance: float
    score: float | None
    threshold: float
    reason: str


class DictionaryLinker:
    """Links mentions to the concepts of dictionaries.

    `dictionaries` are names of shipped ones or paths, the most important first; a mention means a concept of its own
    type. Links whose score is below `threshold` are left out; it is each type's own where it is None.
    """

    name = "dictionary"
    on_gpu = False

    def __init__(self, dictionaries: Sequence[str | Path], *, threshold: float | None = None) -> None:
        self.dictionaries = tuple(dictionaries)
        self._threshold = threshold

    @cached_property
    def _index(self) -> NameIndex:
        return indexes.open_index(self.dictionaries)

    @cached_property
    def _lookup(self) -> Lookup:
        return Lookup(self._index, similar.open_terms(self.dictionaries))

    @cached_property
    def digest(self) -> str:
        """Digest of the dictionaries, the weights and the code."""
        weights = files("bioweft.link").joinpath("weights.json").read_text(encoding="utf-8")
        dictionaries = (indexes.key(self.dictionaries), similar.key(self.dictionaries))
        parts = (VERSION, self._threshold, dictionaries, weights, variants.contents())
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]

    def load(self) -> None:
        """Open the names of the dictionaries, or compile them."""
        _ = self._lookup

    def link(self, documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
        """Yield each document in turn with the links of its mentions."""
        for annotated, choices in self.choices(documents):
            links = (tuple(self._links(mention.type, of_mention)) for mention, of_mention in choices)
            yield replace(annotated, links=tuple(links))

    def choices(self, documents: Iterable[AnnotatedDocument]) -> Iterator[tuple[AnnotatedDocument, list[Choices]]]:
        """Yield each document in turn with what there is to choose for each of its mentions."""
        stream = iter(documents)
        while batch := list(islice(stream, _DOCUMENTS_AT_ONCE)):
            contexts = [Context(annotated) for annotated in batch]
            named = [_with_whole_names(annotated) for annotated in batch]
            self._lookup.add(
                name for whole, context in zip(named, contexts, strict=True) for name in _names(whole, context)
            )
            for annotated, whole, context in zip(batch, named, contexts, strict=True):
                context.lines = list(self._species_of_lines(annotated))
                context.manner = MOUSE if self._has_mouse_symbols(annotated) else None
                agreement = self._agreement(whole)
                pairs = zip(annotated.mentions, whole.mentions, strict=True)
                yield annotated, [(m, list(self._choices(m, meant, context, agreement))) for m, meant in pairs]
            self._lookup.forget()

    @property
    def types(self) -> list[str]:
        """The types of the dictionaries' concepts."""
        types: list[str] = self._index.types.to_pylist()
        return types

    def candidates(self, annotated: AnnotatedDocument) -> Iterator[tuple[Mention, dict[str, list[RankedCandidate]]]]:
        """Yield each mention with the candidates of each of its names (of several for `BRCA1/2`), the best first."""
        ((_, choices),) = self.choices([annotated])
        for mention, of_mention in choices:
            by_name = {}
            weights = ranking.weights_of(mention.type)
            for choice in of_mention:
                order, chances, score = _ranked(choice, weights)
                by_name[choice.mention.text] = [
                    RankedCandidate(
                        self.concept(choice.candidates[n]),
                        self._index.names[choice.candidates[n].concept].as_py(),
                        chances[n],
                        score if n == order[0] else None,
                        self._least(choice.candidates[n], weights),
                        _reason(choice.candidates[n], choice.features[n], choice.reason),
                    )
                    for n in order
                ]
            yield mention, by_name

    def concept(self, candidate: Candidate) -> str:
        """Return the CURIE of a candidate's concept."""
        return str(self._index.ids[candidate.concept])

    def _species_of_lines(self, annotated: AnnotatedDocument) -> Iterator[tuple[int, str]]:
        """Yield where a document names cell lines that are all of one species, and that species."""
        for mention in annotated.mentions:
            if mention.type == "cell_line":
                lines = [candidate for candidate in self._lookup[_name(mention)] if candidate.is_familiar]
                taxa = {int(self._index.taxon[candidate.concept]) for candidate in lines}
                if len(taxa) == 1 and (taxon := taxa.pop()) >= 0:
                    yield mention.start, self._index.taxa[taxon].as_py()

    def _has_mouse_symbols(self, annotated: AnnotatedDocument) -> bool:
        """Say whether a document writes symbols of genes as those of mice are: `Sox2`, `Nanog`, `Gata6`, no `SOX2`.

        Those of one family count once: texts on people write their proteins so too (`Smad2`, `Smad4`).
        """
        symbols = {_name(mention) for mention in annotated.mentions if mention.type == "gene"}
        families = {(taxon, _stem(symbol.text)) for symbol in symbols for taxon in self._taxa_of_symbol(symbol)}
        counts = Counter(taxon for taxon, _ in families)
        of_mouse, of_human = (counts[self._index.number_of_taxon(taxon)] for taxon in (MOUSE, HUMAN))
        return of_mouse >= _LEAST_SYMBOLS and of_mouse >= _LEAST_SYMBOLS * of_human

    def _taxa_of_symbol(self, symbol: Name) -> set[int]:
        """Return the species that have a gene whose first name is written just so."""
        return {
            int(self._index.taxon[candidate.concept])
            for candidate in self._lookup[symbol]
            if self._index.names[candidate.concept].as_py() == symbol.text
        }

    def _agreement(self, annotated: AnnotatedDocument) -> Counter[int]:
        """Return by how many further names a document may name each concept."""
        by_name: dict[Name, tuple[Candidate, ...]] = {}
        for mention in annotated.mentions:
            by_name.setdefault(Name(mention.type, mention.text.casefold()), self._lookup[_name(mention)])
        counts = Counter(
            kin
            for candidates in by_name.values()
            for kin in {self._index.kin(candidate.concept) for candidate in candidates if candidate.is_familiar}
        )
        return Counter({concept: count - 1 for concept, count in counts.items() if count > 1})

    def _choices(
        self, written: Mention, mention: Mention, context: Context, agreement: Counter[int]
    ) -> Iterator[Choice]:
        """Yield what there is to choose for a mention; `mention` has the whole name of what is `written`."""
        candidates = self._lookup[_name(mention)]
        definition = context.definition(mention)
        long_form, is_foreign = None, False
        long_reason = "" if mention is written else f"one of several: {mention.text}"
        if definition is not None and definition.is_other_type:
            is_foreign = True
        elif definition is not None:
            long_form, long_reason = self._lookup[Name(mention.type, definition.long)], f"short for {definition.long}"
            if _says_wider(long_form, mention.type) and not _CONJUNCTION.search(definition.long):
                candidates = ()  # CAPA, which is short for a kind of aspergillosis, is no ataxia
            elif not _is_familiar(long_form):
                is_foreign = is_defined_otherwise(mention.text, definition.long, mention.type)
                if _is_familiar(candidates):
                    long_form = ()
            elif mention.type == "gene" and _is_familiar(candidates) and not self._agree(candidates, long_form):
                long_form = None  # of a gene, one of the two is often a name that the dictionaries lack
        if not long_form and not _is_one_name(mention.text, candidates):
            parts = self._parts(mention)
            for text, candidates_of_part in parts:
                evidence = ranking.Evidence(context, replace(mention, text=text), None, agreement)
                yield self._choice(candidates_of_part, evidence, f"one of several: {text}")
            if parts:
                return
        if merged := _merged(candidates, long_form):
            concepts = None if long_form is None else frozenset(self._index.kin(c.concept) for c in long_form)
            choice = self._choice(merged, ranking.Evidence(context, mention, concepts, agreement), long_reason)
            yield replace(choice, is_foreign=is_foreign)

    def _agree(self, candidates: Sequence[Candidate], long_form: Sequence[Candidate]) -> bool:
        """Say whether a short form and its long form may mean the same."""
        kin = {self._index.kin(candidate.concept) for candidate in long_form}
        return any(self._index.kin(candidate.concept) in kin for candidate in candidates)

    def _parts(self, mention: Mention) -> list[tuple[str, tuple[Candidate, ...]]]:
        """Return the names that a mention holds together, with their candidates; nothing where it is a single name."""
        for names in compositions(mention.text):
            parts = [(text, self._lookup[Name(mention.type, text)]) for text in names]
            if all(_is_familiar(candidates) for _, candidates in parts):
                return parts
        return []

    def _choice(self, candidates: Sequence[Candidate], evidence: ranking.Evidence, reason: str) -> Choice:
        """Return the candidates in order of identifier, so that those as good are in the same order always."""
        homologs = self._homologs(candidates, evidence.context)
        ordered = sorted((*candidates, *homologs), key=self.concept)
        return Choice(ordered, ranking.features_of(ordered, evidence, self._index), evidence.mention, reason)

    def _homologs(self, candidates: Sequence[Candidate], context: Context) -> Iterator[Candidate]:
        """Yield the genes of the species that the document tells whose homologs have the name: rat `prolactin`.

        There are none where a class has the name as it is written, as a symbol: `IgD`.
        """
        index = self._index
        if any(c.is_spelt and c.status == _SYMBOL and self.concept(c).startswith("mesh:") for c in candidates):
            return
        there = {candidate.concept for candidate in candidates}
        for candidate in sorted(candidates, key=lambda candidate: self._taxon(candidate.concept) not in MAMMALS):
            for concept in index.homologs(candidate.concept):
                if concept not in there and (taxon := self._taxon(concept)) in context.taxa:
                    there.add(concept)
                    is_far = not MAMMALS.issuperset((taxon, self._taxon(candidate.concept)))
                    yield candidate._replace(concept=concept, is_homolog=True, is_far=is_far)

    def _taxon(self, concept: int) -> str | None:
        """Return the species that a gene is of."""
        number = int(self._index.taxon[concept])
        return None if number < 0 else str(self._index.taxa[number])

    def _links(self, type_: str, choices: Iterable[Choice]) -> Iterator[Link]:
        """Yield a link for each choice whose best candidate is sure enough."""
        weights = ranking.weights_of(type_)
        for choice in choices:
            order, _, score = _ranked(choice, weights)
            best = order[0]
            if score >= self._least(choice.candidates[best], weights):
                curies = tuple(self.concept(choice.candidates[n]) for n in order[:_MOST_CANDIDATES])
                reason = _reason(choice.candidates[best], choice.features[best], choice.reason)
                yield Link(curies[0], round(score, 4), reason, curies)

    def _least(self, candidate: Candidate, weights: ranking.Weights) -> float:
        """Return the least score of a link.

        A disease that the last word alone names has to be surer, but for what goes on in the body at some place; the
        end of a cell type's name always says a wider type.
        """
        if self._threshold is not None:
            return self._threshold
        type_ = self._type(candidate) if candidate.step in _LEAST_WIDER_CELL else ""
        if type_ == "disease" and candidate.is_last_word:
            return _LEAST_PROCESS if is_process(candidate.reason) else max(weights.threshold, _LEAST_WIDER)
        is_cells = type_ == "cell_type" and STATUSES[candidate.status] != "weak"
        return _LEAST_WIDER_CELL[candidate.step] if is_cells else weights.threshold

    def _type(self, candidate: Candidate) -> str:
        return str(self._index.types[int(self._index.type[candidate.concept])])


def _stem(symbol: str) -> str:
    return symbol.rstrip("0123456789")


def _ranked(choice: Choice, weights: ranking.Weights) -> tuple[list[int], list[float], float]:
    """Return the places of the candidates, the best first, the chance of each candidate, and the score of the best."""
    chances = ranking.chances(choice.features, weights)
    order = sorted(range(len(chances)), key=[-chance for chance in chances].__getitem__)
    best = order[0]
    score = ranking.trust(choice.features[best], chances[best], choice.mention, weights)
    return order, chances, score * (_FOREIGN if choice.is_foreign else 1.0)


def _with_whole_names(annotated: AnnotatedDocument) -> AnnotatedDocument:
    """Return a document in which the `B` of `CDKN2A/B` is called CDKN2B."""
    names = whole_names(annotated.document.text, annotated.mentions)
    pairs = zip(annotated.mentions, names, strict=True)
    return replace(annotated, mentions=tuple(m if m.text == name else replace(m, text=name) for m, name in pairs))


def _names(annotated: AnnotatedDocument, context: Context) -> Iterator[Name]:
    """Yield what has to be looked up for a document."""
    for mention in annotated.mentions:
        yield _name(mention)
        for definition in context.definitions.get(_name(mention), ()):
            yield Name(mention.type, definition.long)


def _name(mention: Mention) -> Name:
    return Name(mention.type, mention.text)


def _is_one_name(text: str, candidates: Sequence[Candidate]) -> bool:
    """Say whether a mention is a name as it stands, so that it is not looked at for several.

    `cancer, breast` is one with its words in another order; `breast and ovarian cancer` are two, whatever is called so.
    """
    steps = {candidate.step for candidate in candidates}
    return not steps.isdisjoint(("same", "spelling")) or ("order" in steps and not _CONJUNCTION.search(text))


def _is_familiar(candidates: Sequence[Candidate]) -> bool:
    """Say whether a name says any of its candidates, and not only something near them."""
    return any(candidate.is_familiar for candidate in candidates)


def _says_wider(candidates: Sequence[Candidate], type_: str) -> bool:
    """Say whether a name is that of something wider and no more; of genes and chemicals that tells too little."""
    return type_ not in ("gene", "chemical") and any(candidate.step == "head" for candidate in candidates)


def _merged(candidates: Sequence[Candidate], long_form: Sequence[Candidate] | None) -> list[Candidate]:
    """Return the candidates of a mention and of its long form, each concept once."""
    if long_form and not _is_familiar(candidates):
        return list(long_form)
    by_concept = {candidate.concept: candidate for candidate in (*(long_form or ()), *candidates)}
    return list(by_concept.values())


def _reason(candidate: Candidate, features: ranking.Features, reason: str) -> str:
    """Return why a candidate was chosen, in words."""
    told = [STATUSES[candidate.status], candidate.reason, "of a homolog" if candidate.is_homolog else ""]
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
