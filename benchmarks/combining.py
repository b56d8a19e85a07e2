"""Dictionaries alone, the network alone, and both as one set of mentions, side by side on development parts.

    python benchmarks/combining.py --data DATA [--only BC5CDR Linnaeus]

F1, exact and overlap. The network alone is what `--dictionaries none` gives: it is shown what its dictionaries find,
but nothing of theirs is added. People are tagged only where the corpus annotates them (BioRED). AnatEM's cells are
types and lines in one, so both count as one there; it takes no part in training.
"""

import argparse
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import corpora_scored
from rich.console import Console
from rich.table import Table

from bioweft import resources
from bioweft.evaluate.scoring import Score, Scorer
from bioweft.records import AnnotatedDocument
from bioweft.sources import brat
from bioweft.tag.base import Tagger
from bioweft.tag.registry import open_tagger
from bioweft.tag.settings import TagSettings
from bioweft.text import sentences
from bioweft.train import corpora
from bioweft.train.examples import FAMILY

SCORED = {
    **{name: types for name, types in corpora_scored.RECOGNITION.items() if name != "NLM-Chem"},  # a test part alone
    "BioRED": corpora_scored.LINKING["BioRED"],
    "AnatEM": ("cell_type",),
}
_WITH_PEOPLE = ("BioRED",)
_SETTINGS: Mapping[str, TagSettings] = {
    "dictionaries": TagSettings(model="none"),
    "network": TagSettings(dictionaries=()),
    "both": TagSettings(),
}


def documents(data: Path, name: str) -> list[AnnotatedDocument]:
    """Return the documents of a development part, families of genes as genes."""
    gold = (
        _anatem(data) if name == "AnatEM" else corpora.documents(corpora.CORPORA[name], "dev", data, all_of_them=True)
    )
    return [
        replace(
            annotated,
            sentences=sentences.of_document(annotated.document),
            mentions=tuple(replace(m, type="gene") if m.type == FAMILY else m for m in annotated.mentions),
        )
        for annotated in gold
    ]


def _anatem(data: Path) -> Iterator[AnnotatedDocument]:
    for file in sorted((data / "ner/AnatEM/AnatEM/standoff/devel").glob("*.ann")):
        for record in brat.read_annotated(file):
            if isinstance(record, AnnotatedDocument):
                cells = (replace(m, type="cell_type") for m in record.mentions if m.type.casefold() == "cell")
                yield record.tagged(cells)


def scores(tagger: Tagger, name: str, gold: list[AnnotatedDocument]) -> dict[tuple[str, str], Score]:
    """Return the scores of a tagger by type and rule."""
    types = frozenset(SCORED[name])
    unsure = corpora.CORPORA[name].unsure if name in corpora.CORPORA else {}
    ignored = {type_: frozenset(u for u, of_type in unsure.items() if of_type == type_) for type_ in types}
    scorer = Scorer(types=types, ignored=ignored)
    for expected, tagged in zip(gold, tagger.tag(gold), strict=True):
        mentions = tagged.mentions
        if name == "AnatEM":
            mentions = tuple(replace(m, type="cell_type") if m.type == "cell_line" else m for m in mentions)
        scorer.add(expected, tagged.tagged(mentions))
    return scorer.scores()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--only", nargs="+", choices=list(SCORED), default=list(SCORED), help="Only these corpora.")
    arguments = parser.parse_args()
    table = Table("corpus", "type", "rule", *_SETTINGS, "", title=f"F1 of {resources.DEFAULT_MODEL}, development parts")
    for name in arguments.only:
        gold = documents(arguments.data, name)
        people = name in _WITH_PEOPLE
        by_way = {
            way: scores(open_tagger(settings.model_copy(update={"people": people})), name, gold)
            for way, settings in _SETTINGS.items()
        }
        for type_ in SCORED[name]:
            for rule in ("exact", "overlap"):
                figures = {way: by_way[way][type_, rule].f1 for way in by_way}
                below = figures["both"] < max(figures.values()) - 0.0005
                row = [f"{value:.3f}" for value in figures.values()]
                table.add_row(name, type_, rule, *row, "below the better" if below else "")
    Console(width=100).print(table)  # not that of a pipe, which cuts columns off


if __name__ == "__main__":
    main()
