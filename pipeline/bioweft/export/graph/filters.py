"""Which nodes and edges of a run are exported."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from bioweft.errors import SettingsError, did_you_mean, nearest
from bioweft.export.graph.model import KINDS

LEAST_DOCUMENTS = {"relation": 1, "cooccurrence": 2}
"""Documents that an edge of a kind has at least, where nothing else is asked for."""


@dataclass(frozen=True)
class Filters:
    """A choice of nodes and edges; with the defaults, all that a document says, and strong co-occurrence.

    `kinds`: `relation`, `cooccurrence`, or both. `types`: both ends are of one of these. `predicates`: one of these,
    with or without `biolink:`; co-occurrence is left as it is. `least_probability`: of relations. `least_documents`: of
    both kinds; else 1 for relations and 2 for co-occurrence. `years`: only what documents of these years say, first and
    last, counted anew. `around`: names or CURIEs; only nodes at most `hops` edges from these, and the edges between
    them. `top`: of each kind the edges of most weight.

    `negated`: only what a document denies, or, if false, what none does. `speculative`: only what is a guess in all its
    documents, or, if false, what a document says outright. `denied`: also what documents deny and none says; `negated`
    has these in any case. `retracted`: if false, without what a retracted document says or denies; such documents never
    count.

    Co-occurrence is of at least two documents and an NPMI above 0, more often than by chance.

    Raises:
        SettingsError: there is no such kind, or the years are in the wrong order.
    """

    kinds: tuple[str, ...] = KINDS
    types: tuple[str, ...] = ()
    predicates: tuple[str, ...] = ()
    least_probability: float = 0.0
    least_documents: int | None = None
    years: tuple[int | None, int | None] | None = None
    around: tuple[str, ...] = ()
    hops: int = 1
    top: int | None = None
    negated: bool | None = None
    speculative: bool | None = None
    denied: bool = False
    retracted: bool = True

    def __post_init__(self) -> None:
        for kind in self.kinds:
            if kind not in KINDS:
                raise SettingsError(
                    f"no edges of the kind {kind!r}{did_you_mean(nearest(kind, KINDS))}; there are: {', '.join(KINDS)}"
                )
        first, last = self.years or (None, None)
        if first is not None and last is not None and first > last:
            raise SettingsError(f"years must be FIRST-LAST, as 2015-2020; got {first}-{last}")

    def least(self, kind: str) -> int:
        """Return how many documents an edge of a kind has at least."""
        return LEAST_DOCUMENTS[kind] if self.least_documents is None else self.least_documents


def from_values(values: Mapping[str, Any]) -> Filters:
    """Return filters by the names of their fields; a list is taken for a tuple.

    Raises:
        SettingsError: there is no such filter.
    """
    names = [field.name for field in fields(Filters)]
    for name in values:
        if name not in names:
            raise SettingsError(
                f"no filter {name!r}{did_you_mean(nearest(name, names))}; there are: {', '.join(names)}"
            )
    many = ("kinds", "types", "predicates", "around", "years")
    plain: dict[str, Any] = {
        name: tuple(value) if name in many and value is not None else value for name, value in values.items()
    }
    for name in many[:-1]:
        if isinstance(values.get(name), str):
            plain[name] = (values[name],)
    return Filters(**plain)
