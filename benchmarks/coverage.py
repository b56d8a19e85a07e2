"""How well the lexicon, tagging and linking cover real texts, without any gold.

    python benchmarks/coverage.py [--data ../data] [--limit N] [--tagger MODEL] [--mentions FILE [--relink]]
        [--output DIR]

The texts are records of the real PubMed files, `--limit` of them drawn with a fixed seed (the default tagger does some
35 a second on a core). For every preferred name and plain synonym of the shipped dictionaries: at how many places it
stands, at how many it is a mention of its type (exactly, or any overlap), at how many it got its concept. And the
mentions without a concept, by string. Totals of each type are printed, and the first of each list; `--output` gets the
200 worst of each type as TSV: `names_untagged.tsv` (stands there, is no mention: `lost` places), `names_unlinked.tsv`
(is a mention with another concept or none, or lies in one that has none) and `unlinked.tsv` (mentions without a
concept).

`--mentions` keeps the tagged and linked documents, and takes them from there where the file exists: the lists are made
again in seconds after a change of the dictionaries, and with `--relink` the links are made anew too.
"""

import argparse
import csv
import os
import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from bioweft import lexicon, resources
from bioweft.atomic import atomic
from bioweft.evaluate.coverage import Coverage, Fate, Name, Names
from bioweft.link.registry import linking_dictionaries, open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument, Document
from bioweft.sources.pubmed import PubMedFiles
from bioweft.store import documents as stored
from bioweft.tag.registry import open_tagger
from bioweft.tag.settings import TagSettings
from bioweft.text import sentences

SEED = 1
WORST = 200
AT_ONCE = 500


def sampled(data: Path, limit: int | None) -> list[Document]:
    """Return the records of the real files that have an abstract, or a random sample of them, in their order."""
    source = PubMedFiles(path=str(data / "literature" / "pubmed"))
    items = [item for item in source.inputs(Path()) if item.path.parent.name == "pubmed"]
    chosen: dict[int, Document] = {}
    draw = random.Random(SEED)
    records = (record for item in items for record in source.read(item))
    documents = (record for record in records if isinstance(record, Document) and record.has_abstract)
    for number, document in enumerate(documents):
        if limit is None or number < limit:
            chosen[number] = document
        elif (place := draw.randrange(number + 1)) < limit:  # reservoir: every record is as likely
            del chosen[list(chosen)[place]]
            chosen[number] = document
    return list(chosen.values())


def linked(documents: Iterable[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
    linker = open_linker(LinkSettings())
    assert linker is not None
    linker.load()
    return linker.link(documents)


def tagged(documents: Iterable[Document], model: str) -> Iterator[AnnotatedDocument]:
    tagger = open_tagger(TagSettings(model=model, dictionaries=tuple(resources.dictionaries())))
    tagger.load()
    return tagger.tag(AnnotatedDocument(document, sentences.of_document(document)) for document in documents)


def save(path: Path, documents: Sequence[AnnotatedDocument]) -> None:
    with atomic(path) as unfinished:
        pq.write_table(stored.to_table([stored.to_row(d, input_number=0) for d in documents]), unfinished)


def saved(path: Path) -> Iterator[AnnotatedDocument]:
    for row in pq.read_table(path).to_pylist():
        if annotated := stored.kept(row):
            yield replace(annotated, sentences=sentences.of_document(annotated.document))


def prepared(arguments: argparse.Namespace) -> list[AnnotatedDocument]:
    """Return the documents with mentions and links, new or kept."""
    file: Path | None = arguments.mentions
    if file and file.exists():
        kept = list(saved(file))
        return list(linked(replace(a, links=()) for a in kept)) if arguments.relink else kept
    began = time.perf_counter()
    documents = sampled(arguments.data, arguments.limit)
    read = time.perf_counter()
    annotated = list(linked(tagged(documents, arguments.tagger)))
    seconds = time.perf_counter() - read
    print(f"{len(documents):,} records read in {read - began:.0f} s, tagged and linked in {seconds:.0f} s")
    if file:
        save(file, annotated)
    return annotated


Row = tuple[str | int, ...]


def worst_names(coverage: Coverage, *, of_tagged: bool) -> tuple[Row, list[Row]]:
    """Return the heading and the rows of the names that are no mention, or are one without their concept."""

    def lost(fate: Fate) -> int:
        return fate.lost if of_tagged else fate.places - fate.overlap

    def row(name: Name, fate: Fate) -> Row:
        concepts = " ".join(sorted(name.concepts)[:5])
        counts = (fate.places, fate.exact, fate.overlap, fate.linked, fate.other_type)
        return (name.type, name.text, lost(fate), *counts, concepts)

    rows = [row(name, fate) for name, fate in coverage.fates.items() if lost(fate)]
    heading = ("type", "name", "lost", "places", "exact", "overlap", "linked", "other_type", "concepts")
    return heading, rows


def unlinked(coverage: Coverage) -> tuple[Row, list[Row]]:
    """Return the heading and the rows of the mentions without a concept."""
    rows: list[Row] = [(*key, count, coverage.unlinked_documents[key]) for key, count in coverage.unlinked.items()]
    return ("type", "text", "mentions", "documents"), rows


def worst(rows: Iterable[Row], most: int) -> list[Row]:
    """Return the first rows of each type, those with the highest count first."""
    by_type: dict[str | int, list[Row]] = {}
    for row in sorted(rows, key=lambda row: (-int(row[2]), str(row[1]))):
        of_type = by_type.setdefault(row[0], [])
        if len(of_type) < most:
            of_type.append(row)
    return [row for type_ in sorted(by_type, key=str) for row in by_type[type_]]


def totals(coverage: Coverage) -> Table:
    """Return the totals of each type."""
    heading = ("type", "mentions", "unlinked", "share", "strings", "names", "places", "exact", "overlap", "linked")
    table = Table(*heading, title="totals; `exact`, `overlap` and `linked` are shares of places where a name stands")
    types = sorted({name.type for name in coverage.fates} | set(coverage.mentions))
    for type_ in types:
        fates = [fate for name, fate in coverage.fates.items() if name.type == type_]
        strings = [count for (of, _), count in coverage.unlinked.items() if of == type_]
        mentions, places = coverage.mentions[type_], sum(fate.places for fate in fates)
        sums = (sum(getattr(fate, column) for fate in fates) for column in ("exact", "overlap", "linked"))
        table.add_row(
            type_,
            f"{mentions:,}",
            f"{sum(strings):,}",
            f"{sum(strings) / max(mentions, 1):.1%}",
            f"{len(strings):,}",
            f"{len(fates):,}",
            f"{places:,}",
            *(f"{total / max(places, 1):.1%}" for total in sums),
        )
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--limit", type=int, help="Only so many records, drawn at random.")
    parser.add_argument("--tagger", default="default")
    parser.add_argument("--mentions", type=Path, help="A Parquet file that keeps what was tagged and linked.")
    parser.add_argument("--relink", action="store_true", help="Make the links of kept mentions anew.")
    parser.add_argument("--output", type=Path, help="A folder for the lists.")
    parser.add_argument("--show", type=int, default=10, help="Rows of each list and type that are printed.")
    arguments = parser.parse_args()
    documents = prepared(arguments)
    coverage = Coverage(Names([lexicon.load(name) for name in linking_dictionaries(LinkSettings())]))
    remaining = iter(documents)
    while batch := list(islice(remaining, AT_ONCE)):
        coverage.add(batch)
    lists = {
        "names_untagged": worst_names(coverage, of_tagged=False),
        "names_unlinked": worst_names(coverage, of_tagged=True),
        "unlinked": unlinked(coverage),
    }
    console = Console(width=150, markup=False)
    for title, (heading, rows) in lists.items():
        table = Table(*map(str, heading), title=title)
        for row in worst(rows, arguments.show):
            table.add_row(*map(str, row))
        console.print(table)
        if arguments.output:
            arguments.output.mkdir(parents=True, exist_ok=True)
            with (arguments.output / f"{title}.tsv").open("w", encoding="utf-8", newline="") as stream:
                writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
                writer.writerows([heading, *worst(rows, WORST)])
    console.print(f"{len(documents):,} records")
    console.print(totals(coverage))


if __name__ == "__main__":
    main()
