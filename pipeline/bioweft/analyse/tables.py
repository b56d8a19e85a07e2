"""Writing the result tables: anew from a query, or from the table of an earlier set and what has changed since."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from bioweft.analyse import merging
from bioweft.atomic import UNFINISHED, atomic
from bioweft.store.schemas import PARQUET, ROW_GROUP, read_in_pieces

_PIECE = 8 * ROW_GROUP
"""Rows that a query over pieces takes at once: so many that what it joins them with is not prepared too often."""

log = logging.getLogger(__name__)


class TableWriter:
    """Writes tables of a set of results into `folder`, with the rows of the set `earlier` where there is one."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, folder: Path, earlier: Path | None) -> None:
        self.connection = connection
        self.folder = folder
        self.earlier = earlier
        self._gone = pa.array([], pa.string())
        if earlier is not None:
            self._gone = connection.sql("SELECT id FROM gone").to_arrow_table()["id"]

    def write(self, name: str, query: str, order: str, schema: pa.Schema, *, keys: Sequence[str] = ()) -> int:
        """Write the rows of a query in an order without ties; return how many rows the table has.

        With `keys`, the first columns of the order and the last of them a document, they are put into the table of the
        earlier set, without the documents that are gone from it.
        """
        if self.earlier is None or not keys:
            rows = _tables(self._sorted(query, order, schema))
            return self._write(name, rows, schema)
        before = read_in_pieces(self.earlier / f"{name}.parquet")
        kept = merging.without(before, keys[-1], self._gone)
        with self.sorted_rows(query, order, schema) as later:
            return self._write(name, merging.merge(kept, later, keys), schema)

    def write_pieces(self, name: str, pieces: Iterable[pa.Table], query: str, order: str, schema: pa.Schema) -> int:
        """Write what a query makes of each piece of a table, which it calls `piece`; return how many rows that is.

        The pieces are in order; what comes of one is put in order.
        """
        return self._write(name, self._asked(_gathered(pieces, _PIECE), query, order, schema), schema)

    def _asked(self, pieces: Iterable[pa.Table], query: str, order: str, schema: pa.Schema) -> Iterator[pa.Table]:
        for piece in pieces:
            self.connection.register("piece", piece)
            yield from _tables(self._sorted(query, order, schema))
            self.connection.unregister("piece")

    @contextmanager
    def sorted_rows(self, query: str, order: str, schema: pa.Schema) -> Iterator[Iterator[pa.Table]]:
        """Give the rows of a query in order; they lie in a file meanwhile, so that the connection is free."""
        file = self.folder / f"sorted{UNFINISHED}"
        try:
            with pq.ParquetWriter(file, schema, **PARQUET) as writer:
                for table in _tables(self._sorted(query, order, schema)):
                    writer.write_table(table.cast(schema))
            yield read_in_pieces(file)
        finally:
            file.unlink(missing_ok=True)

    def _sorted(self, query: str, order: str, schema: pa.Schema) -> pa.RecordBatchReader:
        columns = ", ".join(f'"{column}"' for column in schema.names)
        return self.connection.sql(f"SELECT {columns} FROM ({query}) ORDER BY {order}").to_arrow_reader(ROW_GROUP)

    def _write(self, name: str, tables: Iterable[pa.Table], schema: pa.Schema) -> int:
        """Write a stream of rows as Parquet, in row groups that do not depend on how the stream was cut."""
        rows = 0
        with (
            atomic(self.folder / f"{name}.parquet") as unfinished,
            pq.ParquetWriter(unfinished, schema, **PARQUET) as writer,
        ):
            for table in _cut(tables, ROW_GROUP):
                writer.write_table(table.cast(schema).combine_chunks(), row_group_size=ROW_GROUP)
                rows += table.num_rows
        log.debug("%s: %d rows", name, rows)
        return rows


def _tables(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    for batch in reader:
        yield pa.Table.from_batches([batch])


def _cut(tables: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Yield the rows of tables in tables of so many rows, the last of what is left."""
    for table in _gathered(tables, size):
        yield from (table.slice(start, size) for start in range(0, table.num_rows, size))


def _gathered(tables: Iterable[pa.Table], size: int) -> Iterator[pa.Table]:
    """Yield the rows of tables in tables of a multiple of `size` rows, the last of what is left."""
    waiting: list[pa.Table] = []
    rows = 0
    for table in tables:
        waiting.append(table)
        rows += table.num_rows
        if rows >= size:
            whole = pa.concat_tables(waiting)
            ready = rows - rows % size
            yield whole.slice(0, ready)
            waiting, rows = [whole.slice(ready)], rows - ready
    if rows:
        yield pa.concat_tables(waiting)
