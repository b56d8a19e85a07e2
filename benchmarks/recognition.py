"""A tagger scored on corpora: exact span, overlap and identifiers, each with its 95% interval.

    python benchmarks/recognition.py [--data ../data] [--part PART] [--tagger MODEL] [--guideline NAME] [--only ...]

The tagger is the default one with the shipped dictionaries beside it; `--tagger none` is the dictionaries alone. Links
are the default linker's at its shipped threshold; identifiers are compared as sets of each document (of a whole article
for NLM-Chem), after they are brought to one vocabulary. `identifier of gold's kind` leaves out what gold could not
have (`corpora_scored.may_be_gold`): it is neither right nor wrong there. Families of genes count as genes, by their
identifiers too where gold has these; genes are those of all species, and people (`patients`) are none, as in Linnaeus
and S1000. Where a scored corpus has no development part, the last fifth of its training documents is one; a corpus
without the asked part is passed over. Choices are made on `dev`; `test` is read once for each release, with date and
commit written down.
"""

import argparse
import os
from pathlib import Path

import corpora_scored
from rich.console import Console
from rich.table import Table

from bioweft import resources
from bioweft.evaluate import gold
from bioweft.evaluate.scoring import Scorer
from bioweft.evaluate.vocabulary import canonical
from bioweft.link.registry import linking_dictionaries, open_linker
from bioweft.link.settings import LinkSettings
from bioweft.tag.registry import open_tagger
from bioweft.tag.settings import TagSettings
from bioweft.train import corpora


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--part", choices=["train", "dev", "test"], default="dev")
    parser.add_argument("--tagger", default="default")
    parser.add_argument("--guideline")
    scored = list(corpora_scored.RECOGNITION)
    parser.add_argument("--only", nargs="+", choices=scored, default=scored, help="Only these corpora.")
    arguments = parser.parse_args()
    names = tuple(resources.dictionaries())
    linking = LinkSettings(genes="all")
    to_concept = canonical(linking_dictionaries(linking))
    settings = TagSettings(model=arguments.tagger, dictionaries=names, guideline=arguments.guideline, people=False)
    tagger = open_tagger(settings)
    linker = open_linker(linking)
    assert linker is not None
    linker.load()
    table = Table("corpus", "type", "rule", "P", "R", "F1", "95%", "n", title=f"{tagger.name}, part {arguments.part}")
    for name in arguments.only:
        types = corpora_scored.RECOGNITION[name]
        corpus = corpora_scored.CORPORA[name]
        if arguments.part not in corpora.parts(corpus):
            continue
        ignored = {type_: frozenset(u for u, of in corpus.unsure.items() if of == type_) for type_ in types}
        scorer = Scorer(types=frozenset(types), ignored=ignored, canonical=to_concept)
        may_be_gold = corpora_scored.may_be_gold(name, arguments.data)
        of_gold = Scorer(types=frozenset(types), ignored=ignored, canonical=to_concept, may_be_gold=may_be_gold)
        documents = corpora_scored.documents(name, arguments.part, arguments.data)
        gold_documents = list(map(corpora_scored.as_genes, documents))
        alternatives = {}
        if name == "BC2GM":
            (folder,) = corpus.files[arguments.part]
            alternatives = {a.document.id: more for a, more in gold.read_bc2gm(arguments.data / folder)}
        for annotated, predicted in zip(gold_documents, linker.link(tagger.tag(gold_documents)), strict=True):
            scorer.add(annotated, predicted, alternatives=alternatives.get(annotated.document.id, []))
            of_gold.add(annotated, predicted)
        scores = scorer.scores()
        for (type_, rule), score in of_gold.scores().items():
            if rule == "identifier":
                scores[type_, "identifier of gold's kind"] = score
        for (type_, rule), score in sorted(scores.items()):
            if type_ != "all":
                figures = [f"{value:.3f}" for value in (score.precision, score.recall, score.f1)]
                interval = f"{score.low:.3f}-{score.high:.3f}"
                table.add_row(name, type_, rule, *figures, interval, f"{score.right + score.missed:,}")
    Console(width=110).print(table)  # not that of a pipe, which cuts columns off


if __name__ == "__main__":
    main()
