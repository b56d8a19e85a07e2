"""Make the table of replaced identifiers, and count those that no terminology has.

    python benchmarks/replaced_identifiers.py [--data ../data]

Gold identifiers of MeSH, NCBI Taxonomy, NCBI Gene and Cellosaurus that are no record of these any more are followed to
what took their place: the record that has one as alternative identifier; else the concept that its mentions name in
the training and development parts of the corpora; else the one concept of ChEBI, DrugBank, DO, MONDO or (species) MeSH
that has it as cross-reference. Names are those of current concepts: MeSH headings, their entry terms, supplementary
concepts, then names in MONDO and DO for diseases, in ChEBI and DrugBank for chemicals; NCBI Taxonomy for species. A
name must have five letters or more; the first list that has any of them must have one concept alone, for half of the
mentions. Genes are not looked up by name: their names do not tell their species.
"""

import argparse
import csv
import os
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

import corpora_scored

from bioweft.atomic import atomic
from bioweft.evaluate import replaced
from bioweft.train import corpora

Row = Mapping[str, str]

TREES = {"disease": ("C", "F03"), "chemical": ("D",)}
TERMINOLOGIES = {
    "mesh": ("mesh_descriptor", "mesh_supplementary"),
    "ncbitaxon": ("ncbitaxon",),
    "cellosaurus": ("cellosaurus",),
    "ncbigene": (*(f"ncbigene_{name}" for name in ("human", "mouse", "zebrafish", "fly", "yeast")), "homologene"),
}
"""Where the records of a prefix are."""

FURTHER = {"disease": ("mondo", "doid"), "chemical": ("chebi", "drugbank")}
"""Where MeSH names no such concept itself: its heading of quetiapine is now that of quetiapine fumarate."""

REFERRING = {**FURTHER, "species": ("mesh_descriptor",)}
"""What has cross-references to older identifiers."""


@cache
def rows(data: Path, name: str) -> Sequence[Row]:
    csv.field_size_limit(sys.maxsize)
    with (data / "terminologies" / f"{name}.tsv").open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE))


def identifiers(data: Path) -> frozenset[str]:
    """Return the CURIEs of the records of the terminologies that gold identifiers are of."""
    files = [name for names in TERMINOLOGIES.values() for name in names]
    return frozenset(row["id"] for name in files for row in rows(data, name))


def holders(data: Path, names: Iterable[str], column: str) -> dict[str, set[str]]:
    """Return the current records that have a CURIE in a column of terminologies."""
    by_curie: dict[str, set[str]] = defaultdict(set)
    for name in names:
        for row in rows(data, name):
            for curie in (row.get(column) or "").split("|") if not row.get("obsolete") else ():
                by_curie[curie].add(row["id"])
    return by_curie


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


def gone(data: Path) -> dict[str, dict[str, Counter[str]]]:
    """Return by type and CURIE the texts of the mentions whose only identifier is no record any more."""
    records = identifiers(data)
    texts: dict[str, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for name, types in corpora_scored.LINKING.items():
        for part in corpora.parts(corpora_scored.CORPORA[name]):
            if part == "test":
                continue
            for annotated in corpora_scored.documents(name, part, data):
                for mention, links in annotated.linked():
                    # One of several identifiers of a mention cannot be told by the text of all.
                    if mention.type not in types or len(links) != 1:
                        continue
                    curie = links[0].concept
                    if curie.partition(":")[0] in TERMINOLOGIES and curie not in records:
                        texts[mention.type][curie][mention.text] += 1
    return texts


def successors(data: Path, type_: str, by_curie: Mapping[str, Counter[str]]) -> Iterator[tuple[str, str, str]]:
    """Yield the CURIEs that something took the place of, what that is, and by what it is told."""
    lists = list(name_lists(data, type_))
    merged = holders(data, TERMINOLOGIES["ncbitaxon"], "alt_ids")
    referring = holders(data, REFERRING.get(type_, ()), "xrefs")
    for curie, texts in by_curie.items():
        if len(merged.get(curie, ())) == 1:
            yield curie, *merged[curie], "alternative identifier"
        elif told := replaced.by_name(texts, lists):
            yield curie, *told
        elif len(referring.get(curie, ())) == 1:
            yield curie, *referring[curie], "cross-reference"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--output", type=Path, default=replaced.TABLE)
    arguments = parser.parse_args()
    lines = []
    for type_, by_curie in sorted(gone(arguments.data).items()):
        told = list(successors(arguments.data, type_, by_curie))
        lines += told
        left = {curie: texts for curie, texts in by_curie.items() if curie not in {row[0] for row in told}}
        mentions = sum(map(Counter.total, by_curie.values()))
        print(
            f"{type_}: {len(by_curie):,} identifiers of {mentions:,} mentions are no records any more; "
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
