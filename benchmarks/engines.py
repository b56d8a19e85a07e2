"""The engines `local` and `ray` on the same records: seconds, and whether all bytes are the same.

    python benchmarks/engines.py [--data ../data] [--records 2000] [--tagger default] [--relations default]

The records are the first ones of a real PubMed file. The engine `ray` has a Ray of its own on this machine. Compared
are all tables of shards, all results, the markers of reading and tagging, and the rejects. Ends with exit code 1 where
a byte is another one.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

ENGINES = ("local", "ray")
_END = b"</PubmedArticle>"


def first_records(content: bytes, number: int) -> bytes:
    """Return the beginning of a PubMed file with so many articles."""
    end = 0
    for _ in range(number):
        end = content.index(_END, end) + len(_END)
    return content[:end] + b"\n</PubmedArticleSet>\n"


def files(folder: Path) -> Iterator[Path]:
    """Yield the files of a run whose bytes must not depend on how the run went, by their places in it."""
    for pattern in ("shards/**/*", "results/**/*", "batches/read/*", "batches/tag/*", "rejects.jsonl"):
        yield from (path.relative_to(folder) for path in sorted(folder.glob(pattern)) if path.is_file())


def unlike(folder: Path) -> list[Path]:
    """Return the files of the two runs that are not the same."""
    here, there = (folder / engine for engine in ENGINES)
    names = {*files(here), *files(there)}
    same = {n for n in {*files(here)} & {*files(there)} if (here / n).read_bytes() == (there / n).read_bytes()}
    return sorted(names - same)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--records", type=int, default=2_000)
    parser.add_argument("--tagger", default="default")
    parser.add_argument("--relations", default="default")
    parser.add_argument("--workers", type=int, default=1)
    arguments = parser.parse_args()
    source = arguments.data / "literature" / "pubmed" / "pubmed21n1298.xml"
    table = Table("engine", "records", "abstracts", "mentions", "relations", "seconds")
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix="engines-") as temporary:  # Ray's workers share no /tmp
        folder = Path(temporary)
        (folder / source.name).write_bytes(first_records(source.read_bytes(), arguments.records))
        workflow = folder / "real.toml"
        workflow.write_text(
            f'name = "real"\n[[sources]]\nkind = "pubmed-files"\npath = "{folder / source.name}"\n'
            f'[tag]\nmodel = "{arguments.tagger}"\n[relate]\nmodel = "{arguments.relations}"\n'
        )
        for engine in ENGINES:
            call = [sys.executable, "-m", "bioweft", "run", str(workflow), "--json", "--engine", engine]
            call += ["--workers", str(arguments.workers), "--output", str(folder / engine)]
            began = time.perf_counter()
            counts = json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout)["counts"]
            seconds = time.perf_counter() - began
            figures = [f"{counts[name]:,}" for name in ("records", "abstracts", "mentions", "relations")]
            table.add_row(engine, *figures, f"{seconds:.1f}")
        Console().print(table)
        different, compared = unlike(folder), sum(1 for _ in files(folder / "local"))
    print(f"{compared} files compared, {len(different)} not the same", *different[:10])
    sys.exit(1 if different else 0)


if __name__ == "__main__":
    main()
