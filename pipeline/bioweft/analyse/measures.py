"""The measures that results are ranked by, as DuckDB macros, so that every query computes them alike.

`register` makes them known to a connection; each is documented beside its formula with the paper that it is from.
"""

import duckdb

PRIOR_DOCUMENTS = 500
"""Weight of the prior of `log_odds`, in documents: as if so many had been read beforehand."""

_NPMI = """
CREATE OR REPLACE TEMP MACRO npmi(joint, a, b, total) AS CASE
    WHEN joint = 0 THEN -1.0
    WHEN joint = total THEN 1.0
    ELSE ln(joint::DOUBLE * total / (a::DOUBLE * b)) / -ln(joint::DOUBLE / total)
END
"""
"""Normalised pointwise mutual information, -1 to 1 (Bouma 2009, Normalized (pointwise) mutual information in
collocation extraction): ln(p(a,b) / (p(a) p(b))) / -ln p(a,b).

`joint`, `a` and `b` are how many of `total` documents (or sentences) hold both, the one and the other. It is -1, the
limit, where none holds both, and 1 where all do.
"""

_PRIOR = f"""
CREATE OR REPLACE TEMP MACRO prior(y, n, background_y, background_n) AS
    {PRIOR_DOCUMENTS}.0 * (y + background_y) / (n + background_n)
"""

_LOG_ODDS = f"""
CREATE OR REPLACE TEMP MACRO log_odds(y, n, background_y, background_n) AS
    ln((y + prior(y, n, background_y, background_n))
        / (n + {PRIOR_DOCUMENTS}.0 - y - prior(y, n, background_y, background_n)))
    - ln((background_y + prior(y, n, background_y, background_n))
        / (background_n + {PRIOR_DOCUMENTS}.0 - background_y - prior(y, n, background_y, background_n)))
"""
"""Log-odds ratio with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008, Fightin' words, Political Analysis
16:372-403, equations 15 and 16): how much more a concept is written of here than in the background.

A concept is in `y` of the run's `n` documents and in `background_y` of the background's `background_n`. A document
holds a concept or not, so each concept has its own two-way Dirichlet; its prior is the share of documents in run and
background together, weighing `PRIOR_DOCUMENTS` documents. 0 where run and background agree, positive where the run
holds more.
"""

_Z_SCORE = """
CREATE OR REPLACE TEMP MACRO z_score(y, n, background_y, background_n) AS
    log_odds(y, n, background_y, background_n) / sqrt(
        1 / (y + prior(y, n, background_y, background_n))
        + 1 / (background_y + prior(y, n, background_y, background_n)))
"""
"""The log-odds ratio over its standard error (Monroe, Colaresi & Quinn 2008, equation 22, with their approximate
variance): a rare concept needs a larger ratio for the same z. Beyond 1.96 a difference is more than chance."""

_TREND = """
CREATE OR REPLACE TEMP MACRO trend(y, y_years, n, n_years, n_squares) AS
    (y_years * n - n_years * y) * n::DOUBLE
    / nullif(y::HUGEINT * (n * n_squares - n_years * n_years), 0)
"""
"""Relative growth a year: the least-squares slope over the years of a concept's share of the year's documents, years
weighted by their documents, divided by its share in all years. 0.1: each year the share grows by a tenth of its mean.

With y_t of n_t documents in year t, and sums over t: `y` = Σ y_t, `y_years` = Σ y_t t, `n` = Σ n_t,
`n_years` = Σ n_t t, `n_squares` = Σ n_t t². The slope Σ n_t (t - m)(y_t/n_t - y/n) / Σ n_t (t - m)², with
m = Σ n_t t / n, over y/n comes to (mean year of the concept - m) / variance of the year. Null where all documents are
of one year. All sums are whole numbers, so that the order in which they are added does not matter.
"""


def register(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the macros `npmi`, `log_odds`, `z_score` and `trend` known to a connection."""
    for macro in (_NPMI, _PRIOR, _LOG_ODDS, _Z_SCORE, _TREND):
        connection.execute(macro)
