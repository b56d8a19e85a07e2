"""The rankings of a run, in whatever order is wanted."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb

from bioweft.analyse import background as backgrounds
from bioweft.analyse import measures, tsv
from bioweft.analyse.reading import check_type, tables
from bioweft.errors import SettingsError
from bioweft.store.run import RunFolder

ORDERS = ("documents", "mentions", "share", "log_odds", "z", "trend")
"""The columns that rankings can be ordered by, always from the largest down."""

COLUMNS = (
    "type",
    "rank",
    "concept",
    "name",
    "documents",
    "mentions",
    "first_year",
    "last_year",
    "share",
    "log_odds",
    "z",
    "trend",
    "taggers",
)
_CHUNK = 1000
_LEAST_FOR_RATES = 5
HEADER = tsv.line((*COLUMNS, "years", "forms"))

PEOPLE = ("ncbitaxon:9606", "mesh:D006801")
"""The concept that "patients", "women" and their like name, in either vocabulary."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A concept's place in the ranking of its type; the measures are explained in `bioweft.analyse.measures`."""

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
    years: list[dict[str, int]]
    forms: list[str]

    def line(self) -> str:
        """Return the line of a TSV file below `HEADER`; years are `2019:3 2020:5`, forms `aspirin|ASA`."""
        columns = [getattr(self, column) for column in COLUMNS if column != "taggers"]
        years = " ".join(f"{year['year']}:{year['documents']}" for year in self.years)
        forms = "|".join(form.replace("|", " ") for form in self.forms)
        return tsv.line([*columns, " ".join(self.taggers), years, forms])


def rank(
    run: RunFolder,
    *,
    type: str | None = None,
    by: str = "documents",
    top: int | None = None,
    least: int | None = None,
    background: Path | None = None,
    people: bool = True,
) -> list[Ranked]:
    """Return the rankings of one type, or of all in turn, ordered by one of `ORDERS`.

    `top` is the most concepts of each type, `least` the fewest documents that a concept must be in: `least_by(by)`
    where not given; `background`, a run folder, takes the place of what the run was compared with. Without `people`
    these are left out.

    Raises:
        SettingsError: `by` is no order, or there is nothing to order by.
        NotFoundError: the run has no such type.
        RunError: the run or the background is missing or unfinished.
    """
    if by not in ORDERS:
        raise SettingsError(f"rankings cannot be ordered by {by!r}; they can by: {', '.join(ORDERS)}")
    with tables(run) as connection:
        if type is not None:
            type = check_type(connection, type, run=run)
        source = "rankings"
        if background is not None:
            compare(connection, background)
            source = "compared"
        wanted = least_by(by) if least is None else least
        ranked = list(read(connection, source=source, type=type, by=by, top=top, least=wanted, people=people))
        if not ranked and least is None and wanted > 1:  # a small run is ordered as far as it can be
            ranked = list(read(connection, source=source, type=type, by=by, top=top, people=people))
        if ranked and all(getattr(entry, by) is None for entry in ranked):
            raise SettingsError(_NOTHING[by])
        return ranked


def least_by(by: str) -> int:
    """Return the fewest documents that a concept must be in for an order to mean something.

    A concept of one or two documents has by chance a steep trend, and log-odds that tell nothing.
    """
    return _LEAST_FOR_RATES if by in ("log_odds", "trend") else 1


_NO_BACKGROUND = (
    "this run was compared with no background, or with one that knows none of its concepts; "
    "give another run to compare with: --background RUN"
)
_NOTHING = {
    "log_odds": _NO_BACKGROUND,
    "z": _NO_BACKGROUND,
    "trend": "there is no trend: the documents of this run are of one year, or of none",
}


_COMPARED = """
CREATE OR REPLACE TEMP VIEW compared AS
SELECT r.* REPLACE (
    log_odds(r.documents, t.documents, elsewhere, total_elsewhere) AS log_odds,
    z_score(r.documents, t.documents, elsewhere, total_elsewhere) AS z
)
FROM rankings r JOIN ({elsewhere}) ON id = r.concept CROSS JOIN (SELECT count(*) AS documents FROM documents) t
"""


def compare(connection: duckdb.DuckDBPyConnection, background: Path) -> None:
    """Make the view `compared`: the rankings with their measures against another background.

    Raises:
        RunError: `background` cannot be used.
    """
    measures.register(connection)
    backgrounds.register(connection, background)
    connection.execute(_COMPARED.format(elsewhere=backgrounds.ELSEWHERE.format(concepts="concepts")))


def read(
    connection: duckdb.DuckDBPyConnection,
    *,
    source: str = "rankings",
    type: str | None = None,
    by: str = "documents",
    top: int | None = None,
    least: int = 1,
    people: bool = True,
    containing: str | None = None,
    offset: int = 0,
) -> Iterator[Ranked]:
    """Yield rows of a table of rankings, anew ordered and numbered within each type.

    `containing` is what the name must contain, in any case; `offset` is how many rows to pass over.
    """
    columns = ", ".join(column for column in (*COLUMNS, "years", "forms") if column not in ("type", "rank"))
    query = f"""
        SELECT type, place, {columns} FROM (
            SELECT *, row_number() OVER (PARTITION BY type ORDER BY {by} DESC NULLS LAST, rank) AS place
            FROM {source} WHERE documents >= $least AND ($type IS NULL OR type = $type)
            AND concept NOT IN (SELECT unnest($left_out::VARCHAR[]))
        ) WHERE ($top IS NULL OR place <= $top)
        AND ($containing IS NULL OR contains(lower(name), lower($containing))) ORDER BY type, place OFFSET $offset
    """
    left_out = [] if people else list(PEOPLE)
    parameters = {"least": least, "type": type, "top": top, "left_out": left_out}
    result = connection.execute(query, parameters | {"containing": containing, "offset": offset})
    while rows := result.fetchmany(_CHUNK):
        yield from (Ranked(*row) for row in rows)
