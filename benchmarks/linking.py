"""The linker scored on gold mentions of corpora: top-1 without a threshold, and with the shipped one.

    python benchmarks/linking.py [--data ../data] [--part train|dev|test] [--only CORPUS ...] [--errors N]
        [--genes all] [--gilda]

Documents go to the linker with their gold mentions, without links. A mention with a gold identifier is right where the
first concept that the linker gives it is any of its gold ones, as BELB and BELHD count (`bioweft.evaluate.linking`),
after both are brought to one vocabulary (`bioweft.evaluate.vocabulary`); replaced identifiers are mapped by a table
that `replaced_identifiers.py` makes. Gene families are shown apart (`family`), where they have an identifier, and the
row `gene + family` is both together. `coverage` is the share of the mentions with a gold identifier that the
dictionaries have; P and R are at the shipped threshold.

Where a corpus has no development part, the last fifth of its training documents is one, and `train` is the rest. What
the linker learns from is `train`, choices are made on `dev`; `test` is read once for each release. `--errors` prints
the most frequent errors of each corpus, and whether the gold concept was among the candidates (`+`), is in the
dictionaries but was no candidate (` `), or is not in them (`-`). `--gilda` has gilda link in our linker's place.
"""

import argparse
import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import corpora_scored
from gilda_linker import GildaLinker
from rich.console import Console
from rich.table import Table

from bioweft.evaluate import vocabulary
from bioweft.evaluate.linking import LinkError, LinkScore, LinkScorer
from bioweft.evaluate.scoring import Canonical
from bioweft.link.base import Linker
from bioweft.link.registry import linking_dictionaries, open_linker
from bioweft.link.settings import LinkSettings
from bioweft.records import AnnotatedDocument
from bioweft.train import corpora
from bioweft.train.examples import FAMILY

COLUMNS = ("corpus", "type", "n", "coverage", "accuracy", "95%", "of covered", "P", "R")


@dataclass(frozen=True, slots=True)
class Concepts:
    """The concepts of the dictionaries: how identifiers become theirs, and by type their names."""

    canonical: Canonical
    names: Mapping[str, Mapping[str, str]]

    def of_type(self, type_: str) -> Mapping[str, str]:
        """Return the names of the concepts that a mention of a scored type may name."""
        return self.names.get("gene" if type_ == FAMILY else type_, {})


def scored_documents(name: str, part: corpora.Part, data: Path) -> list[AnnotatedDocument]:
    """Return the documents of a part with those gold mentions that are of the types that are linked."""
    documents = []
    for annotated in corpora_scored.documents(name, part, data):
        kept = [pair for pair in annotated.linked() if pair[0].type in corpora_scored.LINKING[name]]
        mentions, links = (tuple(column) for column in zip(*kept, strict=True)) if kept else ((), ())
        documents.append(replace(annotated, mentions=mentions, links=links))
    return documents


def unlinked(documents: Sequence[AnnotatedDocument]) -> Iterator[AnnotatedDocument]:
    """Yield what the linker is given: the mentions alone, families as genes."""
    return (replace(corpora_scored.as_genes(annotated), links=()) for annotated in documents)


def linkers(settings: LinkSettings, *, gilda: bool) -> tuple[Linker, Linker]:
    """Return the linker without a threshold, and with its own; gilda has none."""
    if gilda:
        baseline = GildaLinker(linking_dictionaries(settings))
        baseline.load()
        return baseline, baseline
    unbounded, shipped = open_linker(settings.model_copy(update={"threshold": 0.0})), open_linker(settings)
    assert unbounded is not None
    assert shipped is not None
    unbounded.load()
    shipped.load()
    return unbounded, shipped


def score(documents: Sequence[AnnotatedDocument], linker: Linker, concepts: Concepts) -> LinkScorer:
    """Have a linker link gold mentions."""
    scorer = LinkScorer(concepts.canonical, concepts.of_type)
    for gold, predicted in zip(documents, linker.link(unlinked(documents)), strict=True):
        scorer.add(gold, predicted)
    return scorer


def figures(types: Sequence[str], unbounded: LinkScore, shipped: LinkScore) -> list[str]:
    """Return the cells of a row: scores without a threshold, precision and recall at the shipped one."""
    return [
        " + ".join(types),
        f"{unbounded.mentions:,}",
        f"{unbounded.coverage:.3f}",
        f"{unbounded.accuracy:.3f}",
        f"{unbounded.low:.3f}-{unbounded.high:.3f}",
        f"{unbounded.accuracy_covered:.3f}",
        f"{shipped.precision:.3f}",
        f"{shipped.accuracy:.3f}",
    ]


def print_errors(name: str, errors: Mapping[str, Counter[LinkError]], concepts: Concepts, most: int) -> None:
    """Print the most frequent errors of a corpus."""
    of_types = [(count, type_, error) for type_, counts in errors.items() for error, count in counts.items()]
    table = Table("n", "type", "mention", "gold", "", "predicted", "reason", title=f"{name}, errors")
    for count, type_, error in sorted(of_types, key=lambda row: (-row[0], row[1], row[2]))[:most]:
        names = concepts.of_type(type_)

        def named(curie: str, names: Mapping[str, str] = names) -> str:
            return f"{curie} {names.get(curie, '?')}"

        sign = "+" if error.candidate else " " if any(curie in names for curie in error.gold) else "-"
        predicted = named(error.predicted) if error.predicted else "nothing"
        gold = ", ".join(map(named, error.gold[:3])) + (" ..." if len(error.gold) > 3 else "")
        table.add_row(f"{count:,}", type_, error.text, gold, sign, predicted, error.reason)
    Console(width=180, markup=False).print(table)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--part", choices=["train", "dev", "test"], default="dev")
    names = list(corpora_scored.LINKING)
    parser.add_argument("--only", nargs="+", choices=names, default=names, metavar="CORPUS", help="Only these corpora.")
    parser.add_argument("--errors", type=int, default=0, metavar="N", help="Print the N most frequent of each corpus.")
    parser.add_argument("--genes", choices=["all"], help="Know the genes of all species, not those of the default.")
    parser.add_argument("--gilda", action="store_true", help="Measure gilda with our dictionaries instead.")
    arguments = parser.parse_args()
    settings = LinkSettings(genes=arguments.genes) if arguments.genes else LinkSettings()
    dictionaries = linking_dictionaries(settings)
    concepts = Concepts(vocabulary.canonical(dictionaries), vocabulary.names(dictionaries))
    table = Table(*COLUMNS, title=f"gold mentions linked, part {arguments.part}; P and R at the shipped threshold")
    unbounded, shipped = linkers(settings, gilda=arguments.gilda)
    mentions, seconds = 0, 0.0
    for name in arguments.only:
        if arguments.part not in corpora.parts(corpora_scored.CORPORA[name]):
            continue
        documents = scored_documents(name, arguments.part, arguments.data)
        began = time.perf_counter()
        scorer = score(documents, unbounded, concepts)
        seconds += time.perf_counter() - began
        mentions += sum(len(annotated.mentions) for annotated in documents)
        at_threshold = score(documents, shipped, concepts)
        groups = [(type_,) for type_ in scorer.types]
        for types in [*groups, ("gene", FAMILY)] if {"gene", FAMILY} <= set(scorer.types) else groups:
            table.add_row(name, *figures(types, scorer.score(*types), at_threshold.score(*types)))
        if arguments.errors:
            print_errors(name, scorer.errors, concepts, arguments.errors)
    Console(width=110).print(table)
    print(f"{mentions:,} mentions linked in {seconds:.1f} s, without a threshold")


if __name__ == "__main__":
    main()
