"""The shipped dictionaries scored on corpora: exact span, overlap and identifiers, each with its 95% interval.

    python benchmarks/dictionaries.py [--data ../data] [--part dev|test]

Where a corpus has no development part, the last fifth of its training documents is one (GNormPlus, Linnaeus, BioID).
Choices are made on `dev`; `test` is read once for each release, with date and commit written into docs/dictionaries.md.
"""

import argparse
import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bioweft import resources
from bioweft.cli.evaluate import canonical
from bioweft.evaluate import gold
from bioweft.evaluate.scoring import Scorer
from bioweft.records import Reject
from bioweft.sources.annotations import Annotated
from bioweft.tag.dictionary import DictionaryTagger

CORPORA = {
    # name: types, the file or folder of each part; None where a part is cut from training
    "BC5CDR": (
        ["chemical", "disease"],
        {
            "dev": "relations/BC5CDR/BC5CDR/CDR_DevelopmentSet.PubTator.txt",
            "test": "relations/BC5CDR/BC5CDR/CDR_TestSet.PubTator.txt",
        },
    ),
    "NCBI-disease": (
        ["disease"],
        {"dev": "ner/NCBI-disease/NCBI-disease/devel", "test": "ner/NCBI-disease/NCBI-disease/test"},
    ),
    "Linnaeus": (
        ["species"],
        {
            "train": "ner/Linnaeus/Linnaeus/Linnaeus_Train.PubTator",
            "test": "ner/Linnaeus/Linnaeus/Linnaeus_Test.PubTator",
        },
    ),
    "S1000": (["species"], {"dev": "devel.txt", "test": "test.txt"}),
    "GNormPlus": (
        ["gene"],
        {
            "train": "ner/GNormPlus/GNormPlus/GNormPlus_Train.PubTator",
            "test": "ner/GNormPlus/GNormPlus/GNormPlus_Test.PubTator",
        },
    ),
    "BC2GM": (["gene"], {"dev": "ner/BC2GM/BC2GM/devel-split/devel", "test": "ner/BC2GM/BC2GM/test"}),
    "BioID": (
        ["cell_line"],
        {
            "train": "ner/BioID/BioID/BioID_Train_revision.PubTator",
            "test": "ner/BioID/BioID/BioID_Test_revision.PubTator",
        },
    ),
}
HIGHER_RANKS = frozenset("Genus Family Order Class Phylum Kingdom Strain Out-of-scope".split())
"""In S1000 neither right nor wrong."""


def documents(data: Path, corpus: str, part: str) -> Iterator[Annotated]:
    """Yield the documents of a part; annotations that are misplaced in the corpus are left out."""
    files = CORPORA[corpus][1]
    if corpus == "S1000":
        root = data / "ner/S1000/S1000"
        for split, standoff in (("split", "revised-standoff"), ("extended-split", "extended-standoff")):
            for name in sorted((root / split / files[part]).read_text().split()):
                yield from _good(root / standoff / f"{name}.ann")
        return
    found = list(_good(data / files.get(part, files.get("train", ""))))
    yield from found if part in files else found[-len(found) // 5 :]


def _good(path: Path) -> Iterator[Annotated]:
    return (record for record in gold.read(path) if not isinstance(record, Reject))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--part", choices=["dev", "test"], default="dev")
    arguments = parser.parse_args()
    names = tuple(resources.dictionaries())
    tagger, to_concept = DictionaryTagger(names), canonical(names)
    table = Table("corpus", "type", "rule", "P", "R", "F1", "95%", "n", title=f"part {arguments.part}")
    for corpus, (types, files) in CORPORA.items():
        scorer = Scorer(types=frozenset(types), ignored=HIGHER_RANKS, canonical=to_concept)
        found = list(documents(arguments.data, corpus, arguments.part))
        others = {}
        if corpus == "BC2GM":
            others = {d.id: more for d, _, more in gold.read_bc2gm(arguments.data / files[arguments.part])}
        tagged = tagger.tag(document for document, _ in found)
        for (document, mentions), predicted in zip(found, tagged, strict=True):
            scorer.add(mentions, predicted, alternatives=others.get(document.id, []))
        for (type_, rule), score in scorer.scores().items():
            if type_ != "all":
                figures = [f"{value:.3f}" for value in (score.precision, score.recall, score.f1)]
                interval = f"{score.low:.3f}-{score.high:.3f}"
                table.add_row(corpus, type_, rule, *figures, interval, f"{score.right + score.missed:,}")
    Console(width=100).print(table)  # not that of a pipe, which cuts columns off


if __name__ == "__main__":
    main()
