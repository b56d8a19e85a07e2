"""Linked mentions of real texts, drawn at random, to be read by eye.

    python benchmarks/reading.py --mentions FILE [--seed N] [--number N] [--type TYPE ...]

FILE holds tagged documents, as `benchmarks/coverage.py --mentions` keeps them. They are linked anew by the shipped
linker, and of the mentions of each type that got a concept `--number` are drawn with the seed and printed as TSV, in
the order of their documents: type, the sentence with the mention in [[ ]], CURIE, preferred name, score and reason of
the concept, and the document. Where a mention names several concepts, they are joined by ` | `. Each type is drawn by
itself, so that `--type` changes no sample of another type.

What is printed is text of the literature: it is for reading and not for the repository.
"""

import argparse
import csv
import random
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from bioweft import lexicon
from bioweft.link.registry import linking_dictionaries, open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import ENTITY_TYPES, AnnotatedDocument, Link, Mention, Span
from bioweft.store import documents as stored
from bioweft.text import sentences

HEADING = ("type", "sentence", "concept", "name", "score", "reason", "document")


@dataclass(frozen=True, slots=True)
class LinkedMention:
    """A mention with its concepts, and the sentence that it stands in."""

    document: str
    sentence: str
    mention: Mention
    links: tuple[Link, ...]


def linked_mentions(file: Path) -> list[LinkedMention]:
    """Return the mentions of the kept documents that have a concept when they are linked anew, in their order."""
    linker = open_linker(LinkSettings())
    assert linker is not None
    linker.load()
    kept = (annotated for row in pq.read_table(file).to_pylist() if (annotated := stored.kept(row)))
    unlinked = (replace(a, sentences=sentences.of_document(a.document), links=()) for a in kept)
    return [
        LinkedMention(annotated.document.id, marked(annotated, mention), mention, links)
        for annotated in linker.link(unlinked)
        for mention, links in annotated.linked()
        if links
    ]


def marked(annotated: AnnotatedDocument, mention: Mention) -> str:
    """Return the sentence of a mention, in one line, with the mention in brackets."""
    text = annotated.document.text
    whole: Span = (0, len(text))
    start, end = next((s for s in annotated.sentences if s[0] <= mention.start and mention.end <= s[1]), whole)
    parts = text[start : mention.start], f"[[{text[mention.start : mention.end]}]]", text[mention.end : end]
    return " ".join("".join(parts).split())


def drawn(linked: Sequence[LinkedMention], *, type_: str, number: int, seed: int) -> list[LinkedMention]:
    """Return a random sample of the mentions of a type, in their order."""
    of_type = [item for item in linked if item.mention.type == type_]
    places = random.Random(f"{seed} {type_}").sample(range(len(of_type)), min(number, len(of_type)))
    return [of_type[place] for place in sorted(places)]


def preferred_names(concepts: Iterable[str]) -> dict[str, str]:
    """Return the preferred names of concepts of the dictionaries that the shipped linker uses."""
    wanted = pa.array(sorted(set(concepts)), pa.string())
    names: dict[str, str] = {}
    for dictionary in linking_dictionaries(LinkSettings()):
        table = lexicon.load(dictionary).select(["id", "name"])
        for row in table.filter(pc.is_in(table["id"], value_set=wanted)).to_pylist():
            names.setdefault(row["id"], row["name"])
    return names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mentions", type=Path, required=True, help="Tagged documents that coverage.py kept.")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--number", type=int, default=50, help="Mentions of each type.")
    parser.add_argument("--type", nargs="+", choices=ENTITY_TYPES, default=ENTITY_TYPES, help="Only these types.")
    arguments = parser.parse_args()
    linked = linked_mentions(arguments.mentions)
    sample = [
        item
        for type_ in arguments.type
        for item in drawn(linked, type_=type_, number=arguments.number, seed=arguments.seed)
    ]
    names = preferred_names(link.concept for item in sample for link in item.links)
    writer = csv.writer(sys.stdout, delimiter="\t", lineterminator="\n", quoting=csv.QUOTE_NONE, quotechar=None)
    writer.writerow(HEADING)
    for item in sample:
        columns = zip(
            *((link.concept, names.get(link.concept, ""), f"{link.score:.2f}", link.reason) for link in item.links),
            strict=True,
        )
        writer.writerow((item.mention.type, item.sentence, *map(" | ".join, columns), item.document))


if __name__ == "__main__":
    main()
