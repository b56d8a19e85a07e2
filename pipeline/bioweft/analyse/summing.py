"""The SQL that adds the statements of a triple up over its documents; it draws nothing, so that exports start fast."""

RELATIONS = """
WITH by_document AS (
    SELECT edge, document, any_value(year) AS year, any_value(retracted) AS retracted,
        max(probability::DOUBLE) FILTER (NOT negated) AS p,
        count(DISTINCT sentence) FILTER (NOT negated) AS sentences,
        bool_or(negated) AS is_denied, coalesce(bool_and(speculative) FILTER (NOT negated), false) AS is_guess
    FROM {statements} GROUP BY edge, document
),
summed AS (
    SELECT edge, count(p) FILTER (NOT retracted) AS documents,
        coalesce(sum(sentences) FILTER (NOT retracted), 0)::BIGINT AS sentences,
        1 - product(1 - p ORDER BY p) FILTER (NOT retracted AND p IS NOT NULL) AS probability,
        count(*) FILTER (is_denied AND NOT retracted) AS negated,
        count(*) FILTER (is_guess AND NOT retracted) AS speculative,
        count(*) FILTER (retracted) AS retracted,
        min(year) FILTER (p IS NOT NULL AND NOT retracted) AS first_year,
        max(year) FILTER (p IS NOT NULL AND NOT retracted) AS last_year
    FROM by_document GROUP BY edge
),
triples AS (
    SELECT edge, subject, predicate, qualifiers, object, min(subject_type) AS subject_type,
        min(object_type) AS object_type
    FROM {triples} GROUP BY ALL
)
SELECT t.*, coalesce(s.name, t.subject) AS subject_name, coalesce(o.name, t.object) AS object_name,
    summed.* EXCLUDE (edge)
FROM triples t JOIN summed USING (edge)
LEFT JOIN found_concepts s ON s.id = t.subject LEFT JOIN found_concepts o ON o.id = t.object
"""
"""`statements` has edge, document, year, retracted, probability, negated, speculative and sentence; `triples` what the
edges stand for."""
