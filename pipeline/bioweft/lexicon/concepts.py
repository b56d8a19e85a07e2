"""From the entries of several vocabularies to concepts: which entries are one thing, and which term belongs to which.

Merging follows docs/design.md: one identifier per vocabulary, edges in order of trust. The entries
come from `bioweft.lexicon.types`.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Literal, get_args

from bioweft.lexicon.names import coded, folded, is_code
from bioweft.records import Concept, Term, TermStatus

STATUS_RANK: Mapping[TermStatus, int] = {status: rank for rank, status in enumerate(get_args(TermStatus))}
"""The place of each status, best first."""

Preference = Literal["status", "vocabulary", "heading"]
"""The ways to rank the claims of concepts to a name (`settle`)."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of one vocabulary, made ready: its terms cleaned and given their status."""

    id: str
    name: str
    terms: tuple[Term, ...]
    xrefs: tuple[str, ...] = ()
    parents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Claim:
    """A name that a vocabulary gives to a concept, compared as `bioweft.lexicon.names.folded`."""

    name: str
    status: TermStatus
    vocabulary: str


@dataclass(frozen=True, slots=True)
class Merged(Concept):
    """A concept that still knows which vocabulary brought which of its names."""

    claims: tuple[Claim, ...] = ()


def prefix(curie: str) -> str:
    """Return the vocabulary of a CURIE: `mesh` of `mesh:D001943`."""
    return curie.partition(":")[0]


def merge(entries: Iterable[Entry], *, type: str, order: Sequence[str]) -> list[Merged]:
    """Return the concepts that the entries make, in order of identifier.

    `order` names the vocabularies, the one that gives the canonical identifier first. Edges are taken in order of
    trust: reciprocal cross-reference, one-way cross-reference with a shared name, one-way cross-reference, same
    preferred name. An edge is refused when the result would hold two identifiers of one vocabulary.

    A lone entry that was refused by a concept of a better vocabulary, and whose name is one of that concept's names,
    is a finer cut of the same thing (a cancer beside the neoplasm, an anion beside its acid): its terms go to that
    concept, its identifier to none.
    """
    known = {entry.id: entry for entry in entries}
    groups = _Groups(known)
    refused = [pair for pair in _edges(known) if not groups.join(*pair)]
    absorbed = _absorb(groups, known, refused, order)
    canonical = {id: min(members, key=lambda id: _place(id, order)) for members in groups.all() for id in members}
    canonical |= {id: canonical[absorber] for id, absorber in absorbed.items()}
    inside: dict[str, list[str]] = defaultdict(list)
    for id in known:
        inside[canonical[id]].append(id)
    concepts = []
    for id in sorted(inside, key=lambda id: _place(id, order)):
        members = sorted(inside[id], key=lambda id: _place(id, order))
        own = [known[member] for member in members if member not in absorbed]
        taken = [known[member] for member in members if member in absorbed]
        concepts.append(_concept(own, taken, canonical, known, type))
    return sorted(_divided(concepts), key=lambda concept: concept.id)


def settle(concepts: Iterable[Merged], *, order: Sequence[str], by: Preference) -> list[Concept]:
    """Return the concepts with every term that several of them claim left to the best claim, weak in the others.

    `order` names the vocabularies, the most authoritative first; `by` says which claim is best (`_best_claims`). Of
    synonyms that tie, the one that more vocabularies have wins. Claims that still tie stay, and the document decides;
    but a spelling that is the preferred name of one concept (`Tetracycline`) is not left to another (`Tetracyclines`).
    Codes then become symbols.
    """
    concepts = list(concepts)
    lost = _lost_claims(concepts, order, by)
    # A spelling that is the preferred name of some concepts is theirs alone, although folded names are equal:
    # `Tetracycline` stays with that heading, even where the `Tetracyclines` claim it as well.
    owners: dict[str, set[int]] = defaultdict(set)
    for number, concept in enumerate(concepts):
        name = folded(concept.name)
        if (number, name) not in lost and any(claim.name == name for claim in concept.claims):
            owners[concept.name.casefold()].add(number)

    def is_lost(number: int, term: Term) -> bool:
        owning = owners.get(term.text.casefold())
        is_another = owning is not None and number not in owning
        return not term.lookup and ((number, folded(term.text)) in lost or is_another)

    return [
        Concept(
            id=concept.id,
            name=concept.name,
            type=concept.type,
            terms=_sorted(
                coded(replace(term, status="weak") if is_lost(number, term) else term) for term in concept.terms
            ),
            xrefs=concept.xrefs,
            parents=concept.parents,
        )
        for number, concept in enumerate(concepts)
    ]


def settle_lookups(concepts: Sequence[Concept], *, ranks: Sequence[str]) -> list[Concept]:
    """Return the concepts with each term that is only looked up weak where a better concept has it.

    A concept that has the name in texts is better than one where it is only looked up; of these, and of codes, those
    whose identifier begins with an earlier one of `ranks`: `NH3` is ammonia, a heading, rather than the code of a
    supplementary concept. Concepts as good keep it, and the document decides.
    """

    def rank(concept: Concept, term: Term) -> tuple[bool, int]:
        place = next((place for place, start in enumerate(ranks) if concept.id.startswith(start)), len(ranks))
        return (True, place) if term.lookup or is_code(term.text) else (False, 0)

    best: dict[str, tuple[bool, int]] = {}
    for concept in concepts:
        for term in concept.terms:
            if term.status != "weak":
                name = folded(term.text)
                best[name] = min(rank(concept, term), best.get(name, (True, len(ranks))))
    return [
        replace(
            concept,
            terms=tuple(
                replace(term, status="weak")
                if term.lookup and best.get(folded(term.text), (True, len(ranks))) < rank(concept, term)
                else term
                for term in concept.terms
            ),
        )
        for concept in concepts
    ]


def _lost_claims(concepts: Sequence[Merged], order: Sequence[str], by: Preference) -> set[tuple[int, str]]:
    """Return the claims that a better one beats, as number of the concept and folded name."""
    claims = [_best_claims(concept, order, by) for concept in concepts]
    claimants: dict[str, list[int]] = defaultdict(list)
    for number, names in enumerate(claims):
        for name in names:
            claimants[name].append(number)
    lost: set[tuple[int, str]] = set()
    for name, numbers in claimants.items():
        if len(numbers) == 1:
            continue
        best = min(claims[number][name] for number in numbers)
        winners = [number for number in numbers if claims[number][name] == best]
        # Where all that tie have the name as a synonym, more vocabularies win: a synonym in MeSH and ChEBI beats one
        # in MeSH alone. A preferred name is not outvoted.
        if len(winners) > 1 and not any(_is_preferred(name, concepts[number].claims) for number in winners):
            backing = {number: _backing(name, concepts[number].claims) for number in winners}
            winners = [number for number in winners if backing[number] == max(backing.values())]
        lost.update((number, name) for number in numbers if number not in winners)
    return lost


def _best_claims(concept: Merged, order: Sequence[str], by: Preference) -> dict[str, tuple[int, ...]]:
    """Return the sort key of a concept's best claim to each of its names; the least key is the best."""
    mine = _place(concept.id, order)[0]
    best: dict[str, tuple[int, ...]] = {}
    for claim in concept.claims:
        rank, place = STATUS_RANK[claim.status], _vocabulary_place(claim.vocabulary, order)
        if by == "status":
            # A preferred name in any vocabulary beats a synonym in another; of equals, the first vocabulary wins.
            good: tuple[int, ...] = (rank, place)
        else:
            # A claim of the first vocabulary itself comes first, so that no heading goes to a neighbour that was merged
            # with another vocabulary's entry of that name. By heading, any preferred name comes next. Then comes the
            # concept whose identifier stands first.
            good = (place > 0, by == "heading" and claim.status != "name", mine, rank)
        # A weak claim loses to every other, whichever vocabulary makes it.
        key = (claim.status == "weak", *good)
        best[claim.name] = min(key, best.get(claim.name, key))
    return best


def _is_preferred(name: str, claims: Iterable[Claim]) -> bool:
    return any(claim.name == name and claim.status == "name" for claim in claims)


def _backing(name: str, claims: Iterable[Claim]) -> int:
    """Return how many vocabularies claim the name."""
    return len({claim.vocabulary for claim in claims if claim.name == name and claim.status != "weak"})


def gather(terms: Iterable[Term]) -> tuple[Term, ...]:
    """Return the terms best first, each once: of those alike but for case the best, codes case by case.

    Terms that are only looked up come last, so that one that is found in texts, too, stays.
    """
    kept: list[Term] = []
    keys: set[str] = set()
    for term in _sorted(terms):
        key = term.text if is_code(term.text) else term.text.casefold()
        if key not in keys:
            keys.add(key)
            kept.append(term)
    return tuple(kept)


def _sorted(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple(sorted(terms, key=lambda term: (term.lookup, STATUS_RANK[term.status])))


def _place(curie: str, order: Sequence[str]) -> tuple[int, str]:
    return _vocabulary_place(prefix(curie), order), curie


def _vocabulary_place(vocabulary: str, order: Sequence[str]) -> int:
    return order.index(vocabulary) if vocabulary in order else len(order)


def _edges(known: Mapping[str, Entry]) -> Iterator[tuple[str, str]]:
    """Yield pairs of identifiers of different vocabularies that may be one thing, the most trusted first."""
    pointed = {
        (id, xref)
        for id, entry in known.items()
        for xref in entry.xrefs
        if xref in known and prefix(xref) != prefix(id)
    }
    names = {id: _names(known[id]) for pair in pointed for id in pair}
    ranked = []
    for source, target in pointed:
        mutual = (target, source) in pointed
        if mutual and target < source:
            continue
        shared = len(names[source] & names[target])
        trust = 0 if mutual else 1 if shared else 2
        alike = folded(known[source].name) == folded(known[target].name)
        ranked.append((trust, not alike, -shared, min(source, target), max(source, target)))
    yield from ((first, second) for _, _, _, first, second in sorted(ranked))
    called: dict[str, list[str]] = defaultdict(list)
    for id in sorted(known):
        called[folded(known[id].name)].append(id)
    for _, ids in sorted(called.items()):
        yield from (pair for pair in combinations(ids, 2) if prefix(pair[0]) != prefix(pair[1]))


def _names(entry: Entry) -> set[str]:
    return {folded(entry.name), *(folded(term.text) for term in entry.terms)}


class _Groups:
    """Union-find that refuses to put two identifiers of one vocabulary together."""

    def __init__(self, ids: Iterable[str]) -> None:
        self._up = {id: id for id in ids}
        self._members = {id: [id] for id in self._up}

    def find(self, id: str) -> str:
        while self._up[id] != id:
            self._up[id] = id = self._up[self._up[id]]
        return id

    def join(self, first: str, second: str) -> bool:
        """Put the two together; False where that is refused."""
        first, second = self.find(first), self.find(second)
        if first == second:
            return True
        mine, theirs = self._members[first], self._members[second]
        if {prefix(id) for id in mine} & {prefix(id) for id in theirs}:
            return False
        root, leaf = (first, second) if len(mine) >= len(theirs) else (second, first)
        self._up[leaf] = root
        self._members[root] += self._members.pop(leaf)
        return True

    def members(self, id: str) -> list[str]:
        return self._members[self.find(id)]

    def all(self) -> list[list[str]]:
        return list(self._members.values())


def _absorb(
    groups: _Groups, known: Mapping[str, Entry], refused: Iterable[tuple[str, str]], order: Sequence[str]
) -> dict[str, str]:
    """Return, for each entry that stayed alone and is a finer cut of a concept, an identifier of that concept."""
    absorbed: dict[str, str] = {}
    for pair in refused:
        for lone, rival in (pair, pair[::-1]):
            if lone in absorbed or rival in absorbed or len(groups.members(lone)) > 1:
                continue
            members = groups.members(rival)
            canonical = min(members, key=lambda id: _place(id, order))
            called = {name for id in members for name in _names(known[id])}
            if _place(canonical, order)[0] < _place(lone, order)[0] and folded(known[lone].name) in called:
                absorbed[lone] = canonical
                break
    return absorbed


def _concept(
    own: Sequence[Entry], taken: Sequence[Entry], canonical: Mapping[str, str], known: Container[str], type: str
) -> Merged:
    brought = [(term, prefix(entry.id)) for entry in own for term in entry.terms]
    brought += [
        (replace(term, status="synonym") if term.status == "name" else term, prefix(entry.id))
        for entry in taken
        for term in entry.terms
    ]
    parents = dict.fromkeys(canonical[parent] for parent in own[0].parents if parent in canonical)
    return Merged(
        id=own[0].id,
        name=own[0].name,
        type=type,
        terms=gather(term for term, _ in brought),
        xrefs=_xrefs(own, known),
        parents=tuple(parent for parent in parents if parent != own[0].id),
        claims=tuple(
            Claim(folded(term.text), term.status, vocabulary) for term, vocabulary in brought if not term.lookup
        ),
    )


def _divided(concepts: Iterable[Merged]) -> Iterator[Merged]:
    """Leave every cross-reference to the first concept that has it, so that it leads to one."""
    used: set[str] = set()
    for concept in concepts:
        yield replace(concept, xrefs=tuple(xref for xref in concept.xrefs if xref not in used))
        used.update(concept.xrefs)


def _xrefs(own: Sequence[Entry], known: Container[str]) -> tuple[str, ...]:
    """Return at most one identifier of each other vocabulary: a cross-reference that points two ways points nowhere."""
    by_vocabulary = {prefix(entry.id): entry.id for entry in own}
    del by_vocabulary[prefix(own[0].id)]
    for entry in own:
        outside = defaultdict(list)
        for xref in entry.xrefs:
            if xref not in known and prefix(xref) != prefix(own[0].id):
                outside[prefix(xref)].append(xref)
        for vocabulary, xrefs in outside.items():
            if len(xrefs) == 1:
                by_vocabulary.setdefault(vocabulary, xrefs[0])
    return tuple(sorted(by_vocabulary.values()))
