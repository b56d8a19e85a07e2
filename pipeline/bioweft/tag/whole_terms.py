"""Mentions that are a piece of a dictionary's term become the whole term: `oxygen` of `reactive oxygen species`."""

import re
from collections.abc import Sequence
from dataclasses import replace

from bioweft.records import DICTIONARY, DictionaryHit, Mention
from bioweft.tag.apart import apart, by_type

_STATUSES = ("name", "synonym")
_WIDENED = ("chemical", "species", "cell_type")
"""Types whose longer name means another thing: `carbon nanotubes` are no carbon. Of diseases corpora mark the shorter
one (`persistent hiccups`), of genes the symbol behind what it is (`chemokines CCL4`)."""
_MERGED = (*_WIDENED, "disease", "gene")
"""Types of which two mentions in one term are pieces of it: `tension type` and `headache`."""
_TWO_NAMES = re.compile(r"[/()\[\]+]| and |[-‐‑–](?:induced|associated|related)")
"""Marks of a term that names two things, or one thing twice: `p62/SQSTM1`, `heparin-induced thrombocytopenia`."""
_SMALL_WORD = re.compile(r"(?:no|in|on|at|as|to|by|an?|is|was|and|or|with|like)\s", re.IGNORECASE)
"""A beginning by which a term is the text's own words instead: `no aspirin` is not nitric oxide's aspirin."""
_PLAIN = re.compile(r"[A-Za-z]?[a-z \-]+")
"""A name in small letters, in which no piece is a gene's symbol."""
_EMPTY_ENDING = re.compile(r"[-‐‑–]\d+|\s(?:ion|compound|atom|derivative|solution|isotope|alloy)s?")
"""An ending that leaves the meaning of a chemical's name as it is: `thallium-201`, `calcium ions`."""


def in_whole_terms(text: str, mentions: Sequence[Mention], hits: Sequence[DictionaryHit]) -> list[Mention]:
    """Return mentions in order, where those of a model that are pieces of a term of their type have become that term.

    Args:
        text: of the document.
        mentions: none overlapping within a type.
        hits: what dictionaries find in it, in order of start.
    """
    of_type = by_type(mentions)
    pieces: set[Mention] = set()
    whole: list[Mention] = []
    for hit in hits:
        if hit.reason in _STATUSES and hit.type in _MERGED:
            within = of_type[hit.type].over(hit.start, hit.end)
            if _are_pieces(text, within, hit):
                pieces.update(within)
                surest = max(within, key=lambda mention: mention.score)
                whole.append(replace(surest, start=hit.start, end=hit.end, text=text[hit.start : hit.end]))
    return apart([*(m for m in mentions if m not in pieces), *whole]) if whole else list(mentions)


def _are_pieces(text: str, mentions: Sequence[Mention], hit: DictionaryHit) -> bool:
    """Return whether mentions over a term are pieces of it, and none reaches beyond it or is the term itself."""
    if not mentions or any(m.tagger == DICTIONARY or m.start < hit.start or hit.end < m.end for m in mentions):
        return False
    term = text[hit.start : hit.end]
    if _TWO_NAMES.search(term) or any(m.end - m.start == len(term) for m in mentions):
        return False
    if len(mentions) > 1:
        return hit.type != "gene" or _PLAIN.fullmatch(term) is not None
    (mention,) = mentions
    if hit.type not in _WIDENED or (mention.start > hit.start and _SMALL_WORD.match(term)):
        return False
    return mention.start > hit.start or _EMPTY_ENDING.fullmatch(text, mention.end, hit.end) is None
