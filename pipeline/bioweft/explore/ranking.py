"""The rankings of a run: concepts of a type in an order, filtered by name."""

from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, Field

from bioweft.analyse.rankings import COLUMNS, least_by, read
from bioweft.analyse.reading import check_type
from bioweft.explore.pages import Kind, ListQuery, Name, Page, common
from bioweft.explore.reader import View
from bioweft.explore.search import types_of

Order = Literal["documents", "mentions", "share", "log_odds", "z", "trend"]


class RankedConcept(BaseModel):
    """A concept and its place; the measures are those of the result `rankings`."""

    type: str
    rank: int
    concept: str
    name: str
    documents: int
    mentions: int
    first_year: int | None
    last_year: int | None
    share: float
    log_odds: float | None
    z: float | None
    trend: float | None
    taggers: list[str]
    years: list[tuple[int, int]]


class RankingsQuery(ListQuery):
    """Which ranking is wanted, and in which order."""

    limit: Annotated[int, Field(ge=1, le=5_000)] = 50
    type: Name = None
    by: Order = "documents"
    name: Annotated[str | None, Field(max_length=300, description="Only names that contain this")] = None
    least: Annotated[int | None, Field(ge=1, le=10**9, description="Only in so many documents or more")] = None


class RankingsPage(Page):
    """Concepts of a type, from the largest down."""

    template: ClassVar[str] = "rankings.html"
    type: str | None
    types: list[str]
    by: Order
    least: int
    most: float | None = Field(description="The largest value of the measure that is ordered by, on this page")
    ranked: list[RankedConcept]

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return COLUMNS

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the concepts."""
        for entry in self.ranked:
            values = [getattr(entry, column) for column in COLUMNS]
            yield [" ".join(value) if isinstance(value, list) else value for value in values]


def rankings(view: View, query: RankingsQuery) -> RankingsPage:
    """Return the page of a ranking; of the first type where none is given."""
    offset = query.offset(view)
    types = types_of(view)
    type_ = check_type(view.connection, query.type, run=view.run) if query.type else (types[0] if types else None)
    least = least_by(query.by) if query.least is None else query.least
    entries = list(
        islice(
            read(
                view.connection,
                type=type_,
                by=query.by,
                least=least,
                containing=query.name,
                offset=offset,
                top=offset + query.limit + 1 if query.name is None else None,
            ),
            query.limit + 1,
        )
    )
    ranked = [
        RankedConcept(
            years=[(year["year"], year["documents"]) for year in entry.years],
            **{column: getattr(entry, column) for column in COLUMNS},
        )
        for entry in entries[: query.limit]
    ]
    values = [value for entry in ranked if (value := getattr(entry, query.by)) is not None]
    return RankingsPage(
        **common(view, f"Rankings: {type_.replace('_', ' ')}" if type_ else "Rankings"),
        next=query.token(view, offset + query.limit if len(entries) > query.limit else None),
        type=type_,
        types=types,
        by=query.by,
        least=least,
        most=max(values, default=None),
        ranked=ranked,
    )


RANKINGS = Kind("/rankings", "Rankings", RankingsQuery, RankingsPage, rankings)
