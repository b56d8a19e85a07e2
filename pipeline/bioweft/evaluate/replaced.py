"""Identifiers that corpora use and their vocabularies have replaced since, and what took their place.

Gold annotations are older than the terminologies: MeSH made `C009250` (sevoflurane) the heading `D000077149`, and no
list of such changes comes with it. The table beside this file was made by `benchmarks/replaced_identifiers.py` from
training and development parts alone, mostly by the rule of `by_name`; it is applied to every part alike.
"""

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

TABLE = Path(__file__).with_name("replaced_identifiers.tsv")
COLUMNS = ("replaced", "current", "told_by")

_LEAST = 5
"""Characters of a name that is no abbreviation."""

Names = Mapping[tuple[str, ...], frozenset[str]]
"""From the key of a name to the CURIEs that have it."""


@cache
def table() -> Mapping[str, str]:
    """Return the current CURIE of each one that was replaced."""
    with TABLE.open(encoding="utf-8", newline="") as stream:
        return {row["replaced"]: row["current"] for row in csv.DictReader(stream, delimiter="\t")}


def key(name: str) -> tuple[str, ...]:
    """Return what spellings of a name share: its words in any order (`Neoplasm, Breast` is `breast neoplasm`)."""
    return tuple(sorted(re.findall(r"[^\W_]+", name.casefold())))


def names(terms: Iterable[tuple[str, str]]) -> Names:
    """Return the CURIEs by the keys of their names; `terms` are pairs of CURIE and name."""
    by_key: dict[tuple[str, ...], set[str]] = {}
    for curie, name in terms:
        by_key.setdefault(key(name), set()).add(curie)
    return {name_key: frozenset(curies) for name_key, curies in by_key.items()}


def by_name(texts: Mapping[str, int], lists: Sequence[Names]) -> tuple[str, str] | None:
    """Return the CURIE that took the place of one whose mentions read `texts`, and the text that told it.

    `texts` come with their numbers of mentions, `lists` are names, the most authoritative first (headings before entry
    terms). The first list that has any of the texts decides: it must have one CURIE for all texts that it has, and
    these must be half of the mentions, or nothing is returned. Short texts, which may be abbreviations, tell nothing
    and do not count.
    """
    telling = {text: count for text, count in sorted(texts.items()) if sum(map(len, key(text))) >= _LEAST}
    for by_key in lists:
        matched = [(curie, text) for text in telling for curie in by_key.get(key(text), ())]
        if matched:
            mentions = sum(telling[text] for text in {text for _, text in matched})
            unique = len({curie for curie, _ in matched}) == 1
            return matched[0] if unique and 2 * mentions >= sum(telling.values()) else None
    return None
