"""From all matches of dictionary terms in a document to its mentions: which term, which concept, which of those that overlap."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bioweft.records import ENTITY_TYPES, LinkReason, Mention
from bioweft.text.abbreviations import Abbreviation

_REASONS: tuple[LinkReason, ...] = ("name", "synonym", "synonym", "synonym", "synonym")
_ORDER = {type_: number for number, type_ in enumerate(ENTITY_TYPES)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A stretch of text that may name a concept: the best of those of its type, `share` of how much it is to be trusted."""

    start: int
    end: int
    type: str
    concept: str
    rank: int
    """How well the term names the concept, 0 best."""
    share: float
    """Weight of the concept among all that the stretch may name."""
    reason: LinkReason


def leftmost_longest(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Return those left of which each type's leave out what overlaps, the leftmost first and of these the longest."""
    end_of: dict[str, int] = {}
    kept = []
    for candidate in sorted(candidates, key=lambda c: (c.start, -c.end)):
        if candidate.start >= end_of.get(candidate.type, 0):
            end_of[candidate.type] = candidate.end
            kept.append(candidate)
    return kept


def one_type_each(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Leave out what lies inside a longer stretch of another type, and all but one of equal stretches.

    Of equal ones the better term wins, then the type that comes first in `ENTITY_TYPES`. Types of a user's own
    dictionaries stand beside all others.
    """
    kept = [c for c in candidates if c.type not in _ORDER]
    last: Candidate | None = None
    reach = 0
    known = sorted((c for c in candidates if c.type in _ORDER), key=lambda c: (c.start, -c.end, c.rank, _ORDER[c.type]))
    for candidate in known:
        if candidate.end <= reach and last is not None:
            continue
        kept.append(candidate)
        last, reach = candidate, max(reach, candidate.end)
    kept.sort(key=lambda c: (c.start, c.end, c.type))
    return kept


def with_abbreviations(text: str, candidates: Sequence[Candidate], defined: Sequence[Abbreviation]) -> list[Candidate]:
    """Carry what a document's abbreviations stand for to where they are used.

    A short form whose long form is a candidate names that concept; one whose long form is none, nothing.
    """
    spans = {(c.start, c.end): c for c in candidates}
    meaning = {a.short: spans.get((a.long_start, a.long_end)) for a in defined}
    kept = [c for c in candidates if text[c.start : c.end] not in meaning]
    for short, long in meaning.items():
        if long is not None:
            kept += [
                Candidate(start, start + len(short), long.type, long.concept, long.rank, long.share, "abbreviation")
                for start in _occurrences(text, short)
            ]
    return kept


def _occurrences(text: str, word: str) -> Iterable[int]:
    start = text.find(word)
    while start >= 0:
        end = start + len(word)
        if not (start and text[start - 1].isalnum()) and not text[end : end + 1].isalnum():
            yield start
        start = text.find(word, end)


def mention(text: str, candidate: Candidate) -> Mention:
    """Return the candidate as a mention."""
    return Mention(
        start=candidate.start,
        end=candidate.end,
        text=text[candidate.start : candidate.end],
        type=candidate.type,
        concept=candidate.concept,
        link_score=candidate.share,
        reason=candidate.reason,
    )
