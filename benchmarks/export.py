"""Measure how much memory and time exports take, of a run, or of generated runs of 1, 10 and 100 times as many edges.

    python benchmarks/export.py --run outputs/pubmed --check
    python benchmarks/export.py [--edges 66877] [--times 1 10 100] [--formats kgx csv]

A generated run has so many co-occurring pairs, a quarter as many relations, with two statements each, and a concept for
every ten pairs; two documents have both concepts of a pair. Every export is a process of its own; its peak memory is
that of the process (VmHWM). It prints a line for each.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow as pa

from bioweft.export.graph import GRAPHS, reading
from bioweft.export.graph.check import check
from bioweft.store import schemas
from bioweft.store.run import FORMAT_VERSION, RunFolder
from bioweft.store.seals import write_sealed
from bioweft.store.sets import LISTING, seal_set

_SHARD = 2000
"""Documents of a shard."""

_CONCEPTS = """
SELECT 'mesh:D' || lpad(i::VARCHAR, 9, '0') AS id, 'Concept number ' || i AS name,
    ['chemical', 'disease', 'gene'][1 + i % 3] AS type, ['first name of ' || i, 'second name of ' || i] AS terms,
    ['umls:C' || i] AS xrefs, NULL AS taxon, NULL AS homologs, [] AS forms, [] AS keys, 1 + i % 97 AS documents,
    2 + i % 97 AS mentions, 1990 AS first_year, 2024 AS last_year
FROM range({concepts}) t(i)
"""
_PAIRS = """
SELECT x.id AS a, x.name AS a_name, x.type AS a_type, y.id AS b, y.name AS b_name, y.type AS b_type,
    2 + i % 50 AS documents, i % 20 AS sentences, 0.1 + (i % 80) / 100 AS npmi_documents, 0.1 AS npmi_sentences
FROM range({pairs}) t(i) JOIN made x ON x.number = i % {concepts}
JOIN made y ON y.number = (i + i // {concepts} + 1) % {concepts}
ORDER BY a, b
"""
_RELATIONS = """
SELECT substr(md5(i::VARCHAR), 1, 16) AS edge, x.id AS subject, x.name AS subject_name, x.type AS subject_type,
    'biolink:associated_with' AS predicate, '' AS qualifiers, y.id AS object, y.name AS object_name,
    y.type AS object_type, 2 AS documents, 2 AS sentences, 0.5 + (i % 50) / 100 AS probability, 0 AS negated,
    0 AS speculative, 0 AS retracted, 2000 AS first_year, 2020 AS last_year
FROM range({relations}) t(i) JOIN made x ON x.number = i % {concepts}
JOIN made y ON y.number = (i + i // {concepts} + 1) % {concepts} ORDER BY subject, predicate, qualifiers, object
"""
_EVIDENCE = """
SELECT substr(md5(i::VARCHAR), 1, 16) AS edge, 'pmid:' || d AS document, 2020 AS year, 0 AS sentence,
    0 AS subject_start, 7 AS subject_end, 12 AS object_start, 18 AS object_end, 0 AS object_sentence,
    0.7 AS probability, false AS negated, false AS speculative, NULL AS cue_start, NULL AS cue_end, 'made' AS model,
    false AS retracted, 's' || (d // {shard}) AS shard
FROM (SELECT i, (i * 31 + unnest([0, 1])) % {documents} AS d FROM range({relations}) t(i)) ORDER BY edge, document
"""
_MENTIONS = """
SELECT DISTINCT id AS concept, 'pmid:' || d AS document, 2020 AS year
FROM (
    SELECT unnest([i % {concepts}, (i + i // {concepts} + 1) % {concepts}]) AS number, (i * k) % {documents} AS d
    FROM range({pairs}) t(i), (VALUES (7), (13)) v(k)
) JOIN made USING (number) ORDER BY concept, document
"""
_TEXT = "Made subjects and objects stand in this sentence, so that it is as long as sentences of abstracts are."


def generate(folder: Path, *, pairs: int) -> RunFolder:
    """Write a finished run with so many co-occurring pairs."""
    run = RunFolder(folder)
    counts = {
        "pairs": pairs,
        "relations": pairs // 4,
        "concepts": max(pairs // 10, 50),
        "documents": max(pairs // 2, 10),
    }
    result_set = run.result_set("0" * 16)
    result_set.mkdir(parents=True)
    queries = {
        "concepts": (_CONCEPTS, schemas.RESULT_CONCEPTS),
        "cooccurrence": (_PAIRS, schemas.RESULT_COOCCURRENCE),
        "relations": (_RELATIONS, schemas.RESULT_RELATIONS),
        "evidence": (_EVIDENCE, schemas.RESULT_EVIDENCE),
        "documents": ("SELECT 'pmid:' || i AS id, 2020 AS year FROM range({documents}) t(i)", schemas.RESULT_DOCUMENTS),
        "mentions": (_MENTIONS, schemas.RESULT_MENTIONS),
        "rankings": ("SELECT NULL AS type LIMIT 0", schemas.RESULT_RANKINGS),
    }
    with duckdb.connect() as connection:
        connection.execute(
            "CREATE TABLE made AS SELECT i AS number, 'mesh:D' || lpad(i::VARCHAR, 9, '0') AS id, "
            "'Concept number ' || i AS name, "
            f"['chemical', 'disease', 'gene'][1 + i % 3] AS type FROM range({counts['concepts']}) t(i)"
        )
        for name, (query, schema) in queries.items():
            table = connection.sql(query.format(**counts, shard=_SHARD)).to_arrow_table()
            columns = [
                table[field.name].cast(field.type) if field.name in table.column_names
                else pa.nulls(table.num_rows, field.type)
                for field in schema
            ]  # fmt: skip
            schemas.write(pa.Table.from_arrays(columns, schema=schema), result_set / f"{name}.parquet")
    schemas.write(_write_shards(run, counts["documents"]), result_set / LISTING)
    seal_set(result_set, {})
    write_sealed(
        run.manifest_file, {"format": FORMAT_VERSION, "name": "made", "counts": {}, "results": result_set.name}
    )
    return run


def _write_shards(run: RunFolder, documents: int) -> pa.Table:
    """Write the tables of documents and sentences; return the list of them, a table of `FILES`."""
    files = []
    for begin in range(0, documents, _SHARD):
        shard, ids = f"s{begin // _SHARD}", [f"pmid:{i}" for i in range(begin, min(begin + _SHARD, documents))]
        passages = [{"kind": "abstract", "label": None, "text": _TEXT}]
        read = [{"id": id_, "deleted": False, "input": 0, "passages": passages} for id_ in ids]
        sentences = [{"document": id_, "sentence": 0, "start": 0, "end": len(_TEXT)} for id_ in ids]
        for stage, rows, schema in (("read", read, schemas.READ), ("sentences", sentences, schemas.SENTENCES)):
            path = run.shard_file(stage, shard, "0")
            path.parent.mkdir(parents=True, exist_ok=True)
            schemas.write(pa.Table.from_pylist(rows, schema=schema), path)
            files.append({"stage": stage, "shard": shard, "file": path.relative_to(run.path).as_posix()})
    return pa.Table.from_pylist(files, schema=schemas.FILES)


_PROGRAM = """
import sys
from pathlib import Path
from bioweft.export.graph import export, reading
from bioweft.store.run import RunFolder
reading.MEMORY_LIMIT = sys.argv[4]
about = export(RunFolder(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))
peak = next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
counts = about["counts"]
print(counts["nodes"], counts["relation"] + counts["cooccurrence"], sum(about["files"].values()), int(peak) // 1024)
"""


def main() -> None:
    """Print format, edges, seconds, MB written and MiB of memory for each export.

    Exit code 1 says that the KGX is not valid in the Biolink model.
    """
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, help="a finished run to export in place of generated ones")
    parser.add_argument("--check", action="store_true", help="hold the KGX against the Biolink model")
    parser.add_argument("--edges", type=int, default=66_877, help="co-occurring pairs of the smallest run")
    parser.add_argument("--times", type=int, nargs="+", default=[1, 10, 100])
    parser.add_argument("--formats", nargs="+", default=list(GRAPHS), choices=list(GRAPHS))
    parser.add_argument("--memory", default=reading.MEMORY_LIMIT, help="what DuckDB may hold in memory")
    parser.add_argument("--temporary", type=Path, help="where generated runs and exports go")
    options = parser.parse_args()
    print("| format | nodes | edges | seconds | MB written | peak memory, MiB |\n| --- | --- | --- | --- | --- | --- |")
    faults = 0
    for times in [1] if options.run else options.times:
        with tempfile.TemporaryDirectory(prefix="bioweft-", dir=options.temporary) as temporary:
            folder = Path(temporary)
            run = options.run or generate(folder / "run", pairs=options.edges * times).path
            for name in options.formats:
                measure(run, name, folder / name, memory=options.memory)
                if options.check and name == "kgx":
                    faults += check_kgx(folder / name, folder)
                shutil.rmtree(folder / name)
    sys.exit(faults > 0)


def measure(run: Path, name: str, output: Path, *, memory: str) -> None:
    """Export a run in a process of its own, and print what that took."""
    began = time.monotonic()
    arguments = [sys.executable, "-c", _PROGRAM, str(run), name, str(output), memory]
    done = subprocess.run(arguments, check=True, capture_output=True, text=True)
    nodes, edges, size, peak = map(int, done.stdout.split())
    seconds = time.monotonic() - began
    print(f"| `{name}` | {nodes:,} | {edges:,} | {seconds:.1f} | {size / 1e6:.1f} | {peak} |", flush=True)


def check_kgx(folder: Path, temporary: Path) -> int:
    """Print what the Biolink model says of an export; return the number of its faults."""
    report = check(folder, temporary=temporary)
    print(f"KGX: {report.nodes:,} nodes and {report.edges:,} edges checked, {len(report.faults)} kinds of faults")
    for fault in report.faults:
        print(f"  {fault.count:,} {fault.message}: {', '.join(fault.examples)}")
    return len(report.faults)


if __name__ == "__main__":
    main()
