"""The whole chain on real PubMed files, default settings: abstracts a second, memory, and a rerun with nothing new.

    python benchmarks/throughput.py [--data ../data] [--workers 1 2] [--tagger none]

Abstracts a second counts the records that have an abstract (title included in their text) over the whole time of the
command: reading, sentences, tagging with all shipped dictionaries and the default model (or another, or none),
counting, rankings, plots and graph.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--tagger", default="default")
    arguments = parser.parse_args()
    files = (arguments.data / "literature" / "pubmed" / "*.xml").absolute()
    table = Table("workers", "records", "abstracts", "seconds", "abstracts/s", "peak MiB a process", "rerun s")
    with tempfile.TemporaryDirectory() as folder:
        workflow = Path(folder) / "real.toml"
        workflow.write_text(
            f'name = "real"\n[[sources]]\nkind = "pubmed-files"\npath = "{files}"\n'
            f'[tag]\nmodel = "{arguments.tagger}"\n'
        )
        for workers in arguments.workers:
            call = [sys.executable, "-m", "bioweft", "run", str(workflow), "--json", "--workers", str(workers)]
            call += ["--output", f"{folder}/run{workers}"]
            manifest = json.loads(subprocess.run(call, check=True, capture_output=True, text=True).stdout)
            began = time.perf_counter()
            subprocess.run(call, check=True, capture_output=True)
            again = time.perf_counter() - began
            counts, timings = manifest["counts"], manifest["timings"]
            table.add_row(
                str(workers),
                f"{counts['records']:,}",
                f"{counts['abstracts']:,}",
                f"{timings['seconds']:.1f}",
                f"{counts['abstracts'] / timings['seconds']:,.0f}",
                f"{timings['peak_memory_mib']:,}",
                f"{again:.1f}",
            )
    Console().print(table)


if __name__ == "__main__":
    main()
