"""The form of all pages: a query, what the page shows, and the way from one to the other."""

import base64
import binascii
import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Generic, Self, TypeVar
from urllib.parse import urlencode

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from bioweft.errors import BioweftError
from bioweft.explore.reader import View

MOST_ROWS = 5_000
"""The most rows that one answer has."""
MOST_SHOWN = 500
"""The most rows that one page of HTML has; more would keep server and browser busy."""


class BadQueryError(BioweftError):
    """The address asks for something that cannot be."""


class OutdatedError(BioweftError):
    """The results have changed since the `next` of a list was given."""


Name = Annotated[str | None, Field(max_length=300)]
Curie = Annotated[str, Field(min_length=1, max_length=500)]
Year = Annotated[int | None, Field(ge=0, le=9999)]
Probability = Annotated[float, Field(ge=0, le=1)]


def _flag(value: object) -> object:
    return {"yes": True, "no": False, "any": None}.get(value, value) if isinstance(value, str) else value


Flag = Annotated[bool | None, BeforeValidator(_flag)]
"""`yes`, `no`, or either where it is empty."""


class Query(BaseModel):
    """The parameters of a page; an empty one, as forms send it, is one that is not given."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _without_blanks(cls, values: Any) -> Any:
        if not isinstance(values, Mapping):
            return values
        return {key: value for key, value in values.items() if value not in ("", [""])}

    def parameters(self, **changes: object) -> dict[str, Any]:
        """Return the parameters that differ from the defaults, with changes; a change to None takes one away."""
        given = {**self.model_dump(exclude_defaults=True), **changes}
        return {key: value for key, value in given.items() if value not in (None, [], "")}

    def for_people(self) -> Self:
        """Return the query as a page of HTML answers it."""
        return self

    @property
    def has_filters(self) -> bool:
        """Whether anything but what the page is of is given."""
        return bool(self.parameters().keys() - {"id", "a", "b", "edge", "q", "next", "limit", "type"})


class ListQuery(Query):
    """The parameters of a page with a list that may be long."""

    limit: Annotated[int, Field(ge=1, le=MOST_ROWS)] = 25
    next: Annotated[str | None, Field(max_length=200, description="Where the list goes on: `next` of the answer")] = (
        None
    )

    def for_people(self) -> Self:
        """Return the query with as many rows as a page of HTML has."""
        return self.model_copy(update={"limit": MOST_SHOWN}) if self.limit > MOST_SHOWN else self

    def offset(self, view: View) -> int:
        """Return where the list goes on.

        Raises:
            BadQueryError: `next` is none of ours, or of another question.
            OutdatedError: it is of earlier results.
        """
        if self.next is None:
            return 0
        try:
            results, question, offset = json.loads(base64.urlsafe_b64decode(self.next.encode("ascii", "strict")))
        except (ValueError, TypeError, binascii.Error) as error:
            raise BadQueryError("`next` must be as the answer before gave it") from error
        if question != self._question or not isinstance(offset, int) or not 0 <= offset < 2**31:
            raise BadQueryError("`next` belongs to another question; leave it out to begin with the first")
        if results != view.results:
            raise OutdatedError("the run has new results since; leave `next` out to begin with the first")
        return offset

    def token(self, view: View, offset: int | None) -> str | None:
        """Return the `next` of an answer, None at the end of the list."""
        if offset is None:
            return None
        value = json.dumps([view.results, self._question, offset], separators=(",", ":"))
        return base64.urlsafe_b64encode(value.encode()).decode()

    @property
    def _question(self) -> str:
        values = self.model_dump(exclude={"next", "limit"}, mode="json")
        return sha256(json.dumps([type(self).__name__, values], sort_keys=True).encode()).hexdigest()[:12]


class Page(BaseModel, ABC):
    """What a page shows; `next` is where its list goes on."""

    template: ClassVar[str]
    title: str
    run: str = Field(description="The name of the run")
    results: str = Field(description="The set of results that the answer is of")
    next: str | None = Field(default=None, description="Where the list goes on, null at its end")

    @abstractmethod
    def header(self) -> Sequence[str]:
        """Return the names of the columns as CSV."""

    @abstractmethod
    def rows(self) -> Iterable[Sequence[object]]:
        """Return the rows as CSV."""


Q = TypeVar("Q", bound=Query)
P = TypeVar("P", bound=Page)


@dataclass(frozen=True)
class Kind(Generic[Q, P]):
    """A kind of page: its address, the model of its query, its own model, and what makes it."""

    path: str
    summary: str
    query: type[Q]
    page: type[P]
    make: Callable[[View, Q], P]
    make_table: Callable[[View, Q], P] | None = None
    """Makes the page for its CSV alone, without the parts that only HTML and JSON have."""


def common(view: View, title: str) -> dict[str, str]:
    """Return the fields that all pages have."""
    return {"title": title, "run": view.name, "results": view.results}


def address(path: str, parameters: Mapping[str, object]) -> str:
    """Return a path with parameters; None and empty ones are left out."""
    pairs = [
        (key, str(item).lower() if isinstance(item, bool) else str(item))
        for key, value in parameters.items()
        if value is not None
        for item in (value if isinstance(value, list | tuple) else [value])
    ]
    return f"{path}?{urlencode(pairs)}" if pairs else path
