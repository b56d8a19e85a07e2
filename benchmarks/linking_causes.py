"""Why gold mentions of diseases get another concept than gold has: the errors of a part counted by cause.

    python benchmarks/linking_causes.py [--data ../data] [--only CORPUS ...]

For training and development parts, without a threshold. Of the errors, those of `nothing` had no candidate, those of
`other vocabulary` got a concept that no identifier of the corpus leads to, those of `narrower` and `wider` one below or
above gold's. `nearest` is the accuracy if a concept of another vocabulary counted as the nearest wider one of MeSH (the
first of several), which a user of MeSH alone would want. No choice of the linker uses it.
"""

import argparse
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

import corpora_scored
import linking
from rich.console import Console
from rich.table import Table

from bioweft import lexicon
from bioweft.evaluate import vocabulary
from bioweft.link.registry import linking_dictionaries, open_linker
from bioweft.link.settings import LinkSettings

CORPORA = ("BC5CDR", "NCBI-disease", "BioRED")
CAUSES = ("nothing", "other vocabulary", "narrower", "wider", "else")
DISEASE = "disease"
Parents = Mapping[str, Sequence[str]]


def above(concept: str, parents: Parents) -> list[str]:
    """Return the concepts above one, the nearest first."""
    reached: dict[str, None] = {}
    level = [concept]
    while level:
        level = [parent for child in level for parent in parents.get(child, ()) if parent not in reached]
        reached |= dict.fromkeys(level)
    return list(reached)


def cause(predicted: str, gold: set[str], parents: Parents) -> str:
    """Return the cause of an error."""
    if not predicted:
        return "nothing"
    if predicted.partition(":")[0] not in corpora_scored.VOCABULARIES[DISEASE]:
        return "other vocabulary"
    if gold.intersection(above(predicted, parents)):
        return "narrower"
    return "wider" if any(predicted in above(concept, parents) for concept in gold) else "else"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--only", nargs="+", choices=CORPORA, default=CORPORA, metavar="CORPUS")
    arguments = parser.parse_args()
    settings = LinkSettings(threshold=0.0)
    dictionaries = linking_dictionaries(settings)
    canonical = vocabulary.canonical(dictionaries)
    table = lexicon.load(DISEASE)
    parents: Parents = dict(zip(table["id"].to_pylist(), table["parents"].to_pylist(), strict=True))
    linker = open_linker(settings)
    if linker is None:
        raise SystemExit("no linker")
    linker.load()
    rows = Table("corpus", "part", "n", "accuracy", "nearest", *CAUSES)
    for name in arguments.only:
        for part in ("train", "dev"):
            documents = linking.scored_documents(name, part, arguments.data)
            counts: Counter[str] = Counter()
            for gold, linked in zip(documents, linker.link(linking.unlinked(documents)), strict=True):
                for (mention, gold_links), (_, links) in zip(gold.linked(), linked.linked(), strict=True):
                    if mention.type != DISEASE or not gold_links:
                        continue
                    concepts = {canonical(link.concept) for link in gold_links}
                    predicted = canonical(links[0].concept) if links else ""
                    counts["n"] += 1
                    if predicted in concepts:
                        counts["right"] += 1
                        continue
                    why = cause(predicted, concepts, parents)
                    counts[why] += 1
                    nearest = next((c for c in above(predicted, parents) if c.startswith("mesh:")), "")
                    counts["nearest"] += why == "other vocabulary" and nearest in concepts
            right, total = counts["right"], max(1, counts["n"])
            shares = (f"{right / total:.3f}", f"{(right + counts['nearest']) / total:.3f}")
            rows.add_row(name, part, f"{total:,}", *shares, *(f"{counts[why]:,}" for why in CAUSES))
    Console(width=130).print(rows)


if __name__ == "__main__":
    main()
