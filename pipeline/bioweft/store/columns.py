"""The columns of relations: one list, from which tables, questions and exports have them.

It imports no pyarrow, which would make a question at the terminal slow.
"""

from dataclasses import dataclass, fields
from typing import Annotated

Year = Annotated[int | None, "int16"]
"""A year; tables have it in two bytes."""


@dataclass(frozen=True, slots=True)
class TripleColumns:
    """A triple of the result `relations`; `bioweft.store.schemas.RESULT_RELATIONS` says what the numbers count."""

    edge: str
    subject: str
    subject_name: str
    subject_type: str
    predicate: str
    qualifiers: str
    object: str
    object_name: str
    object_type: str
    documents: int
    sentences: int
    probability: float | None
    negated: int
    speculative: int
    retracted: int
    first_year: Year
    last_year: Year


TRIPLE = tuple(field.name for field in fields(TripleColumns))
"""The names of the columns, in their order."""
