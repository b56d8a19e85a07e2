"""How long `bioweft query` takes, interpreter start included: `python benchmarks/query.py [RUN]`.

Without a run it makes one in a temporary folder: 50,000 made-up records of 10 sentences and 20 mentions each, a million
mentions of 30,000 concepts, distributed by Zipf's law. Asked are the commonest concept, a middling and a rare one, by
name, two together, and a misspelt name; each once to warm up and five times timed.
"""

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from bioweft.analyse import results
from bioweft.analyse.count import count
from bioweft.records import Document, Passage
from bioweft.store import views
from bioweft.store.documents import to_row, to_table
from bioweft.store.index import LIVE, Shard, find_live
from bioweft.store.run import FORMAT_VERSION, RunFolder
from bioweft.store.schemas import FILES, MENTIONS, SENTENCES, write
from bioweft.store.seals import write_sealed
from bioweft.store.sets import LISTING, seal_set
from bioweft.store.sql import parquet
from bioweft.workflow.plan import STAGES

DOCUMENTS, SHARD, SENTENCES_EACH, MENTIONS_EACH, CONCEPTS = 50_000, 2_000, 10, 20, 30_000
TYPES = ("disease", "chemical", "gene", "species", "cell_line", "cell_type")
TIMES = 5


def name(concept: int) -> str:
    syllables = "ba ce di fo gu ka le mi no pu ra se ti vo xu".split()
    number, text = concept + 225, ""
    while number:
        number, rest = divmod(number, len(syllables))
        text += syllables[rest]
    return text


def shard_tables(number: int, random: np.random.Generator) -> tuple[pa.Table, pa.Table, pa.Table]:
    documents, sentences, mentions = [], [], []
    for place in range(number * SHARD, (number + 1) * SHARD):
        id_ = f"pmid:{10_000_000 + place * 7}"
        drawn = (random.zipf(1.3, size=MENTIONS_EACH) - 1) % CONCEPTS
        text = ""
        for sentence in range(SENTENCES_EACH):
            begin = len(text)
            for concept in drawn[2 * sentence : 2 * sentence + 2]:
                text += "in some of the many other records "
                start, word = len(text), name(int(concept))
                text += word
                mentions.append(
                    {
                        "document": id_,
                        "sentence": sentence,
                        "start": start,
                        "end": len(text),
                        "text": word,
                        "type": TYPES[concept % len(TYPES)],
                        "tagger": "dictionary",
                        "score": 1.0,
                        "concept": f"made:{concept:06}",
                    }
                )
                text += " is told of at length "
            sentences.append({"document": id_, "sentence": sentence, "start": begin, "end": len(text) - 1})
        year = int(1975 + random.integers(50))
        documents.append(Document(id_, (Passage("abstract", text),), year=year, journal=f"Journal {place % 97}"))
    return (
        to_table([to_row(document, input_number=0) for document in documents]),
        pa.Table.from_pylist(sentences, schema=SENTENCES),
        pa.Table.from_pylist(mentions, schema=MENTIONS),
    )


def make_run(folder: Path) -> None:
    random = np.random.default_rng(7)
    run, shards, places, counting = RunFolder(folder), [], [], 0.0
    for number in range(DOCUMENTS // SHARD):
        read, sentences, mentions = shard_tables(number, random)
        started = time.perf_counter()
        counts = count(read, sentences, mentions, np.ones(SHARD, dtype=bool))
        counting += time.perf_counter() - started
        shard = Shard(f"0-made-{number}", {})
        for stage, table in {"read": read, "sentences": sentences, "tag": mentions, "count": counts}.items():
            file = run.shard_file(stage, shard.name, "0")
            file.parent.mkdir(parents=True, exist_ok=True)
            write(table, file)
            shard.files[stage] = file
            places.append({"stage": stage, "shard": shard.name, "file": str(file.relative_to(folder))})
        shards.append(shard)
    concepts = pa.table(
        {
            "id": [f"made:{concept:06}" for concept in range(CONCEPTS)],
            "name": [name(concept) for concept in range(CONCEPTS)],
            "type": [TYPES[concept % len(TYPES)] for concept in range(CONCEPTS)],
            "terms": [[f"{name(concept)} {suffix}" for suffix in "abcdefghij"] for concept in range(CONCEPTS)],
            "xrefs": pa.array([[]] * CONCEPTS, type=pa.list_(pa.string())),
            "taxon": pa.nulls(CONCEPTS, pa.string()),
            "homologs": pa.nulls(CONCEPTS, pa.string()),
        }
    )
    started = time.perf_counter()
    with views.connect(temporary=folder / "temporary") as connection:
        live = pa.concat_tables([LIVE.empty_table(), *find_live(connection, shards)])
        views.register(connection, shards, stages=STAGES, live=live, concepts=concepts)
        rows = results.build(connection, run.result_set("0" * 16))
    made = run.result_set("0" * 16)
    write(pa.Table.from_pylist(places, schema=FILES), made / LISTING)
    seal_set(made, rows)
    write_sealed(run.manifest_file, {"format": FORMAT_VERSION, "counts": rows, "results": made.name})
    run.point(made)
    print(f"count: {counting / len(shards):.3f} s a shard of {SHARD:,} records")
    print(f"build: {time.perf_counter() - started:.1f} s for {rows}")


def ask(run: Path, *arguments: str, found: bool) -> tuple[float, float]:
    """Return median and longest seconds of `bioweft query` with these arguments; stop where it fails."""
    command = [str(Path(sys.executable).parent / "bioweft"), "query", *arguments, "--in", str(run)]
    taken = []
    for _ in range(TIMES + 1):
        started = time.perf_counter()
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        taken.append(time.perf_counter() - started)
        if (done.returncode == 0) != found:
            raise SystemExit(f"{' '.join(command)} ended with {done.returncode}: {done.stderr}")
    return statistics.median(taken[1:]), max(taken[1:])


def questions(run: Path) -> dict[str, list[str]]:
    with duckdb.connect() as connection:
        table = parquet(run / "results" / "rankings.parquet")
        names = [
            row[0] for row in connection.execute(f"SELECT name FROM {table} ORDER BY documents DESC, name").fetchall()
        ]
    common, second, middling, rare = names[0], names[1], names[len(names) // 4], names[-1]
    return {
        f"commonest, {common!r}": [common],
        f"middling, {middling!r}": [middling],
        f"rare, {rare!r}": [rare],
        f"two, {common!r} with {second!r}": [common, "--with", second],
        f"misspelt, {middling + 'x'!r}": [middling + "x"],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", nargs="?", type=Path, help="a finished run; a made-up one where not given")
    run = parser.parse_args().run
    with tempfile.TemporaryDirectory() as temporary:
        if run is None:
            run = Path(temporary) / "run"
            make_run(run)
        for what, arguments in questions(run).items():
            median, longest = ask(run, *arguments, found=not what.startswith("misspelt"))
            print(f"{what}: median {median:.2f} s, longest {longest:.2f} s of {TIMES}")


if __name__ == "__main__":
    main()
