"""PubMed parsing against pubmed_parser: the same file and fields, a fresh process each, in one run.

    python benchmarks/pubmed_parsing.py [--data ../data] [--runs 3]

Both read PMID, title, abstract, year, journal, language, DOI, PMC id, MeSH headings and publication types of every
record of pubmed21n1298.xml.gz. pubmed_parser also builds author and affiliation strings, which cannot be turned off.
The last row is ours on the file as plain XML. Medians are printed.
"""

import argparse
import gzip
import os
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table


def ours(path: str) -> int:
    from bioweft.records import Document
    from bioweft.sources.pubmed import PubMedFiles

    source = PubMedFiles(path=path)
    return sum(isinstance(record, Document) for record in source.read(source.inputs(Path())[0]))


def theirs(path: str) -> int:
    import pubmed_parser

    return sum(not record["delete"] for record in pubmed_parser.parse_medline_xml(path, year_info_only=True))


def child(name: str, path: str) -> None:
    began = time.perf_counter()
    records = {"bioweft": ours, "pubmed_parser": theirs}[name](path)
    print(records, time.perf_counter() - began, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(*arguments.child)
        return
    plain = arguments.data / "literature" / "pubmed" / "pubmed21n1298.xml"
    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder) / f"{plain.name}.gz"
        with plain.open("rb") as source, gzip.open(packed, "wb", compresslevel=6) as target:
            shutil.copyfileobj(source, target)
        cases = [("bioweft", packed), ("pubmed_parser", packed), ("bioweft", plain)]
        seconds: dict[tuple[str, Path], list[float]] = {case: [] for case in cases}
        records: dict[tuple[str, Path], int] = {}
        memory: dict[tuple[str, Path], int] = {}
        for _ in range(arguments.runs):
            for case in cases:
                call = [sys.executable, __file__, "--child", case[0], str(case[1])]
                found, took, peak = subprocess.run(call, check=True, capture_output=True, text=True).stdout.split()
                seconds[case].append(float(took))
                records[case], memory[case] = int(found), int(peak)
    table = Table(
        "reader", "file", "records", "records/s", "ratio", "peak MiB", title=f"{plain.name}, {arguments.runs} runs"
    )
    base = statistics.median(seconds["pubmed_parser", packed])
    for case in cases:
        median = statistics.median(seconds[case])
        table.add_row(
            case[0],
            case[1].suffix,
            f"{records[case]:,}",
            f"{records[case] / median:,.0f}",
            f"{base / median:.1f}x",
            f"{memory[case]:,}",
        )
    Console().print(table)


if __name__ == "__main__":
    main()
