"""Relations by co-occurrence, scored by each task's protocol.

    python benchmarks/relations_baseline.py [--data ../data] [--part dev]

The label is the commonest in training of the pair's types. `test` is for the final figures only: nothing is chosen
here.
"""

import argparse
import os
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bioweft.evaluate.relations.baseline import anywhere, co_occurring, commonest, sharing_sentence, subject_in_title
from bioweft.evaluate.relations.chemical_gene import SCORED_GROUPS
from bioweft.evaluate.relations.documents import BIORED_LABELS
from bioweft.evaluate.relations.examples import CORPORA, LABELS, Part, parts, read_relations
from bioweft.evaluate.relations.protocols import protocol, standard
from bioweft.evaluate.scoring import ALL

RULES = {
    "candidate": anywhere,
    "same sentence": sharing_sentence,
    "subject in title": subject_in_title,
}
ACROSS_SENTENCES = ("BC5CDR", "BioRED")
"""Corpora whose candidates are of the whole document, so that the rules differ."""


def baselines(part: Part, data: Path) -> Table:
    table = Table("corpus", "rule", "scored", "documents", "gold", "precision", "recall", "F1", "95%")
    for corpus in CORPORA:
        if part not in parts(corpus):
            continue
        gold = standard(corpus, part, data)
        examples = read_relations(corpus, part, data)
        scored = SCORED_GROUPS if corpus in ("ChemProt", "DrugProt") else LABELS[corpus]
        label = commonest(read_relations(corpus, "train", data), scored)
        for name, rule in RULES.items():
            if corpus not in ACROSS_SENTENCES and rule is not anywhere:
                continue
            scores = protocol(corpus)(gold, co_occurring(examples, rule, label))
            for what, score in scores.items():
                if what == ALL or (corpus == "BioRED" and what not in BIORED_LABELS):
                    table.add_row(
                        corpus, name, what, f"{len(gold.documents):,}", f"{score.right + score.missed:,}",
                        *(f"{100 * value:.1f}" for value in (score.precision, score.recall, score.f1)),
                        f"{100 * score.low:.1f}-{100 * score.high:.1f}",
                    )  # fmt: skip
    return table


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA") or "../data"))
    parser.add_argument("--part", choices=("train", "dev", "test"), default="dev")
    arguments = parser.parse_args()
    Console(width=140).print(baselines(arguments.part, arguments.data))


if __name__ == "__main__":
    main()
