"""The whole chain on many records: seconds, records a second, and whether memory stays flat.

    python benchmarks/many_records.py [--data ../data] [--records 5000 20000 80000] [--tagger none] [--folder FOLDER]

The records are those of the real PubMed files, again and again with new PMIDs, in files of 30,000 as PubMed's are. A
run of one record comes first, so that dictionaries are compiled by then. With `--folder`, files and runs stay, and a
run that was broken off goes on. `own MiB` is the most memory that a process had for itself (Linux alone: looked at ten
times a second), `MiB` the most with the pages of files that it has mapped, which processes share: compiled dictionaries
and libraries. `stage` is what the workers spent most of their time with. The seconds of the processor are of all
processes together, as the clock of a busy machine says little.
"""

import argparse
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

from lxml import etree
from rich.console import Console
from rich.table import Table

FILE = 30_000
"""Records of a file."""
_PMID = re.compile(rb'(<MedlineCitation.*?<PMID Version="\d+">)(\d+)(</PMID>)', re.DOTALL)


def records_of(source: Path) -> Iterator[bytes]:
    """Yield the records of a PubMed file as XML."""
    for _, element in etree.iterparse(source, tag="PubmedArticle"):
        yield etree.tostring(element, with_tail=False)
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def generated(sources: Sequence[Path], records: int) -> Iterator[bytes]:
    """Yield so many records of files, again and again under new PMIDs."""
    number = 0
    while number < records:
        for record in islice(chain.from_iterable(map(records_of, sources)), records - number):
            number += 1
            yield _PMID.sub(rb"\g<1>%d\g<3>" % (90_000_000 + number), record, count=1)


def write_files(sources: Sequence[Path], folder: Path, records: int) -> None:
    """Write files of generated records."""
    folder.mkdir(parents=True, exist_ok=True)
    articles = generated(sources, records)
    for number in range(-(-records // FILE)):
        with (folder / f"generated{number:04}.xml").open("wb") as stream:
            stream.write(b"<PubmedArticleSet>\n")
            stream.writelines(article + b"\n" for article in islice(articles, FILE))
            stream.write(b"</PubmedArticleSet>\n")


def measure(folder: Path, tagger: str, workers: int) -> tuple[dict[str, Any], float, float, int]:
    """Run the chain over a folder of files; return the manifest, the seconds by the clock and of the processor, and
    the most MiB that a process had for itself.
    """
    workflow = folder.parent / f"{folder.name}.toml"
    workflow.write_text(
        f'name = "many"\n[[sources]]\nkind = "pubmed-files"\npath = "{folder}"\n[tag]\nmodel = "{tagger}"\n'
    )
    call = [sys.executable, "-m", "bioweft", "run", str(workflow), "--json", "--workers", str(workers)]
    call += ["--output", str(folder.parent / f"run-{folder.name}")]
    began, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    with subprocess.Popen(call, stdout=subprocess.PIPE, text=True) as process:
        own: list[int] = [0]
        watch = threading.Thread(target=_watch, args=(process, own))
        watch.start()
        output, _ = process.communicate()
        watch.join()
    if process.returncode:
        raise SystemExit(process.returncode)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return json.loads(output), time.perf_counter() - began, cpu, max(own)


def _watch(process: subprocess.Popen[str], own: list[int]) -> None:
    """Note the MiB that a process and its helpers have for themselves, until it ends."""
    while process.poll() is None:
        with suppress(OSError):
            helpers = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
            own += [max(map(_own_memory, (str(process.pid), *helpers)))]
        time.sleep(0.1)


def _own_memory(pid: str) -> int:
    """Return the MiB that a process has for itself, 0 where it is gone."""
    with suppress(OSError):
        if anonymous := re.search(r"RssAnon:\s+(\d+)", Path(f"/proc/{pid}/status").read_text()):
            return int(anonymous[1]) // 1024
    return 0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--records", type=int, nargs="+", default=[5_000, 20_000, 80_000])
    parser.add_argument("--tagger", default="none")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="Keep the files and runs here.")
    arguments = parser.parse_args()
    sources = sorted((arguments.data / "literature" / "pubmed").glob("*.xml"), reverse=True)
    table = Table(
        "records", "abstracts", "mentions", "seconds", "of the processor", "records/cpu s", "own MiB", "MiB", "stage"
    )
    with tempfile.TemporaryDirectory() as temporary:
        for records in [1, *arguments.records]:
            folder = ((arguments.folder or Path(temporary)) / str(records)).absolute()
            if not folder.exists():
                write_files(sources, folder, records)
            manifest, seconds, cpu, own = measure(folder, arguments.tagger, arguments.workers)
            counts, timings = manifest["counts"], manifest["timings"]
            spent = timings["worker_seconds"]
            stage = max(spent, key=spent.get)
            figures = [f"{counts[name]:,}" for name in ("records", "abstracts", "mentions")]
            figures += [f"{seconds:.1f}", f"{cpu:.1f}", f"{counts['records'] / cpu:,.0f}"]
            figures += [f"{own:,}", f"{timings['peak_memory_mib']:,}"]
            Console(stderr=True).print(figures, spent)
            if records > 1:
                table.add_row(*figures, f"{stage} {spent[stage]:.0f} s")
    Console().print(table)


if __name__ == "__main__":
    main()
