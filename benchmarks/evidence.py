"""How long a table of diseases and genes with their sentences takes: `python benchmarks/evidence.py RUN`.

The run is opened anew for each of five tables: the 20 pairs that are hardly ever apart with three sentences each, and
all pairs with all their sentences. Printed are the shortest seconds by the clock and of the processor, without the
import of pandas, which is told apart.
"""

import argparse
import time
from pathlib import Path

import bioweft

TIMES = 5


def table(folder: Path, *, most: int | None, limit: int | None) -> tuple[int, int]:
    """Return the number of pairs and of their sentences."""
    run = bioweft.open_run(folder)
    pairs = run.cooccurrence("disease", "gene")
    pairs = pairs[pairs.sentences > 0].sort_values("npmi_sentences", ascending=False)[:most]
    rows = pairs[["a", "b", "a_name", "b_name"]].merge(run.evidence(pairs, limit=limit), on=["a", "b"])
    return len(pairs), len(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path, help="a finished run")
    folder = parser.parse_args().run
    started = time.perf_counter()
    documents = len(bioweft.open_run(folder).documents())
    print(f"{documents:,} documents; import and the first table: {time.perf_counter() - started:.2f} s")
    for most, limit in ((20, 3), (None, None)):
        taken = []
        for _ in range(TIMES):
            started, processor = time.perf_counter(), time.process_time()
            pairs, rows = table(folder, most=most, limit=limit)
            taken.append((time.perf_counter() - started, time.process_time() - processor))
        wall, processor = (min(seconds) for seconds in zip(*taken, strict=True))
        print(f"{pairs:,} pairs, {rows:,} sentences: {wall:.2f} s, of the processor {processor:.2f} s")


if __name__ == "__main__":
    main()
