"""Make the table of replaced identifiers, and count those that no terminology has.

    python benchmarks/replaced_identifiers.py [--data ../data]

Gold identifiers that are in no terminology (as id, alternative id or cross-reference) are looked up by the texts of
their mentions in the training and development parts of the corpora, among the names of current concepts:
MeSH headings, their entry terms, supplementary concepts, then names in MONDO and DO for diseases, in ChEBI and DrugBank
for chemicals; NCBI Taxonomy for species. A
name must have five letters or more, and the first list that has any of them must have one concept alone. Genes are not
looked up: their names do not tell their species.
"""

import argparse
import csv
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import corpora_scored

from bioweft.atomic import atomic
from bioweft.evaluate import replaced
from bioweft.train import corpora

Row = Mapping[str, str]

TREES = {"disease": ("C", "F03"), "chemical": ("D",)}
FURTHER = {"disease": ("mondo", "doid"), "chemical": ("chebi", "drugbank")}
"""Where MeSH names no such concept itself: its heading of quetiapine is now that of quetiapine fumarate."""


@cache
def rows(data: Path, name: str) -> Sequence[Row]:
    csv.field_size_limit(sys.maxsize)
    with (data / "terminologies" / f"{name}.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def identifiers(data: Path) -> frozenset[str]:
    """Return the CURIEs that the terminologies have in any column."""
    curies: set[str] = set()
    for file in sorted((data / "terminologies").glob("*.tsv")):
        for row in rows(data, file.stem):
            curies.add(row["id"])
            for column in ("xrefs", "alt_ids"):
                curies.update(filter(None, (row.get(column) or "").split("|")))
    return frozenset(curies)


def name_lists(data: Path, type_: str) -> Iterator[Mapping[tuple[str, ...], frozenset[str]]]:
    """Yield the names of current concepts of a type, the most authoritative list first."""
    if type_ == "species":
        for read in (preferred, synonyms):
            yield replaced.names(pair for row in rows(data, "ncbitaxon") for pair in read(row))
    if type_ in TREES:
        headings = [row for row in rows(data, "mesh_descriptor") if in_trees(row, TREES[type_])]
        supplementary = [row for row in rows(data, "mesh_supplementary") if row["scr_class"] == type_]
        for records in (headings, supplementary):
            for read in (preferred, synonyms):
                yield replaced.names(pair for row in records for pair in read(row))
    for name in FURTHER.get(type_, ()):
        yield replaced.names(pair for row in rows(data, name) if not row["obsolete"] for pair in preferred(row))


def preferred(row: Row) -> Iterator[tuple[str, str]]:
    if row["name"]:
        yield row["id"], row["name"]


def synonyms(row: Row) -> Iterator[tuple[str, str]]:
    yield from ((row["id"], text) for text in row["synonyms"].split("|") if text)


def in_trees(row: Row, trees: tuple[str, ...]) -> bool:
    return any(number.startswith(trees) for number in row["tree_numbers"].split("|"))


def unknown(data: Path) -> dict[str, dict[str, Counter[str]]]:
    """Return by type and CURIE the texts of the mentions whose only identifiers are in no terminology."""
    there = identifiers(data)
    texts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for name, types in corpora_scored.LINKING.items():
        for part in corpora.parts(corpora_scored.CORPORA[name]):
            if part == "test":
                continue
            for annotated in corpora_scored.documents(name, part, data):
                for mention, links in annotated.linked():
                    # One of several identifiers of a mention cannot be told by the text of all.
                    if mention.type in types and len(links) == 1 and links[0].concept not in there:
                        texts[mention.type][links[0].concept][mention.text] += 1
    return texts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--output", type=Path, default=replaced.TABLE)
    arguments = parser.parse_args()
    lines = []
    for type_, by_curie in sorted(unknown(arguments.data).items()):
        lists = list(name_lists(arguments.data, type_))
        told = {curie: replaced.by_name(texts, lists) for curie, texts in by_curie.items()}
        lines += [(curie, *current) for curie, current in told.items() if current]
        left = {curie: by_curie[curie] for curie, current in told.items() if not current}
        mentions = sum(map(Counter.total, by_curie.values()))
        print(
            f"{type_}: {len(by_curie):,} identifiers of {mentions:,} mentions are in no terminology; "
            f"{len(left):,} of {sum(map(Counter.total, left.values())):,} mentions remain, the most frequent:"
        )
        for curie, texts in sorted(left.items(), key=lambda item: -item[1].total())[:10]:
            print(f"  {curie}\t{texts.total()}\t{', '.join(text for text, _ in texts.most_common(3))}")
    with atomic(arguments.output) as unfinished, unfinished.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, delimiter="\t", lineterminator="\n")
        writer.writerow(replaced.COLUMNS)
        writer.writerows(sorted(lines))


if __name__ == "__main__":
    main()
