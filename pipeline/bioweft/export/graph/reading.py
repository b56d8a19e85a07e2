"""The knowledge graph of a finished run, read as a stream: what is sorted or joined is DuckDB's, which uses the disk.

Relations come by the identifier of their edge, the order of the result `evidence`, each with its statements;
co-occurrence in the order of the result `cooccurrence`; nodes by id. So the same run gives the same files.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Generic, TypeVar

import duckdb

from bioweft.analyse import measures
from bioweft.analyse.evidence import GAP, among
from bioweft.analyse.graph import PAIR_EDGE, TOGETHER
from bioweft.analyse.query import resolve
from bioweft.analyse.reading import check_type, tables
from bioweft.analyse.snapshots import RETRACTED
from bioweft.analyse.summing import RELATIONS
from bioweft.errors import NotFoundError, nearest
from bioweft.export.graph.filters import Filters
from bioweft.export.graph.model import COOCCURRENCE, RELATION, Edge, Node, Statement
from bioweft.link.by_text import PREFIX as BY_TEXT
from bioweft.store.run import RunFolder, disk_errors
from bioweft.store.sql import parquet, rows, text

PUBLICATIONS = 10
"""The most publications of a co-occurring pair."""

MEMORY_LIMIT = "128MB"
"""Above this DuckDB writes what it sorts and joins to disk."""

_MEMORY_OF_STREAMS = "64MB"
"""The limit when all is sorted and joined: DuckDB would else keep what was read once and is not read again."""

_Key = TypeVar("_Key", str, int, tuple[str, str])
_Value = TypeVar("_Value")

_APART = ("id", "kind", "statements", "together")
"""Fields of edges that their tables do not have."""
_EDGE_COLUMNS = [field.name for field in fields(Edge) if field.name not in _APART]


@dataclass(frozen=True)
class Graph:
    """A stream of nodes and edges; each method reads the run anew.

    `run` is the manifest of the run. `nodes`, `relations` and `pairs` give the streams of which `counts` has the
    lengths, by `nodes`, `relation` and `cooccurrence`. `qualifiers` are the names of those that relations have.
    """

    run: Mapping[str, Any]
    counts: Mapping[str, int]
    qualifiers: Sequence[str]
    _connection: duckdb.DuckDBPyConnection

    def nodes(self) -> Iterator[Node]:
        """Yield the concepts that edges connect, by id."""
        for number, id_, name, type_, synonyms, xrefs, *rest in self._rows("FROM nodes"):
            yield Node(number, id_, name, type_, tuple(synonyms or ()), tuple(xrefs or ()), *rest)

    def edges(self) -> Iterator[Edge]:
        """Yield the edges of both kinds, relations first."""
        yield from self.relations()
        yield from self.pairs()

    def relations(self) -> Iterator[Edge]:
        """Yield what the texts say, by the identifier of the edge, each with its statements."""
        statements = _Aligned(self._statements())
        for id_, *values in self._rows(_TRIPLES):
            yield Edge(*(id_, RELATION, *values, tuple(statements.at(id_))))

    def _statements(self) -> Iterator[tuple[str, Statement]]:
        """Yield statements, each with its edge, in the order of the result `evidence`, which is that of edges."""
        publications, texts = (_Aligned((row[0], row[1:]) for row in self._rows(q)) for q in (_PUBLICATIONS, _TEXTS))
        for number, edge, document, *values in self._rows(_STATEMENTS):
            ((publication,),) = publications.at(number) or [(document,)]
            (text_columns,) = texts.at(number) or [()]
            yield edge, Statement(document, publication, *values, *text_columns)

    def pairs(self) -> Iterator[Edge]:
        """Yield the concepts that are in the same texts, each two with the newest of these."""
        together = _Aligned(((a, b), publication) for a, b, publication in self._rows(_TOGETHER_IN_ORDER))
        for a, b, id_, *values in self._rows(_PAIRS):
            yield Edge(*(id_, COOCCURRENCE, *values, (), tuple(together.at((a, b)))))

    def _rows(self, query: str) -> Iterator[tuple[Any, ...]]:
        cursor = self._connection.cursor()
        cursor.execute("SET streaming_buffer_size = '1MB'")  # beside the limit of memory, and up to four are open
        return rows(cursor, query)


class _Aligned(Generic[_Key, _Value]):
    """Values by keys that come in ascending order, looked up in ascending order too."""

    def __init__(self, rows: Iterator[tuple[_Key, _Value]]) -> None:
        self._rows: Iterator[tuple[_Key, _Value]] = rows
        self._next: tuple[_Key, _Value] | None = next(rows, None)

    def at(self, key: _Key) -> list[_Value]:
        """Return the values of a key; those of keys before it are passed over."""
        values = []
        while self._next is not None and self._next[0] <= key:
            if self._next[0] == key:
                values.append(self._next[1])
            self._next = next(self._rows, None)
        return values


@contextmanager
def open_graph(
    run: RunFolder,
    filters: Filters,
    *,
    temporary: Path,
    prefer: Mapping[str, str] | None = None,
    sentences: int | None = 1,
    publications: int = PUBLICATIONS,
    numbered: bool = False,
    identified: bool = False,
) -> Iterator[Graph]:
    """Give the graph of a run, as `filters` ask for it; `temporary` is the folder for what memory does not hold.

    `prefer` says by type the vocabulary whose identifiers nodes have, where they have one as cross-reference.
    `sentences` are the most that a relation has of those that say it, and of those that deny it; None is for all.
    `publications` are the most that a co-occurring pair has, the newest.
    With `numbered` edges have the numbers of their nodes. With `identified` concepts by text are left out.

    Raises:
        NotFoundError: the run has no such type, predicate, concept or vocabulary.
        RunError: the run is missing or unfinished.
    """
    with choosing(run, filters, temporary=temporary, prefer=prefer, identified=identified) as connection:
        for sql in _ENDS:
            connection.execute(sql)
        _place(connection, filters, needed=bool(prefer) or numbered)
        _write_sentences(connection, run, filters, sentences)
        _find_together(connection, filters, publications)
        connection.execute(_NODES)
        counted = "SELECT (SELECT count(*) FROM ends), (SELECT count(*) FROM triples), (SELECT count(*) FROM pairs)"
        ((nodes, relations, pairs),) = connection.execute(counted).fetchall()
        counts = {"nodes": nodes, RELATION: relations, COOCCURRENCE: pairs}
        names = sorted(row[0] for row in connection.execute(_QUALIFIERS).fetchall())
        connection.execute(f"SET memory_limit = '{_MEMORY_OF_STREAMS}'")
        yield Graph(run.manifest, counts, names, connection)


@contextmanager
def choosing(
    run: RunFolder, filters: Filters, *, temporary: Path, prefer: Mapping[str, str] | None, identified: bool = False
) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a connection with the edges that are asked for, `triples` and `pairs`, and the identifiers in `renamed`.

    Where `around` is asked for it has the concepts of these names in `asked`. Arguments and errors are those of
    `open_graph`.
    """
    with tables(run) as connection, disk_errors(temporary):  # a full disk is no fault of the results
        connection.execute(f"SET memory_limit = '{MEMORY_LIMIT}'")
        connection.execute("SET threads = 1")  # each has memory of its own, and the disk is slower
        connection.execute(f"SET temp_directory = {text(temporary)}")
        measures.register(connection)
        _check(connection, run, filters)
        _rename(connection, run, prefer or {})
        _choose(connection, run, filters, identified=identified)
        yield connection


def _check(connection: duckdb.DuckDBPyConnection, run: RunFolder, filters: Filters) -> None:
    """Make sure that the run has the types and predicates that are asked for."""
    for type_ in filters.types:
        check_type(connection, type_, run=run)
    predicates = [row[0] for row in connection.sql("SELECT DISTINCT predicate FROM relations ORDER BY ALL").fetchall()]
    ends = [predicate.partition(":")[2] for predicate in predicates]
    for wanted in filters.predicates:
        if wanted not in (*predicates, *ends):
            raise NotFoundError(
                f"no predicate {wanted!r} in {run.path}; it has: {', '.join(predicates) or 'none'}",
                suggestions=nearest(wanted.partition(":")[2] or wanted, ends),
            )


# Of several concepts with one identifier in the preferred vocabulary, that of most documents gets it; none gets what is
# another concept's own.
_RENAMED = """
CREATE TABLE renamed AS
SELECT id, curie FROM (
    SELECT id, documents, list_filter(xrefs, lambda xref: starts_with(xref, vocabulary || ':'))[1] AS curie
    FROM concepts JOIN preferred USING (type) WHERE NOT starts_with(id, vocabulary || ':')
) WHERE curie IS NOT NULL AND curie NOT IN (SELECT id FROM concepts)
QUALIFY row_number() OVER (PARTITION BY curie ORDER BY documents DESC, id) = 1
"""


def _rename(connection: duckdb.DuckDBPyConnection, run: RunFolder, prefer: Mapping[str, str]) -> None:
    """Make the table `renamed`: the preferred identifiers of concepts by their own."""
    connection.execute("CREATE TABLE preferred (type VARCHAR, vocabulary VARCHAR)")
    present = (
        "SELECT DISTINCT split_part(unnest(list_prepend(id, xrefs)), ':', 1) FROM concepts WHERE type = ? ORDER BY 1"
    )
    for type_, vocabulary in prefer.items():
        check_type(connection, type_, run=run)
        vocabularies = [row[0] for row in connection.execute(present, [type_]).fetchall()]
        if vocabulary not in vocabularies:
            raise NotFoundError(
                f"no {type_} in {run.path} has an identifier of the vocabulary {vocabulary!r}; "
                f"there are: {', '.join(vocabularies)}",
                suggestions=nearest(vocabulary, vocabularies),
            )
        connection.execute("INSERT INTO preferred VALUES (?, ?)", [type_, vocabulary])
    connection.execute(_RENAMED)


# The same sums as in the result `relations`, over the documents of some years.
_STATEMENTS_OF_YEARS = """
CREATE VIEW statements AS
SELECT e.*, r.subject, r.predicate, r.qualifiers, r.object, r.subject_type, r.object_type
FROM evidence e JOIN relations r USING (edge) WHERE {years};
CREATE VIEW found_concepts AS FROM concepts;
"""

_PAIRS_OF_YEARS = """
CREATE TABLE pairs_of_years AS
WITH held AS (
    SELECT concept AS id, document, list_sort(list(DISTINCT sentence)) AS sentences
    FROM mentions e WHERE concept IS NOT NULL AND {years} GROUP BY ALL
),
single AS (SELECT id, count(*) AS documents FROM held GROUP BY id),
total AS (SELECT count(*) AS documents FROM documents e WHERE {years}),
joint AS (
    SELECT x.id AS a, y.id AS b, count(*) AS documents,
        sum(len(list_intersect(x.sentences, y.sentences)))::BIGINT AS sentences
    FROM held x JOIN held y ON x.document = y.document AND x.id < y.id GROUP BY ALL
)
SELECT j.a, x.name AS a_name, x.type AS a_type, j.b, y.name AS b_name, y.type AS b_type, j.documents, j.sentences,
    npmi(j.documents, s.documents, o.documents, t.documents) AS npmi_documents, NULL::DOUBLE AS npmi_sentences
FROM joint j JOIN single s ON s.id = j.a JOIN single o ON o.id = j.b
JOIN concepts x ON x.id = j.a JOIN concepts y ON y.id = j.b CROSS JOIN total t ORDER BY j.a, j.b
"""

_CHOSEN_TRIPLES = """
CREATE {form} triples AS
SELECT * FROM (SELECT *, documents * probability AS weight FROM {source} r) WHERE {conditions} {top}
"""

_CHOSEN_PAIRS = f"""
CREATE {{form}} pairs AS
SELECT * FROM (
    SELECT *, documents * npmi_documents AS weight,
        {PAIR_EDGE} AS edge
    FROM {{source}} r
) WHERE {{conditions}} {{top}}
"""

# No aggregate and no window has names: DuckDB keeps those of all groups in memory, however many there are. A sorted
# table is read in its order, where `lag` and a number of the row need nothing but the rows before.
_ENDS = (
    """
    CREATE TABLE distinct_ends AS
    SELECT subject AS id, subject_name AS name, subject_type AS type FROM triples
    UNION SELECT object, object_name, object_type FROM triples
    UNION SELECT a, a_name, a_type FROM pairs
    UNION SELECT b, b_name, b_type FROM pairs
    """,
    """
    CREATE TABLE sorted_ends AS SELECT e.*, coalesce(curie, e.id) AS curie
    FROM distinct_ends e LEFT JOIN renamed USING (id) ORDER BY curie, e.id, name, type
    """,
    "DROP TABLE distinct_ends",
    """
    CREATE TABLE ends AS SELECT row_number() OVER () - 1 AS number, *
    FROM (SELECT * FROM sorted_ends QUALIFY lag(id, 1) OVER () IS DISTINCT FROM id)
    """,
    "DROP TABLE sorted_ends",
)


def _choose(connection: duckdb.DuckDBPyConnection, run: RunFolder, filters: Filters, *, identified: bool) -> None:
    """Make `triples` and `pairs`: the edges that are asked for.

    Where edges are not compared with each other they are views, so that nothing is kept of them.
    """
    sources = {RELATION: "relations", COOCCURRENCE: "cooccurrence"}
    if filters.years is not None:
        years = between("e.year", filters.years)
        connection.execute(_STATEMENTS_OF_YEARS.format(years=years))
        if COOCCURRENCE in filters.kinds:
            connection.execute(_PAIRS_OF_YEARS.format(years=years))
            sources[COOCCURRENCE] = "pairs_of_years"
        sources[RELATION] = f"({RELATIONS.format(statements='statements', triples='statements')})"
    conditions = {RELATION: _of_relations(filters), COOCCURRENCE: _of_pairs(filters)}
    definitions = {RELATION: _CHOSEN_TRIPLES, COOCCURRENCE: _CHOSEN_PAIRS}
    ends = {RELATION: ("subject", "object"), COOCCURRENCE: ("a", "b")}
    if identified:
        for kind, columns in ends.items():
            conditions[kind] += [f"NOT starts_with({column}, {text(BY_TEXT)})" for column in columns]

    def make(form: str, *, top: str = "", further: Mapping[str, str] | None = None) -> None:
        for kind, definition in definitions.items():
            wanted = [*conditions[kind], *([further[kind]] if further else [])]
            sql = definition.format(form=form, source=sources[kind], conditions=" AND ".join(wanted), top=top)
            connection.execute(sql)

    near: dict[str, str] = {}
    if filters.around:
        make("VIEW")
        _find_near(connection, run, filters)
        connection.execute("DROP VIEW triples; DROP VIEW pairs")
        near = {kind: " AND ".join(f"{end} IN (SELECT id FROM near)" for end in ends[kind]) for kind in ends}
    if filters.top is not None:
        make("TABLE", top=f"ORDER BY weight DESC NULLS LAST, edge LIMIT {int(filters.top)}", further=near)
    else:
        make("TABLE" if filters.years else "VIEW", further=near)


# One join or sort at a time, each into a table: several at once must all have memory at once. A table is read in the
# order in which it was written.
_PLACED = {
    "placed_triples": ("subject", "object", "triples", "edge"),
    "placed_pairs": ("a", "b", "pairs", "a, b"),
}


def _place(connection: duckdb.DuckDBPyConnection, filters: Filters, *, needed: bool) -> None:
    """Make `placed_triples` and `placed_pairs`: the edges in order, with the identifiers and numbers of their nodes.

    Where the numbers are not `needed`, the identifiers are the run's own. Pairs of the result table are in order.
    """
    for name, (subject, object_, edges, order) in _PLACED.items():
        if needed:
            for end, column, source in (("s", subject, edges), ("o", object_, "half_s")):
                connection.execute(f"""
                    CREATE TABLE half_{end} AS SELECT t.*, e.curie AS {end}_curie, e.number AS {end}_number
                    FROM {source} t JOIN ends e ON e.id = t.{column}
                """)
            connection.execute(f"CREATE TABLE {name} AS FROM half_o ORDER BY {order}")
            connection.execute("DROP TABLE half_s; DROP TABLE half_o")
            continue
        ends = f"{subject} AS s_curie, 0 AS s_number, {object_} AS o_curie, 0 AS o_number"
        is_ordered = edges == "pairs" and filters.top is None and filters.years is None
        form, ordered = ("VIEW", "") if is_ordered else ("TABLE", f"ORDER BY {order}")
        connection.execute(f"CREATE {form} {name} AS SELECT *, {ends} FROM {edges} {ordered}")


def between(column: str, years: tuple[int | None, int | None] | None) -> str:
    """Return the condition, as SQL, that a year is none before the first and none after the last."""
    bounds = zip((">=", "<="), years or (None, None), strict=True)
    return " AND ".join(f"{column} {sign} {int(year)}" for sign, year in bounds if year is not None) or "true"


def _of_relations(filters: Filters) -> list[str]:
    """Return the conditions, as SQL, of relations that are asked for."""
    said = f"documents >= {int(filters.least(RELATION))} AND probability >= {float(filters.least_probability)}"
    conditions = [f"({said} OR documents = 0 AND negated > 0)" if filters.denied or filters.negated else said]
    if RELATION not in filters.kinds:
        conditions.append("false")
    if filters.types:
        conditions += [f"{end}_type IN {among(filters.types)}" for end in ("subject", "object")]
    if filters.predicates:
        names = among([name.removeprefix("biolink:") for name in filters.predicates])
        conditions.append(f"(predicate IN {among(filters.predicates)} OR split_part(predicate, ':', 2) IN {names})")
    if filters.negated is not None:
        conditions.append("negated > 0" if filters.negated else "negated = 0")
    if filters.speculative is not None:
        conditions.append("speculative = documents" if filters.speculative else "speculative < documents")
    if not filters.retracted:
        conditions.append("retracted = 0")
    return conditions


def _of_pairs(filters: Filters) -> list[str]:
    """Return the conditions, as SQL, of co-occurrence that is asked for."""
    conditions = [f"documents >= {int(filters.least(COOCCURRENCE))}", "npmi_documents > 0"]
    if COOCCURRENCE not in filters.kinds:
        conditions.append("false")
    if filters.types:
        conditions += [f"{end}_type IN {among(filters.types)}" for end in ("a", "b")]
    return conditions


def _find_near(connection: duckdb.DuckDBPyConnection, run: RunFolder, filters: Filters) -> None:
    """Make the table `near`: the concepts asked for, and those at most so many edges from one of them."""
    connection.execute("CREATE TABLE near (id VARCHAR)")
    for name in filters.around:
        connection.execute("INSERT INTO near VALUES (?)", [resolve(connection, name, run=run)[0].id])
    connection.execute("CREATE TABLE asked AS FROM near")
    for _ in range(filters.hops):
        connection.execute("""
            INSERT INTO near SELECT id FROM (
                SELECT object AS id FROM triples WHERE subject IN (SELECT id FROM near)
                UNION SELECT subject FROM triples WHERE object IN (SELECT id FROM near)
                UNION SELECT b FROM pairs WHERE a IN (SELECT id FROM near)
                UNION SELECT a FROM pairs WHERE b IN (SELECT id FROM near)
            ) WHERE id NOT IN (SELECT id FROM near)
        """)


# `number` is the row of a statement in the table, which is sorted by edge and document.
_CHOSEN_STATEMENTS = """
CREATE TABLE chosen AS
SELECT * EXCLUDE (model, subject_start, subject_end, object_start, object_end, cue_start, cue_end, sentence,
    object_sentence), [sentence, object_sentence, subject_start, subject_end, object_start, object_end, cue_start,
    cue_end] AS places
FROM statements_by_number SEMI JOIN triples USING (edge)
"""
_BY_WORTH = """
CREATE TABLE by_worth AS
FROM chosen ORDER BY edge, negated, retracted, probability DESC, year DESC NULLS LAST, document DESC, number
"""
_BEST = """
CREATE TABLE best AS
SELECT number, shard, document, places[1] AS sentence, places[2] AS object_sentence, places[3] AS subject_start,
    places[4] AS subject_end, places[5] AS object_start, places[6] AS object_end, places[7] AS cue_start,
    places[8] AS cue_end
FROM (SELECT * FROM {best}) ORDER BY shard
"""
_BEST_OF_EACH = """
by_worth QUALIFY lag(edge, {most}) OVER () IS DISTINCT FROM edge
    OR lag(negated, {most}) OVER () IS DISTINCT FROM negated
"""

_SENTENCES = """
INSERT INTO texts
WITH wanted AS (SELECT * FROM best WHERE shard = $shard),
whole AS (
    SELECT id AS document, array_to_string(list_transform(passages, lambda passage: passage.text), chr(10)) AS text
    FROM {read} WHERE id IN (SELECT document FROM wanted) AND NOT deleted
    QUALIFY row_number() OVER (PARTITION BY id ORDER BY input DESC, version DESC NULLS LAST, file_row_number DESC) = 1
),
split AS (SELECT * FROM {sentences} WHERE document IN (SELECT document FROM wanted))
SELECT number,
    concat_ws({gap}, stretch(text, least(s.start, o.start), least(s."end", o."end")),
        if(s.start = o.start, NULL, stretch(text, greatest(s.start, o.start), greatest(s."end", o."end")))),
    stretch(text, subject_start, subject_end), stretch(text, object_start, object_end),
    stretch(text, cue_start, cue_end)
FROM wanted JOIN whole USING (document)
JOIN split s USING (document, sentence) JOIN split o ON o.document = wanted.document AND o.sentence = object_sentence
"""


def _write_sentences(connection: duckdb.DuckDBPyConnection, run: RunFolder, filters: Filters, most: int | None) -> None:
    """Make the table `texts`: the sentences and mentions of statements, read from shard after shard."""
    years = between("year", filters.years)
    evidence = parquet(run.results / "evidence.parquet", columns="file_row_number = true")
    connection.execute(f"""
        CREATE VIEW statements_by_number AS SELECT * RENAME (file_row_number AS number) FROM {evidence} WHERE {years};
        CREATE MACRO stretch(text, first, past) AS substr(text, first + 1, past - first);
        CREATE TABLE texts (number BIGINT, text VARCHAR, subject VARCHAR, object VARCHAR, cue VARCHAR);
    """)
    connection.execute(_CHOSEN_STATEMENTS)
    connection.execute(_PUBLISHED)
    if most != 0:
        _cut_sentences(connection, run, most)
    connection.execute("DROP TABLE chosen")
    for name in ("published", "texts"):
        connection.execute(_IN_ORDER.format(name=name))


def _cut_sentences(connection: duckdb.DuckDBPyConnection, run: RunFolder, most: int | None) -> None:
    """Fill the table `texts` from the shards, one after another."""
    if most is None:
        connection.execute(_BEST.format(best="chosen"))
    else:
        connection.execute(_BY_WORTH)
        connection.execute(_BEST.format(best=_BEST_OF_EACH.format(most=int(most))))
        connection.execute("DROP TABLE by_worth")
    for (shard,) in connection.execute("SELECT DISTINCT shard FROM best ORDER BY shard").fetchall():
        read, sentences = (run.stage_file(stage, shard) for stage in ("read", "sentences"))
        sql = _SENTENCES.format(
            read=parquet(read, columns="file_row_number = true"), sentences=parquet(sentences), gap=text(GAP)
        )
        connection.execute(sql, {"shard": shard})
    connection.execute("DROP TABLE best")


# Each step into a table, as above. The result `mentions` is sorted by concept and document. `otherwise` has the
# documents that do not count, or whose publication is not their id; `held` the concepts of edges that a document names,
# in parts of which each has all concepts of a document; `joint` the chosen pairs of these, the newest document of each
# pair first.
_HELD = (
    """
    CREATE TABLE named AS SELECT n.* FROM (
        SELECT document, concept, year FROM mentions e WHERE concept IS NOT NULL AND {years}
        QUALIFY lag(document, 1) OVER () IS DISTINCT FROM document OR lag(concept, 1) OVER () IS DISTINCT FROM concept
    ) n SEMI JOIN ends ON ends.id = n.concept
    """,
    """
    CREATE TABLE otherwise AS SELECT id, {retracted} AS is_retracted, coalesce('pmid:' || pmid, 'doi:' || doi,
        'pmcid:' || pmcid) AS publication
    FROM documents WHERE is_retracted OR publication <> id
    """,
    """
    CREATE TABLE held AS
    SELECT n.*, publication, (hash(document) % (SELECT count(*) // {rows} + 1 FROM named))::INTEGER AS part
    FROM named n LEFT JOIN otherwise d ON d.id = n.document WHERE d.id IS NULL OR NOT is_retracted ORDER BY part
    """,
    "DROP TABLE named",
)
_ROWS_OF_A_PART = 200_000
_IN_A_PART = """
SELECT x.concept AS a, y.concept AS b, x.document, x.year, x.publication FROM held x JOIN held y USING (document)
WHERE x.part = {part} AND y.part = {part} AND x.concept < y.concept
"""
_TOGETHER = (
    "DROP TABLE held",
    "CREATE TABLE unsorted AS SELECT c.* FROM candidates c SEMI JOIN pairs p ON p.a = c.a AND p.b = c.b",
    "DROP TABLE candidates",
    "CREATE TABLE joint AS FROM unsorted ORDER BY a, b, year DESC NULLS LAST, document DESC",
    "DROP TABLE unsorted",
    """
    CREATE TABLE together AS SELECT a, b, coalesce(publication, document) AS publication
    FROM joint QUALIFY lag(a, {most}) OVER () IS DISTINCT FROM a OR lag(b, {most}) OVER () IS DISTINCT FROM b
    """,
    "DROP TABLE joint",
)
_TOGETHER_IN_ORDER = "SELECT a, b, publication FROM together"


def _find_together(connection: duckdb.DuckDBPyConnection, filters: Filters, most: int) -> None:
    """Make the table `together`: the newest documents of each pair, by their publication, in the order of pairs."""
    if most < 1 or COOCCURRENCE not in filters.kinds:
        connection.execute("CREATE TABLE together (a VARCHAR, b VARCHAR, publication VARCHAR)")
        return
    years = between("e.year", filters.years)
    for sql in _HELD:
        connection.execute(sql.format(years=years, retracted=RETRACTED, rows=_ROWS_OF_A_PART))
    connection.execute(f"CREATE TABLE candidates AS {_IN_A_PART.format(part=0)}")
    for (part,) in connection.execute("SELECT DISTINCT part FROM held WHERE part > 0 ORDER BY part").fetchall():
        connection.execute(f"INSERT INTO candidates {_IN_A_PART.format(part=part)}")
    for sql in _TOGETHER:
        connection.execute(sql.format(most=int(most)))


_QUALIFIERS = """
SELECT DISTINCT split_part(unnest(string_split(qualifiers, ';')), '=', 1) AS name
FROM (SELECT DISTINCT qualifiers FROM triples WHERE qualifiers <> '')
"""

_NODES = """
CREATE TABLE nodes AS
SELECT number, e.curie, coalesce(c.name, e.name), coalesce(c.type, e.type), c.terms,
    if(e.curie = e.id, c.xrefs, list_prepend(e.id, list_filter(c.xrefs, lambda xref: xref <> e.curie))),
    c.taxon, c.documents, c.mentions, c.first_year, c.last_year
FROM ends e LEFT JOIN concepts c ON c.id = e.id ORDER BY number
"""

_PUBLISHED = """
CREATE TABLE published AS
SELECT number, coalesce('pmid:' || d.pmid, 'doi:' || d.doi, 'pmcid:' || d.pmcid) AS publication
FROM chosen c JOIN documents d ON d.id = c.document
WHERE NOT starts_with(c.document, 'pmid:') AND coalesce(d.pmid, d.doi, d.pmcid) IS NOT NULL
"""
_IN_ORDER = "CREATE TABLE {name}_in_order AS FROM {name} ORDER BY number; DROP TABLE {name}"
_PUBLICATIONS = "SELECT number, publication FROM published_in_order"
_TEXTS = "SELECT number, text, subject, object, cue FROM texts_in_order"
_STATEMENTS = """
SELECT number, edge, document, year, probability, negated, speculative, retracted FROM statements_by_number
"""


def _columns(table: str, places: Mapping[str, str]) -> str:
    """Return the SQL of the columns of an edge: those of `places`, the others as the table has them."""
    ends = {"subject": "s_curie", "object": "o_curie", "subject_number": "s_number", "object_number": "o_number"}
    return ", ".join({**ends, **places}.get(name, f"{table}.{name}") for name in _EDGE_COLUMNS)


_TRIPLES = f"""
SELECT edge, {_columns("t", {"npmi_documents": "NULL", "npmi_sentences": "NULL"})}
FROM placed_triples t
"""

_OF_RELATIONS = ("probability", "negated", "speculative", "retracted", "first_year", "last_year")
_OF_PAIRS = {
    "subject_name": "a_name",
    "subject_type": "a_type",
    "predicate": text(TOGETHER),
    "qualifiers": "''",
    "object_name": "b_name",
    "object_type": "b_type",
    **dict.fromkeys(_OF_RELATIONS, "NULL"),
}
_PAIRS = f"""
SELECT a, b, edge, {_columns("p", _OF_PAIRS)} FROM placed_pairs p
"""
