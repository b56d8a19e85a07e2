"""How soon the explorer answers, and what memory it takes: `python benchmarks/explorer.py RUN [--requests 300]`.

It starts `bioweft explore` and asks for pages one after another: searches (by name, by the first four letters as one
types, by a misspelt name), pages of concepts, of relations, pairs, documents and graphs. Half of the concepts are drawn
with a chance that grows with their documents, half all alike. Then a hundred requests are sent at once. Times are those
of the whole answer, and beside them the mean time of processors, which tells of a busy machine too; memory is the most
that the server ever took.
"""

import argparse
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import duckdb
import httpx

from bioweft.store.run import RunFolder
from bioweft.store.sql import parquet

_FIRST = ("search", "typing", "misspelt", "entity")
"""Kinds of pages that somebody sees first."""


def main() -> None:
    """Print a line for each kind of page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--requests", type=int, default=300, help="of each kind")
    parser.add_argument("--parallel", type=int, default=100, help="requests at once, none for 0")
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "bioweft", "explore", str(arguments.run), "--no-browser", "--port", "0"]
    begun = time.perf_counter()
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert server.stdout is not None
        (address,) = re.findall(r"http://\S+?/", server.stdout.readline())
        with httpx.Client(base_url=address, timeout=600) as client:
            while not _is_up(client):
                time.sleep(0.01)
            print(f"starts in {time.perf_counter() - begun:.2f} s, {_memory(server.pid):.0f} MiB")
            measure(client, server.pid, arguments.run, arguments.requests)
            paths = [path for _, path in questions(arguments.run, arguments.parallel)][: arguments.parallel]
            with ThreadPoolExecutor(max(len(paths), 1)) as pool:
                begun = time.perf_counter()
                statuses = [answer.status_code for answer in pool.map(client.get, paths)]
            faults = sum(status != 200 for status in statuses)
            print(f"{len(paths)} at once: {time.perf_counter() - begun:.1f} s, {faults} errors")
        print(f"memory at most {_memory(server.pid):.0f} MiB")
    finally:
        server.terminate()
        server.wait(20)


def _is_up(client: httpx.Client) -> bool:
    try:
        return client.get("/api").status_code == 200
    except httpx.TransportError:
        return False


def measure(client: httpx.Client, process: int, run: Path, requests: int) -> None:
    """Ask, and print times by kind and of all searches and pages of concepts together."""
    times: dict[str, list[float]] = {}
    work: dict[str, float] = {}
    for kind, path in questions(run, requests):
        begun, worked = time.perf_counter(), _work(process)
        answer = client.get(path)
        times.setdefault(kind, []).append(1000 * (time.perf_counter() - begun))
        work[kind] = work.get(kind, 0.0) + _work(process) - worked
        if answer.status_code != 200:
            print(f"{answer.status_code}: {path}")
    together = "search and entity"
    times[together] = [value for kind in _FIRST for value in times[kind]]
    work[together] = sum(work[kind] for kind in _FIRST)
    for kind, values in times.items():
        quantiles = statistics.quantiles(values, n=100)
        wall = f"median {quantiles[49]:6.0f} ms, 99th percentile {quantiles[98]:6.0f} ms"
        print(f"{kind:<18} n {len(values):5} {wall}; of processors {1000 * work[kind] / len(values):5.0f} ms")


def questions(folder: Path, number: int) -> Iterator[tuple[str, str]]:
    """Yield kinds and addresses of pages, the same ones in every call."""
    draw = random.Random(8)
    results = RunFolder(folder).results
    with duckdb.connect() as connection:
        read = {name: parquet(results / f"{name}.parquet") for name in ("concepts", "relations", "documents")}
        concepts = connection.execute(f"SELECT id, name, documents FROM {read['concepts']} ORDER BY id").fetchall()
        edges = connection.execute(f"SELECT edge, subject, object FROM {read['relations']} ORDER BY edge").fetchall()
        documents = connection.execute(f"SELECT id FROM {read['documents']} ORDER BY id").fetchall()
    weights = [count for _, _, count in concepts]
    for place in range(number):
        id_, name, _ = draw.choices(concepts, weights)[0] if place % 2 else draw.choice(concepts)
        yield "search", "/search?" + urlencode({"q": name})
        yield "typing", "/search.json?" + urlencode({"q": name[:4], "limit": 8})
        yield "entity", "/entity?" + urlencode({"id": id_})
        if place % 10 == 0:
            yield "misspelt", "/search?" + urlencode({"q": _misspelt(name, draw)})
        if place % 3 == 0:
            yield "graph", "/graph.json?" + urlencode({"id": id_})
            yield "document", "/document?" + urlencode({"id": draw.choice(documents)[0]})
            if edges:
                edge, subject, object_ = draw.choice(edges)
                yield "evidence", "/evidence?" + urlencode({"edge": edge})
                yield "pair", "/pair?" + urlencode({"a": subject, "b": object_})


def _misspelt(name: str, draw: random.Random) -> str:
    """Return a name with two neighbouring letters in each other's place."""
    place = draw.randrange(max(len(name) - 1, 1))
    return name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]


def _work(process: int) -> float:
    """Return the seconds of processors that a process has taken."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="ascii", errors="replace").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _memory(process: int) -> float:
    """Return the most memory in MiB that a process has had."""
    status = Path(f"/proc/{process}/status").read_text(encoding="ascii", errors="replace")
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


if __name__ == "__main__":
    main()
