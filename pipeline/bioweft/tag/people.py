"""People as mentions of a species: `patients`, `women`, `children` are Homo sapiens, as PubTator and BioRED have it.

`human`, `humans` and `man` name the species itself and are not of this list.
"""

import re
from collections.abc import Iterable, Iterator

from bioweft.records import DICTIONARY, Mention
from bioweft.tag.apart import by_type, in_order

TYPE = "species"

WORDS = (
    "patient", "patients", "inpatient", "inpatients", "in-patients", "outpatient", "outpatients", "out-patients",
    "woman", "women", "men", "child", "children", "schoolchildren", "boy", "boys", "girl", "girls", "infants",
    "toddlers", "adolescents", "teenagers", "participant", "participants", "volunteers", "people", "person", "persons",
)  # fmt: skip
"""Words that mean people wherever they stand. Not of it: `subjects`, `individuals`, `adults`, `males`, `females`,
`controls`, `cases` and `neonates`, which animals are too, and `infant` and `adolescent`, which adjectives are."""

_PEOPLE = re.compile(rf"(?<![\w-])(?:{'|'.join(sorted(WORDS, key=len, reverse=True))})(?!\w)", re.IGNORECASE)
_BEFORE_HYPHEN = ("patient", "patients")
"""In `patient-derived` people are meant; in `person-years` and `child-resistant` they are not."""
_SHORT = 3
"""Letters of a word that means something else in capitals: `MEN` is multiple endocrine neoplasia."""


def tagged(text: str, mentions: Iterable[Mention]) -> list[Mention]:
    """Return mentions in order, each word for people a mention of its own unless a longer one of a species has it."""
    remaining = without(mentions)
    species = by_type(remaining)[TYPE]
    found = (mention for mention in _in(text) if not species.over(mention.start, mention.end))
    return in_order([*remaining, *found])


def without(mentions: Iterable[Mention]) -> list[Mention]:
    """Return the mentions that are no words for people."""
    return [m for m in mentions if m.type != TYPE or m.text.casefold() not in WORDS]


def _in(text: str) -> Iterator[Mention]:
    for match in _PEOPLE.finditer(text):
        word, end = match.group(), match.end()
        hyphen = text[end : end + 1] == "-" and word.casefold() not in _BEFORE_HYPHEN
        abbreviation = len(word) <= _SHORT and word.isupper()
        of_a_name = word[0].isupper() and text[end : end + 2] in ("'s", "’s")  # Great Ormond Street Children's Hospital
        if not (hyphen or abbreviation or of_a_name):
            yield Mention(match.start(), end, word, TYPE, DICTIONARY)
