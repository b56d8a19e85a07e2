"""How a concept stands among those of a document: how often it is named, where, and beside which wider ones.

Annotators of relations between concepts take the most specific disease, and what a paper is about: neither can be read
off the words around two mentions.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bioweft.records import AnnotatedDocument
from bioweft.relate.hierarchy import Hierarchy

STANDINGS = 6
"""Numbers that say how a concept stands, each below `LEVELS`.

How often it is named; whether in the title; how many concepts of its type there are; how many of them are named more
often; whether a narrower one is there; whether a wider one is.
"""

LEVELS = 8
"""Numbers are cut to be below this."""


@dataclass(frozen=True, slots=True)
class _Concept:
    type: str
    mentions: int
    in_title: bool


def pair_standing(subject: NDArray[np.uint8], object_: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return what is weighed of a pair: log(1 + number) of how its two concepts stand, shape (2 * `STANDINGS`,)."""
    standing: NDArray[np.float64] = np.log1p(np.concatenate((subject, object_)).astype(np.float64))
    return standing


def standings(
    document: AnnotatedDocument, entities: Sequence[Sequence[int]], concepts: Sequence[str], hierarchy: Hierarchy
) -> NDArray[np.uint8]:
    """Return how the concept of each entity stands in the document, shape (e, `STANDINGS`).

    Args:
        document: with mentions.
        entities: the mentions of each entity, as places in the document's mentions.
        concepts: of each entity; those of several entities may be one, as where an entity is what one sentence names.
        hierarchy: of concepts.
    """
    places: dict[str, set[int]] = {}
    for concept, mentions in zip(concepts, entities, strict=True):
        places.setdefault(concept, set()).update(mentions)
    title = document.document.passages[0] if document.document.passages else None
    title_end = len(title.text) if title is not None and title.kind == "title" else 0
    named = {
        concept: _Concept(
            document.mentions[min(mentions)].type,
            len(mentions),
            any(document.mentions[place].start < title_end for place in mentions),
        )
        for concept, mentions in places.items()
    }
    of_type = Counter(about.type for about in named.values())
    wider = {concept: hierarchy.wider(concept) & named.keys() for concept in named}
    narrowed = frozenset[str]().union(*wider.values())
    rows = {
        concept: (
            about.mentions,
            about.in_title,
            of_type[about.type],
            sum(rival.type == about.type and rival.mentions > about.mentions for rival in named.values()),
            concept in narrowed,
            bool(wider[concept]),
        )
        for concept, about in named.items()
    }
    numbers = np.array([rows[concept] for concept in concepts], np.int64).reshape(-1, STANDINGS)
    return np.minimum(numbers, LEVELS - 1).astype(np.uint8)
