"""Parquet for pandas, polars, DuckDB and Spark: `nodes.parquet`, `edges.parquet` and `evidence.parquet`."""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from bioweft.export.graph import tables
from bioweft.export.graph.reading import Graph


def write(graph: Graph, folder: Path) -> None:
    """Write the files into a folder."""
    with ExitStack() as stack:
        writers = {
            name: stack.enter_context(
                pq.ParquetWriter(folder / f"{name}.parquet", schema, compression="zstd", compression_level=3)
            )
            for name, schema in tables.TABLES.items()
        }

        def write_rows(name: str, rows: Sequence[tables.Row]) -> None:
            schema = tables.TABLES[name]
            columns = [
                pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)
            ]
            writers[name].write_table(pa.Table.from_arrays(columns, schema=schema))

        tables.stream(graph, write_rows)
