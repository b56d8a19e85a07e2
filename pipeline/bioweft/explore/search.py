"""The search, which is the first page: what a run is about, until somebody asks."""

from collections.abc import Iterable, Sequence
from typing import Annotated, ClassVar

from pydantic import BaseModel, Field

from bioweft.analyse.evidence import among
from bioweft.analyse.rankings import read
from bioweft.analyse.reading import check_type
from bioweft.explore.names import nearest_names, search
from bioweft.explore.pages import Kind, ListQuery, Name, Page, common
from bioweft.explore.reader import View
from bioweft.records import ENTITY_TYPES

_TOP = 6


class Hit(BaseModel):
    """A concept and the term of it that was hit."""

    id: str
    name: str
    type: str
    taxon: str | None
    species: str | None = Field(description="The name of the taxon, where the run has it")
    term: str
    documents: int
    mentions: int
    identifiers: list[str]


class Top(BaseModel):
    """A concept among those of most documents of its type."""

    id: str
    name: str
    documents: int


class SearchQuery(ListQuery):
    """What is searched for: a name, a synonym, an identifier, or the beginning of one."""

    q: Annotated[str, Field(max_length=300, description="A name, synonym or identifier, or the beginning of one")] = ""
    type: Name = None


class SearchPage(Page):
    """The concepts that are called so; where there are none, `suggestions` are names that may have been meant."""

    template: ClassVar[str] = "search.html"
    q: str
    types: list[str]
    hits: list[Hit]
    suggestions: list[str]
    top: dict[str, list[Top]] = Field(description="By type the concepts of most documents, where nothing is asked")
    counts: dict[str, int]

    def header(self) -> Sequence[str]:
        """Return the columns."""
        return ("id", "name", "type", "term", "documents", "mentions", "identifiers")

    def rows(self) -> Iterable[Sequence[object]]:
        """Return the concepts."""
        return ((h.id, h.name, h.type, h.term, h.documents, h.mentions, " ".join(h.identifiers)) for h in self.hits)


def find(view: View, query: SearchQuery) -> SearchPage:
    """Return the page of a search."""
    offset = query.offset(view)
    type_ = None if query.type is None else check_type(view.connection, query.type, run=view.run)
    matches = search(view.connection, query.q, type=type_, limit=query.limit + 1, offset=offset)
    species = species_names(view, [match.concept.taxon for match in matches])
    hits = [
        Hit(
            id=match.concept.id,
            name=match.concept.name,
            type=match.concept.type,
            taxon=match.concept.taxon,
            species=species.get(match.concept.taxon or ""),
            term=match.term,
            documents=match.concept.documents,
            mentions=match.concept.mentions,
            identifiers=[match.concept.id, *match.concept.xrefs],
        )
        for match in matches[: query.limit]
    ]
    asked = bool(query.q.strip())
    top: dict[str, list[Top]] = {}
    if not asked:
        for entry in read(view.connection, top=_TOP, people=False):
            top.setdefault(entry.type, []).append(Top(id=entry.concept, name=entry.name, documents=entry.documents))
    counts = view.run.manifest.get("counts", {})
    return SearchPage(
        **common(view, f"Search: {query.q.strip()}" if asked else view.name),
        next=query.token(view, offset + query.limit if len(matches) > query.limit else None),
        q=query.q,
        types=types_of(view),
        hits=hits,
        suggestions=nearest_names(view.connection, query.q) if asked and not hits and not offset else [],
        top={type_: top[type_] for type_ in in_order(top)},
        counts={key: value for key, value in counts.items() if isinstance(value, int)},
    )


def species_names(view: View, taxa: Iterable[str | None]) -> dict[str, str]:
    """Return the names of taxa that the run has, by their CURIEs."""
    ids = sorted({taxon for taxon in taxa if taxon})
    if not ids:
        return {}
    return dict(view.connection.execute(f"SELECT id, name FROM concepts WHERE id IN {among(ids)}").fetchall())


def in_order(types: Iterable[str]) -> list[str]:
    """Return types as pages have them: the usual ones first, then the user's own by name."""
    places = {type_: place for place, type_ in enumerate(ENTITY_TYPES)}
    return sorted(types, key=lambda type_: (places.get(type_, len(places)), type_))


def types_of(view: View) -> list[str]:
    """Return the types of the run's concepts."""
    rows = view.connection.execute("SELECT DISTINCT type FROM concepts ORDER BY type").fetchall()
    return in_order([type_ for (type_,) in rows])


SEARCH = Kind("/search", "Search", SearchQuery, SearchPage, find)
