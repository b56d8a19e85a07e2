"""Dictionary matching against spaCy's PhraseMatcher: the same terms and abstracts, one core, a fresh process each.

    python benchmarks/matching.py [--data ../data] [--terms 500000] [--documents 5000] [--runs 3]

Both go from raw text to mentions with offsets: ours with all its rules (compiled dictionaries from the cache, matching,
abbreviations, choice of concept and type), theirs with `PhraseMatcher(attr="LOWER")` on `spacy.blank("en")` through
`nlp.pipe`, longest spans kept. Terms are those of shipped concepts drawn at random, abstracts those of a PubMed file.
Medians are printed, and after them why the mentions differ. spaCy is in the dependency group `bench`.
"""

import argparse
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

Spans = list[list[tuple[int, int]]]


def draw_terms(count: int, folder: Path) -> int:
    """Write a dictionary of `count` terms or a few more, and its terms as lines; return how many terms."""
    import pyarrow as pa
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    from bioweft import lexicon, resources

    table = pa.concat_tables([lexicon.load(name) for name in resources.dictionaries()])
    order = list(range(len(table)))
    random.Random(1).shuffle(order)
    table = table.take(order)
    sizes = pc.cumulative_sum(pc.list_value_length(table["terms"]))
    table = table.slice(0, pc.sum(pc.less(sizes, count)).as_py() + 1)
    pq.write_table(table, folder / "terms.parquet")
    terms = sorted({term["text"] for terms in table["terms"].to_pylist() for term in terms})
    (folder / "terms.txt").write_text("\n".join(terms), encoding="utf-8")
    return sum(len(terms) for terms in table["terms"].to_pylist())


def write_abstracts(data: Path, count: int, folder: Path) -> int:
    """Write the records of a real PubMed file that have an abstract, as JSON lines of passages; return how many."""
    from bioweft.records import Document
    from bioweft.sources.pubmed import PubMedFiles

    source = PubMedFiles(path=str(data / "literature" / "pubmed" / "pubmed21n1298.xml"))
    records = source.read(source.inputs(Path())[0])
    documents = (record for record in records if isinstance(record, Document) and record.has_abstract)
    with (folder / "texts.jsonl").open("w", encoding="utf-8") as file:
        lines = [json.dumps([p.text for p in document.passages]) + "\n" for document in islice(documents, count)]
        file.writelines(lines)
    return len(lines)


def texts(folder: Path) -> Iterator[list[str]]:
    with (folder / "texts.jsonl").open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def ours(folder: Path) -> dict[str, Any]:
    began = time.perf_counter()
    from bioweft.records import AnnotatedDocument, Document, Passage
    from bioweft.tag.dictionary import DictionaryTagger

    tagger = DictionaryTagger([folder / "terms.parquet"])
    tagger.load()
    ready = time.perf_counter()
    documents = (
        AnnotatedDocument(Document(str(number), tuple(Passage("abstract", text) for text in passages)))
        for number, passages in enumerate(texts(folder))
    )
    spans = [sorted({(m.start, m.end) for m in tagged.mentions}) for tagged in tagger.tag(documents)]
    return {"start": ready - began, "seconds": time.perf_counter() - ready, "spans": spans}


def theirs(folder: Path) -> dict[str, Any]:
    began = time.perf_counter()
    import spacy
    from spacy.matcher import PhraseMatcher
    from spacy.util import filter_spans

    nlp = spacy.blank("en")
    matcher = PhraseMatcher(nlp.vocab, attr="LOWER")
    with (folder / "terms.txt").open(encoding="utf-8") as file:
        # In parts, so that the parsed terms need not all be in memory at a time.
        for number in range(sys.maxsize):
            lines = [line.rstrip("\n") for line in islice(file, 10_000)]
            if not lines:
                break
            matcher.add(f"terms{number}", [nlp.make_doc(line) for line in lines])
    ready = time.perf_counter()
    spans = []
    for document in nlp.pipe("\n".join(passages) for passages in texts(folder)):
        found = filter_spans(matcher(document, as_spans=True))
        spans.append([(span.start_char, span.end_char) for span in found])
    return {"start": ready - began, "seconds": time.perf_counter() - ready, "spans": spans}


def child(name: str, folder: Path, arguments: argparse.Namespace) -> None:
    if name == "prepare":
        terms = draw_terms(arguments.terms, folder)
        result: dict[str, Any] = {
            "terms": terms,
            "documents": write_abstracts(arguments.data, arguments.documents, folder),
        }
    else:
        result = {"bioweft": ours, "PhraseMatcher": theirs}[name](folder)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    (folder / f"{name}.json").write_text(json.dumps({**result, "peak": peak}))


def measure(name: str, folder: Path) -> dict[str, Any]:
    """Run one side in a process of its own, on one core; this one stays small, as Linux counts it into their peak."""
    environment = {**os.environ, "XDG_CACHE_HOME": str(folder / "cache"), "OMP_NUM_THREADS": "1"}
    command = [sys.executable, __file__, *sys.argv[1:], "--child", name, str(folder)]
    subprocess.run(command, check=True, env=environment)
    result: dict[str, Any] = json.loads((folder / f"{name}.json").read_text())
    return result


def explain(folder: Path, our_spans: Spans, their_spans: Spans) -> Iterator[tuple[str, Counter[str]]]:
    """Yield the reasons why mentions are on one side only, with how many mentions each explains."""
    from bioweft.lexicon import load, rules
    from bioweft.lexicon.normalise import same_word
    from bioweft.text import abbreviations

    statuses: dict[str, set[str]] = {}
    for terms in load(folder / "terms.parquet")["terms"].to_pylist():
        for term in terms:
            statuses.setdefault(term["text"].lower(), set()).add(term["text"])
    stops = {same_word(term) for term, _ in rules.stop_terms()}
    mine: Counter[str] = Counter()
    other: Counter[str] = Counter()
    for passages, left, right in zip(texts(folder), our_spans, their_spans, strict=True):
        text = "\n".join(passages)
        defined = {short for a in abbreviations.find(text) for short in (a.short, a.short + "s")}
        for start, end in set(left) - set(right):
            surface = text[start:end]
            if surface in defined:
                reason = "abbreviation carried from its definition"
            elif any(s < end and start < e for s, e in right):
                reason = "other length than PhraseMatcher's"
            elif surface.lower() in statuses:
                reason = "spaCy's tokens end elsewhere (hyphen, slash, unit)"
            else:
                reason = "plural, British or American spelling, hyphen, Greek letter"
            mine[reason] += 1
        for start, end in set(right) - set(left):
            surface = text[start:end]
            if any(s < end and start < e for s, e in left):
                reason = "other length than ours"
            elif same_word(surface.lower()) in stops:
                reason = "on the stop list"
            elif surface in defined:
                reason = "abbreviation that the text defines as something else"
            elif surface not in statuses.get(surface.lower(), ()) and len(surface) <= 6:
                reason = "code in other case, an ordinary word"
            elif len(surface) <= 6:
                reason = "short name or code without support in the document"
            elif "\n" in surface:
                reason = "across the end of a title"
            else:
                reason = "part of a longer code or word"
            other[reason] += 1
    yield "bioweft only", mine
    yield "PhraseMatcher only", other


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--terms", type=int, default=500_000)
    parser.add_argument("--documents", type=int, default=5_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        child(arguments.child[0], Path(arguments.child[1]), arguments)
        return
    console = Console()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        prepared = measure("prepare", folder)
        terms, documents = prepared["terms"], prepared["documents"]
        first = measure("bioweft", folder)  # compiles
        runs = {name: [measure(name, folder) for _ in range(arguments.runs)] for name in ("bioweft", "PhraseMatcher")}
        table = Table(title=f"{terms:,} terms, {documents:,} abstracts")
        for column in ("", "abstracts/s", "peak memory (MiB)", "start (s)", "mentions"):
            table.add_column(column, justify="right" if column else "left")
        middle = {
            side: {key: statistics.median(run[key] for run in results) for key in ("seconds", "peak", "start")}
            for side, results in runs.items()
        }
        for side, values in middle.items():
            mentions = sum(map(len, runs[side][0]["spans"]))
            rate = documents / values["seconds"]
            table.add_row(side, f"{rate:,.0f}", f"{values['peak']:,.0f}", f"{values['start']:.1f}", f"{mentions:,}")
        left, right = middle["bioweft"], middle["PhraseMatcher"]
        table.add_row(
            "ratio", f"{right['seconds'] / left['seconds']:.1f}", f"{left['peak'] / right['peak']:.2f}",
            f"{left['start'] / right['start']:.2f}", "",
        )  # fmt: skip
        console.print(table)
        console.print(f"The first start of bioweft, which compiles: {first['start']:.1f} s, {first['peak']:,.0f} MiB.")
        spans = [[[tuple(span) for span in found] for found in runs[side][0]["spans"]] for side in runs]
        for title, reasons in explain(folder, *spans):
            table = Table(title=title)
            table.add_column("why")
            table.add_column("mentions", justify="right")
            for reason, number in reasons.most_common():
                table.add_row(reason, f"{number:,}")
            console.print(table)


if __name__ == "__main__":
    main()
