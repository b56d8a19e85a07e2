"""From the dictionary terms that match in a document to its dictionary hits.

Each rule is a function over the candidates of one document: `supported`, `best_concepts`, `with_abbreviations`,
`leftmost_longest`, `one_type_each`. What they gain is in docs/matching.md.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from itertools import groupby
from operator import attrgetter, itemgetter
from typing import NamedTuple

from bioweft.lexicon import rules
from bioweft.lexicon.matcher import OTHER_CASE, STATUS_STEP, STATUSES
from bioweft.lexicon.names import folded
from bioweft.records import ENTITY_TYPES, DictionaryHit
from bioweft.text.abbreviations import Abbreviation
from bioweft.text.words import occurrences


class Candidate(NamedTuple):
    """A stretch of a document's text that may name a concept."""

    start: int
    end: int
    type: str
    concept: str | None
    rank: int
    """Rank of the term as a name of the concept, 0 best."""
    rule: int
    """Flags of `bioweft.lexicon.rules` for the term."""
    reason: str
    number: int = -1
    """Index of the concept in the matcher that found it."""


_CODE_ORDER = ("gene", "disease", "chemical", "species", "cell_line", "cell_type")
"""Types of a code that could be of several, the likeliest first; used where the document does not tell."""
_NAME_ORDER = ("species", "disease", "gene", "chemical", "cell_line", "cell_type")
MAY_LIE_IN = {
    "species": ("disease", "gene", "chemical", "cell_type"),
    "chemical": ("disease",),
    "cell_line": ("cell_type",),
}
"""`HIV infection` tells of HIV and `heparin-induced thrombocytopenia` of heparin; `NMDA receptor` not of NMDA."""
_CUE_AFTER = re.compile(r"[\s-]*(?:[\w/+-]+\s+)?(?:cell|line|cultur|monolayer|xenograft|transfect)", re.IGNORECASE)
_CUE_BEFORE = re.compile(r"\b(?:cells?|lines?)[,:]?\s+\(?(?:[\w/-]+(?:,\s+|\s+and\s+|\s+or\s+)){0,2}$", re.IGNORECASE)
_CUE_REACH = 32
_DENIED = re.compile(r"\bnon[-‐‑–]", re.IGNORECASE)
"""What stands before a disease that is none: `non-cancer`."""
_STANDARD = re.compile(r"[\s-]standards?\b", re.IGNORECASE)
_METALS = frozenset({"gold", "silver"})
_ION = re.compile(
    r"(?:Ag|Cu|Hg|K|Li|Na)1?|(?:Ba|Ca|Cd|Co|Cu|Fe|Hg|Mg|Mn|Ni|Pb|Sn|Sr|Zn)2|(?:Al|Ce|Co|Cr|Eu|Fe|Gd|La|Mn|Tb)3|(?:Ce|Sn|Ti)4"
)
_WEAK = STATUSES.index("weak") * STATUS_STEP
_LEAST_GENE = 4
"""Letters of a gene's code that a text hardly uses for something else."""


def _plain(candidate: Candidate) -> bool:
    """Say whether the candidate names its concept plainly enough to vouch for shorter names of it."""
    return candidate.rank < _WEAK and not candidate.rule & (rules.CODE | rules.ABBREVIATED | rules.NEEDS_SUPPORT)


def supported(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out what is on the stop list as written, what its neighbours deny, and what needs support and has none.

    A plainer name of the concept supports it, wherever it stands; a cell line's name, also the word `cells` next to it
    once.
    """
    stopped = rules.stopped_writings()
    denied = {match.end() for match in _DENIED.finditer(text)}
    candidates = [
        c
        for c in candidates
        if (text[c.start : c.end], c.type) not in stopped
        and not (c.start in denied and c.type == "disease")
        and not _means_else(text, c)
    ]
    doubtful = [c for c in candidates if c.rule & rules.NEEDS_SUPPORT]
    if not doubtful:
        return candidates
    vouched = {c.concept for c in candidates if _plain(c)}
    vouched |= {c.concept for c in doubtful if c.type == "cell_line" and _has_cue(text, c)}
    return [c for c in candidates if not c.rule & rules.NEEDS_SUPPORT or c.concept in vouched]


def _means_else(text: str, candidate: Candidate) -> bool:
    """Say whether what follows gives a name another meaning: `gold standard`, and the gene `Hg2` in `Hg2+`."""
    if candidate.type == "gene":
        return text.startswith("+", candidate.end) and bool(_ION.fullmatch(text, candidate.start, candidate.end))
    return (
        candidate.type == "chemical"
        and text[candidate.start : candidate.end].lower() in _METALS
        and bool(_STANDARD.match(text, candidate.end))
    )


def _has_cue(text: str, candidate: Candidate) -> bool:
    after = text[candidate.end : candidate.end + _CUE_REACH]
    before = text[max(0, candidate.start - _CUE_REACH) : candidate.start]
    return bool(_CUE_AFTER.match(after) or _CUE_BEFORE.search(before))


def best_concepts(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return for each stretch and type the best concept.

    For what is short (a code, a genus cut to its letter) that is one that the document names plainly in other words,
    then the best term's; for a name the best term's, and of terms as good one that the document names in other words.
    """
    groups: dict[tuple[int, int, str], list[Candidate]] = {}
    for candidate in candidates:
        groups.setdefault(candidate[:3], []).append(candidate)
    if len(groups) == len(candidates):
        return list(candidates)
    rivals = {candidate.concept for group in groups.values() if len(group) > 1 for candidate in group}
    called: dict[str | None, set[str]] = {}
    for candidate in candidates:
        if candidate.concept in rivals and _plain(candidate):
            called.setdefault(candidate.concept, set()).add(folded(text[candidate.start : candidate.end]))
    return [group[0] if len(group) == 1 else _best(text, group, called) for group in groups.values()]


def _best(text: str, group: Sequence[Candidate], called: Mapping[str | None, Collection[str]]) -> Candidate:
    surface = folded(text[group[0].start : group[0].end])
    unsaid = [not any(name != surface for name in called.get(c.concept, ())) for c in group]
    short = any(c.rule & (rules.CODE | rules.ABBREVIATED) for c in group)
    keys = [
        (alone, c.rank) if short else (c.rank // STATUS_STEP, alone, c.rank)
        for c, alone in zip(group, unsaid, strict=True)
    ]
    return group[keys.index(min(keys))]


def with_abbreviations(
    text: str,
    candidates: Sequence[Candidate],
    defined: Sequence[Abbreviation],
    fits: Callable[[Candidate, str], bool],
) -> list[Candidate]:
    """Carry what a document's abbreviations stand for to where they are used.

    - A short form whose long form is a candidate names that concept.
    - One whose long form only ends with a candidate (`spindle cell HEPATOMA`) names what the dictionaries say of that
      type, or else something of that type without a concept.
    - Any other names nothing, but for codes whose long forms are spelt in too many ways to be listed (`_freely_spelt`)
      where the long form shares a telling word with the concept's names (`fits`) or is no more than another code.

    A short form with several long forms has in each place the one that is defined there, or last before.
    """
    if not defined:
        return list(candidates)
    candidates = _without_definitions(candidates, defined)
    meanings = _meanings(text, candidates, defined)
    kept = []
    explained: set[tuple[int, str]] = set()
    for candidate in candidates:
        surface = text[candidate.start : candidate.end]
        if surface not in meanings:
            kept.append(candidate)
            continue
        meaning = _meaning_at(meanings[surface], candidate.start)
        if meaning.concept is None:
            if _freely_spelt(candidate.type, surface) and (" " not in meaning.spelt or fits(candidate, meaning.spelt)):
                kept.append(candidate)
        elif meaning.concept.concept is None and meaning.concept.type == candidate.type:
            kept.append(candidate)
            explained.add((candidate.start, surface))
    for short, of_short in meanings.items():
        for start in occurrences(text, short):
            concept = _meaning_at(of_short, start).concept
            if concept is not None and (start, short) not in explained:
                kept.append(concept._replace(start=start, end=start + len(short)))
    return kept


class _Meaning(NamedTuple):
    """What a definition says of a short form."""

    start: int
    """Where the definition has the short form."""
    spelt: str
    """The long form."""
    concept: Candidate | None
    """The candidate that the long form is or ends with."""


def _meanings(text: str, candidates: Sequence[Candidate], defined: Sequence[Abbreviation]) -> dict[str, list[_Meaning]]:
    """Return the meanings of each short form, in order of their definitions.

    One of which the dictionaries know nothing (`EGF receptor`) has the concept of another that shares a word with it.
    """
    meanings: defaultdict[str, list[_Meaning]] = defaultdict(list)
    for abbreviation in defined:
        if any(map(str.isupper, abbreviation.short)):  # not `5mg/kg`
            spelt = text[abbreviation.long_start : abbreviation.long_end]
            concept = _long_form(candidates, abbreviation)
            for short in _numbers(abbreviation.short):
                meanings[short].append(_Meaning(abbreviation.short_start, spelt, concept))
    for of_short in meanings.values():
        of_short.sort(key=attrgetter("start"))
        certain = [(set(m.spelt.casefold().split()), m.concept) for m in of_short if m.concept is not None]
        for number, meaning in enumerate(of_short):
            if meaning.concept is None:
                words = set(meaning.spelt.casefold().split())
                concept = next((concept for other_words, concept in certain if words & other_words), None)
                of_short[number] = meaning._replace(concept=concept)
    return meanings


def _meaning_at(meanings: Sequence[_Meaning], start: int) -> _Meaning:
    """Return the last meaning that is defined up to a place in the text, or the first."""
    return next((meaning for meaning in reversed(meanings) if meaning.start <= start), meanings[0])


def _without_definitions(candidates: Sequence[Candidate], defined: Sequence[Abbreviation]) -> list[Candidate]:
    """Cut a term that holds a short form in its bracket to what stands before it, unless that is a term itself.

    `chronic obstructive pulmonary disease (COPD)`, which a dictionary lists as it stands, is two mentions.
    """
    kept: list[Candidate] = []
    cut: list[Candidate] = []
    for candidate in candidates:
        over = [
            d
            for d in defined
            if candidate.start < d.long_end < d.short_start < candidate.end <= d.short_start + len(d.short) + 1
        ]
        if over:
            cut.append(candidate._replace(end=over[0].long_end))
        else:
            kept.append(candidate)
    if not cut:
        return kept
    places = {candidate[:3] for candidate in kept}
    return sorted(kept + [candidate for candidate in cut if candidate[:3] not in places], key=itemgetter(0, 1))


def _freely_spelt(type_: str, code: str) -> bool:
    return any(map(str.isdigit, code)) or (type_ == "gene" and len(code) >= _LEAST_GENE)


def _long_form(candidates: Sequence[Candidate], abbreviation: Abbreviation) -> Candidate | None:
    """Return the best of what ends where the long form ends; without a concept where it begins later."""
    ends = [c for c in candidates if c.end == abbreviation.long_end]
    if not ends:
        return None
    best = min(ends, key=lambda c: (abs(c.start - abbreviation.long_start), _order(c)))
    best = best._replace(reason="abbreviation", rule=rules.CODE)
    return best if best.start <= abbreviation.long_start else best._replace(concept=None)


def _numbers(short: str) -> tuple[str, str]:
    """Return a short form and its other number."""
    return short, short[:-1] if short.endswith("s") and short[-2:-1].isupper() else f"{short}s"


def leftmost_longest(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out, within each type, what overlaps one that begins further left, or there and is longer.

    Return the others in order of start, the longer first.
    """
    end_of: dict[str, int] = {}
    kept = []
    for candidate in sorted(candidates, key=_leftmost):
        if candidate.start >= end_of.get(candidate.type, 0):
            end_of[candidate.type] = candidate.end
            kept.append(candidate)
    return kept


def _leftmost(candidate: Candidate) -> tuple[int, int]:
    return candidate.start, -candidate.end


def one_type_each(text: str, candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out what lies inside a longer stretch of another type (but see `MAY_LIE_IN`), of equal ones all but one.

    Of equal ones that wins which the document names plainly, then a cell line next to `cells`, then a code in its own
    case (`CCl4` before CCL4), then, where none is a gene, a preferred name of MeSH (`quinine`, also a name of the
    tree), then a name that is written just so, then the type that comes first in an order, one for codes and one for
    names. Types of a user's own dictionaries stand beside all others.
    `candidates` are in the order of `leftmost_longest`.
    """
    kept = [c for c in candidates if c.type not in ENTITY_TYPES]
    around: list[Candidate] = []
    for _, equals in groupby((c for c in candidates if c.type in ENTITY_TYPES), key=_leftmost):
        first, *rivals = equals
        winner = _one_type(text, (first, *rivals), candidates) if rivals else first
        around = [outer for outer in around if outer.end >= winner.end]
        if all(outer.type in MAY_LIE_IN.get(winner.type, ()) for outer in around):
            kept.append(winner)
            around.append(winner)
    kept.sort(key=itemgetter(0, 1, 2))
    return kept


def _one_type(text: str, equals: Sequence[Candidate], candidates: Sequence[Candidate]) -> Candidate:
    plain = {c.concept for c in candidates if _plain(c)}
    has_gene = any(c.type == "gene" for c in equals)  # in MeSH, hormones are chemicals
    return min(
        equals,
        key=lambda c: (
            c.reason != "abbreviation" and c.concept not in plain,
            c.type != "cell_line" or not _has_cue(text, c),
            bool(c.rule & rules.CODE) and c.rank % STATUS_STEP >= OTHER_CASE,
            has_gene or not _is_preferred_in_mesh(c),
            not c.rule & rules.CODE and bool(c.rank % STATUS_STEP),  # "bloody noses" is a plant
            _order(c),
        ),
    )


def _is_preferred_in_mesh(candidate: Candidate) -> bool:
    return candidate.reason == "name" and (candidate.concept or "").startswith("mesh:")


def _order(candidate: Candidate) -> int:
    order = _CODE_ORDER if candidate.rule & rules.CODE else _NAME_ORDER
    return order.index(candidate.type) if candidate.type in order else len(order)


def hit(candidate: Candidate) -> DictionaryHit:
    """Return the candidate as a hit."""
    reason = None if candidate.concept is None else candidate.reason
    return DictionaryHit(candidate.start, candidate.end, candidate.type, candidate.concept, reason)
