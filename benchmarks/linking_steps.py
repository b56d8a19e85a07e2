"""What each step of the linker gives: accuracy on gold mentions of development parts, without one step each.

    python benchmarks/linking_steps.py [--data ../data] [--only CORPUS ...]

As `linking.py` without a threshold, with the shipped weights, which were learnt with all steps.
"""

import argparse
import os
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from unittest.mock import patch

import corpora_scored
import linking
from rich.console import Console
from rich.table import Table

from bioweft.evaluate import vocabulary
from bioweft.link import candidates, linker, ranking
from bioweft.link.registry import linking_dictionaries, open_linker
from bioweft.link.settings import LinkSettings
from bioweft.link.variants import Step, Variant, variants
from bioweft.train.examples import FAMILY

CORPORA = ("BC5CDR", "NCBI-disease", "GNormPlus", "NLM-Gene", "Linnaeus", "BioID", "BioRED")
SETTINGS = LinkSettings(genes="all", threshold=0.0)


def without_variants(step: Step) -> AbstractContextManager[object]:
    def kept(text: str, type_: str) -> Iterator[Variant]:
        return (variant for variant in variants(text, type_) if variant.step != step)

    return patch.object(candidates, "variants", kept)


def by_name_alone() -> AbstractContextManager[object]:
    """Choose by status, form and publications, whatever the document says."""
    kept = {*candidates.STATUSES, "other form", "other case", "publications", "fewer publications", "people"}

    def total(features: ranking.Features, weights: dict[str, float]) -> float:
        return sum(weights.get(name, 0.0) * value for name, value in features.items() if name in kept)

    return patch.object(ranking, "total", total)


STEPS: dict[str, Callable[[], AbstractContextManager[object]]] = {
    "all steps": nullcontext,
    "no other spellings": lambda: without_variants("spelling"),
    "no cores": lambda: without_variants("core"),
    "no other order": lambda: patch.object(candidates.NameIndex, "by_bag", lambda *_: iter(())),
    "no last words": lambda: without_variants("head"),
    "no similar names": lambda: patch.object(candidates.SimilarTerms, "search", lambda *_: []),
    "no abbreviations": lambda: patch.object(linker.Context, "definition", lambda *_: None),
    "no several names in one": lambda: patch.object(linker, "compositions", lambda _: iter(())),
    "no homologs": lambda: patch.object(linker.DictionaryLinker, "_homologs", lambda *_: iter(())),
    "by the name alone": by_name_alone,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--only", nargs="+", choices=CORPORA, default=CORPORA, metavar="CORPUS")
    arguments = parser.parse_args()
    dictionaries = linking_dictionaries(SETTINGS)
    concepts = linking.Concepts(vocabulary.canonical(dictionaries), vocabulary.names(dictionaries))
    documents = {name: linking.scored_documents(name, "dev", arguments.data) for name in arguments.only}
    columns = [(name, type_) for name in documents for type_ in corpora_scored.LINKING[name] if type_ != FAMILY]
    table = Table("", *(f"{name} {type_}" for name, type_ in columns))
    for label, step in STEPS.items():
        with step():
            opened = open_linker(SETTINGS)
            assert opened is not None
            scores = {name: linking.score(of_corpus, opened, concepts) for name, of_corpus in documents.items()}
        table.add_row(label, *(f"{scores[name].score(type_).accuracy:.3f}" for name, type_ in columns))
    Console(width=220).print(table)


if __name__ == "__main__":
    main()
