"""Time and memory of the explorer: `python benchmarks/explorer.py RUN [--requests 300] [--plot FILE.svg]`.

It starts `bioweft explore` and asks for pages one after another: searches (by name, by the first four letters as one
types, by a misspelt name), pages of concepts, of relations, pairs, documents and graphs. Half of the concepts are drawn
with a chance that grows with their documents, half all alike. Then come rankings, changes and the longest lists, and
a hundred requests at once, twice. Times are those of the whole answer, and beside them the mean time of processors,
which tells of a busy machine too; memory is the most that the server has had until then.
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
from typing import NamedTuple
from urllib.parse import urlencode

import duckdb
import httpx

from bioweft.store.run import RunFolder
from bioweft.store.sql import parquet

_HEAVY = (
    "/changes",
    "/rankings?by=z",
    "/rankings.csv?limit=5000",
    "/relations.csv?limit=5000",
    "/relations.json?limit=5000",
    "/relations?limit=1000",
)
"""Pages that are asked for rarely, and take much."""
_MOST_MEDIAN, _MOST_99TH = 300, 800
"""Milliseconds that the first results are to take at most."""


class Times(NamedTuple):
    """Requests of a kind, and the median and the 99th percentile of their milliseconds."""

    number: int
    median: float
    last: float


_FIRST = ("search", "typing", "misspelt", "entity")
"""Kinds of pages that somebody sees first."""


def main() -> None:
    """Print a line for each kind of page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("--requests", type=int, default=300, help="of each kind")
    parser.add_argument("--parallel", type=int, default=100, help="requests at once, none for 0")
    parser.add_argument("--plot", type=Path, help="the file of a picture of the times")
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
            times = measure(client, server.pid, arguments.run, arguments.requests)
            print(f"memory after these {_memory(server.pid):.0f} MiB")
            for path in _HEAVY:
                begun = time.perf_counter()
                answer = client.get(path)
                size, seconds = len(answer.content) / 1e6, time.perf_counter() - begun
                print(f"{path:<28} {answer.status_code}, {seconds:.2f} s, {size:.1f} MB, {_memory(server.pid):.0f} MiB")
            for _ in range(2):
                ask_at_once(client, arguments.run, arguments.parallel)
                print(f"memory at most {_memory(server.pid):.0f} MiB = {_memory(server.pid) * 1.048576:.0f} MB")
        if arguments.plot:
            plot(times, arguments.plot)
    finally:
        server.terminate()
        server.wait(20)


def _is_up(client: httpx.Client) -> bool:
    try:
        return client.get("/api").status_code == 200
    except httpx.TransportError:
        return False


def ask_at_once(client: httpx.Client, run: Path, number: int) -> None:
    """Ask for so many pages at once, and print how long all of them took."""
    paths = [path for _, path in questions(run, number)][:number]
    with ThreadPoolExecutor(max(len(paths), 1)) as pool:
        begun = time.perf_counter()
        statuses = [answer.status_code for answer in pool.map(client.get, paths)]
    faults = sum(status != 200 for status in statuses)
    print(f"{len(paths)} at once: {time.perf_counter() - begun:.1f} s, {faults} errors")


def measure(client: httpx.Client, process: int, run: Path, requests: int) -> dict[str, Times]:
    """Ask, print times by kind and of all searches and pages of concepts together, and return them."""
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
    summary = {}
    for kind, values in times.items():
        quantiles = statistics.quantiles(values, n=100)
        summary[kind] = Times(len(values), quantiles[49], quantiles[98])
        wall = f"median {quantiles[49]:6.0f} ms, 99th percentile {quantiles[98]:6.0f} ms"
        print(f"{kind:<18} n {len(values):5} {wall}; of processors {1000 * work[kind] / len(values):5.0f} ms")
    return summary


def plot(times: dict[str, Times], file: Path) -> None:
    """Draw the median and the 99th percentile of each kind, beside what is wanted of the first results."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "bioweft", "svg.fonttype": "none", "font.family": "sans-serif"})
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.4), layout="constrained")
    for place, (_, median, last) in enumerate(reversed(times.values())):
        axes.plot([median, last], [place, place], color="#8b959e", linewidth=2, zorder=1)
        axes.scatter([median], [place], color="#0072b2", zorder=2, label="median" if not place else None)
        label = "99th percentile" if not place else None
        axes.scatter([last], [place], color="#d55e00", marker="D", zorder=2, label=label)
    for wanted, colour in ((_MOST_MEDIAN, "#0072b2"), (_MOST_99TH, "#d55e00")):
        axes.axvline(wanted, color=colour, linestyle=":", linewidth=1)
    axes.set_yticks(range(len(times)), list(reversed([f"{kind} ({number})" for kind, (number, _, _) in times.items()])))
    axes.set_xlim(left=0)
    axes.set_xlabel("milliseconds (dotted: the most that is wanted)")
    axes.legend(loc="lower right", frameon=False)
    axes.spines[["top", "right"]].set_visible(False)
    figure.savefig(file, metadata={"Date": None})


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
