"""How often relations of a probability are right: the shipped relation model on gold mentions, as a table and a plot.

    python benchmarks/relation_calibration.py [--data ../data] [--part dev] [--plot FILE.svg]

Each candidate pair and label of a corpus is one case, right where the gold standard has it. Calibrations were fitted on
the development parts, so that `test` alone says how far to trust them; nothing is chosen here.
"""

import argparse
import os
from pathlib import Path

import numpy as np
from matplotlib import pyplot
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from bioweft import resources
from bioweft.evaluate.relations import predicted
from bioweft.evaluate.relations.chemical_gene import SCORED_GROUPS
from bioweft.evaluate.relations.examples import LABELS, read_relations
from bioweft.relate.network import NetworkRelationModel
from bioweft.relate.parser import open_parser

SCORED = {"BC5CDR": ("CID",), "ChemProt": SCORED_GROUPS, "BioRED": LABELS["BioRED"]}
BINS = np.array([0.0, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0])

Cases = tuple[NDArray[np.float64], NDArray[np.bool_]]
"""Probabilities, and whether each is right, shape (n,) each."""


def cases(model: NetworkRelationModel, corpus: str, part: str, data: Path) -> Cases:
    """Return the cases of a part of a corpus."""
    examples = read_relations(corpus, "test" if part == "test" else "dev", data)
    pairs = [
        (probability, label in pair.labels)
        for example, by_pair in zip(examples, predicted.judged(model, examples), strict=True)
        for pair, by_label in zip(example.pairs, by_pair, strict=True)
        for label, probability in by_label.items()
        if label in SCORED[corpus]
    ]
    return np.array([p for p, _ in pairs]), np.array([right for _, right in pairs])


def binned(given: Cases) -> list[tuple[float, float, int, float, float]]:
    """Return of each bin with cases its bounds, the cases in it, the mean probability and the share that is right."""
    probabilities, right = given
    number = np.clip(np.searchsorted(BINS, probabilities, "right") - 1, 0, len(BINS) - 2)
    rows = []
    for i in range(len(BINS) - 1):
        inside = number == i
        if inside.any():
            mean, share = probabilities[inside].mean(), right[inside].mean()
            rows.append((float(BINS[i]), float(BINS[i + 1]), int(inside.sum()), float(mean), float(share)))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA") or "../data"))
    parser.add_argument("--part", choices=("dev", "test"), default="dev")
    parser.add_argument("--plot", type=Path)
    arguments = parser.parse_args()
    model = NetworkRelationModel(resources.relation_model(), open_parser(), threshold=0.0)
    table = Table("corpus", "probability", "cases", "mean", "right", title=f"part {arguments.part}")
    figure, axes = pyplot.subplots(figsize=(4.5, 4.5))
    for corpus, marker in zip(SCORED, "osD", strict=True):
        rows = binned(cases(model, corpus, arguments.part, arguments.data))
        for low, high, count, mean, share in rows:
            table.add_row(corpus, f"{low:.2f}-{high:.2f}", f"{count:,}", f"{mean:.3f}", f"{share:.3f}")
        axes.plot([row[3] for row in rows], [row[4] for row in rows], marker=marker, label=corpus)
    Console(width=100).print(table)
    if arguments.plot:
        axes.plot([0, 1], [0, 1], color="grey", linestyle=":")
        axes.set(xlabel="probability", ylabel="share that is right", xlim=(0, 1), ylim=(0, 1), aspect="equal")
        axes.legend(frameon=False)
        figure.savefig(arguments.plot, bbox_inches="tight", metadata={"Date": None})


if __name__ == "__main__":
    main()
