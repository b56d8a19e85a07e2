"""The shipped dictionaries scored on corpora: exact span, overlap and identifiers, each with its 95% interval.

    python benchmarks/dictionaries.py [--data ../data] [--part dev|test]

Where a corpus has no development part, the last fifth of its training documents is one (GNormPlus, Linnaeus, BioID).
Choices are made on `dev`; `test` is read once for each release, with date and commit written into docs/dictionaries.md.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bioweft import resources
from bioweft.cli.evaluate import canonical
from bioweft.evaluate import gold
from bioweft.evaluate.scoring import Scorer
from bioweft.sources.annotations import Annotated
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.train import corpora

SCORED = {
    "BC5CDR": ["chemical", "disease"],
    "NCBI-disease": ["disease"],
    "Linnaeus": ["species"],
    "S1000": ["species"],
    "GNormPlus": ["gene"],
    "BC2GM": ["gene"],
    "BioID": ["cell_line"],
}


def documents(data: Path, corpus: corpora.Corpus, part: corpora.Part) -> Iterator[Annotated]:
    """Yield the documents of a part, families of genes as genes; misplaced annotations are left out."""
    there = part if part in corpus.files else "train"
    found = list(corpora.documents(corpus, there, data, all_of_them=True))
    for document, mentions in found if there == part else found[-len(found) // 5 :]:
        yield document, [replace(m, type="gene") if m.type == corpora.FAMILY else m for m in mentions]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--part", choices=["dev", "test"], default="dev")
    arguments = parser.parse_args()
    names = tuple(resources.dictionaries())
    tagger, to_concept = DictionaryTagger(names), canonical(names)
    table = Table("corpus", "type", "rule", "P", "R", "F1", "95%", "n", title=f"part {arguments.part}")
    for name, types in SCORED.items():
        corpus = corpora.CORPORA[name]
        scorer = Scorer(types=frozenset(types), ignored=frozenset(corpus.unsure), canonical=to_concept)
        found = list(documents(arguments.data, corpus, arguments.part))
        others = {}
        if name == "BC2GM":
            (folder,) = corpus.files[arguments.part]
            others = {d.id: more for d, _, more in gold.read_bc2gm(arguments.data / folder)}
        tagged = tagger.tag(document for document, _ in found)
        for (document, mentions), predicted in zip(found, tagged, strict=True):
            scorer.add(mentions, predicted, alternatives=others.get(document.id, []))
        for (type_, rule), score in scorer.scores().items():
            if type_ != "all":
                figures = [f"{value:.3f}" for value in (score.precision, score.recall, score.f1)]
                interval = f"{score.low:.3f}-{score.high:.3f}"
                table.add_row(name, type_, rule, *figures, interval, f"{score.right + score.missed:,}")
    Console(width=100).print(table)  # not that of a pipe, which cuts columns off


if __name__ == "__main__":
    main()
