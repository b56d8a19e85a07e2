"""The search: concepts by the beginning of a name, a word in it, or an identifier."""

from dataclasses import dataclass

import duckdb

from bioweft.analyse.query import FoundConcept, by_id, suggest, written_otherwise


def make_names(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `names`: each name, synonym, string in the texts and identifier of each concept, in lower case.

    What differs in case alone stays apart: to group all names would take 40 MB more.
    """
    connection.execute(
        """
        CREATE TABLE names AS SELECT lower(term) AS folded, term, id FROM (
            SELECT id, unnest(list_distinct(
                list_concat([name, id], terms, xrefs, list_transform(forms, lambda form: form.text))
            )) AS term FROM concepts
        ) WHERE term <> ''
        """
    )


@dataclass(frozen=True, slots=True)
class Match:
    """A concept and the term of it that matches what was searched for."""

    concept: FoundConcept
    term: str


_MATCHES = """
WITH hits AS (
    SELECT id, term, length(term) AS size, CASE
        WHEN folded = $text THEN 0
        WHEN starts_with(folded, $text) THEN 1
        WHEN contains(folded, ' ' || $text) OR contains(folded, '-' || $text) THEN 2
        WHEN contains(folded, $text) THEN 3
        END AS how
    FROM names WHERE contains(folded, $text)
),
best AS (
    SELECT id, min(how) AS how, first(term ORDER BY how, size, term) AS term FROM hits GROUP BY id
)
SELECT id, term, how FROM best JOIN (SELECT id, documents, mentions, type FROM concepts) USING (id)
WHERE $type IS NULL OR type = $type
ORDER BY how > 0, how > 2, documents DESC, mentions DESC, id LIMIT $limit OFFSET $offset
"""
"""What is called exactly so comes first; a beginning and a word in a name are alike, of most documents first."""


def search(
    connection: duckdb.DuckDBPyConnection, text: str, *, type: str | None, limit: int, offset: int = 0
) -> list[Match]:
    """Return the concepts that are called so, in full or in part, the likeliest first."""
    folded = " ".join(text.split()).lower()
    if not folded:
        return []
    parameters = {"text": folded, "type": type, "limit": limit, "offset": offset}
    rows = connection.execute(_MATCHES, parameters).fetchall()
    alike: list[FoundConcept] = []
    if not offset and not any(how == 0 for _, _, how in rows):
        ids = {id_ for id_, _, _ in rows}
        alike = [c for c in written_otherwise(connection, text) if c.id not in ids and type in (None, c.type)]
    concepts = {concept.id: concept for concept in by_id(connection, [id_ for id_, _, _ in rows])}
    matches = [Match(concept, concept.name) for concept in alike]
    return (matches + [Match(concepts[id_], term) for id_, term, _ in rows])[:limit]


def nearest_names(connection: duckdb.DuckDBPyConnection, text: str) -> list[str]:
    """Return the names that somebody may have meant who misspelt one."""
    return suggest(connection, text)
