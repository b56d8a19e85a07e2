"""A tagger scored on corpora: exact span, overlap and identifiers, each with its 95% interval.

    python benchmarks/recognition.py [--data ../data] [--part dev|test] [--tagger MODEL] [--guideline NAME] [--only ...]

The tagger is the default one with the shipped dictionaries beside it; `--tagger none` is the dictionaries alone. Where
a scored corpus has no development part, the last fifth of its training documents is one. Choices are made on `dev`;
`test` is read once for each release, with date and commit written down.
"""

import argparse
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bioweft import resources
from bioweft.evaluate import gold
from bioweft.evaluate.scoring import Scorer
from bioweft.evaluate.vocabulary import canonical
from bioweft.link.linker import link
from bioweft.records import AnnotatedDocument
from bioweft.tag.registry import open_tagger
from bioweft.tag.settings import TagSettings
from bioweft.text import sentences
from bioweft.train import corpora
from bioweft.train.examples import FAMILY

SCORED = {
    "BC5CDR": ["chemical", "disease"],
    "NCBI-disease": ["disease"],
    "Linnaeus": ["species"],
    "S1000": ["species"],
    "GNormPlus": ["gene"],
    "NLM-Gene": ["gene"],
    "BC2GM": ["gene"],
    "JNLPBA": ["gene", "cell_line", "cell_type"],
    "BioID": ["cell_line"],
}


def documents(data: Path, corpus: corpora.Corpus, part: corpora.Part) -> Iterator[AnnotatedDocument]:
    """Yield the documents of a part, families of genes as genes; misplaced annotations are left out."""
    for annotated in corpora.documents(corpus, part, data, all_of_them=True):
        as_genes = tuple(replace(m, type="gene") if m.type == FAMILY else m for m in annotated.mentions)
        yield replace(annotated, sentences=sentences.of_document(annotated.document), mentions=as_genes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--part", choices=["dev", "test"], default="dev")
    parser.add_argument("--tagger", default="default")
    parser.add_argument("--guideline")
    parser.add_argument("--only", nargs="+", choices=list(SCORED), default=list(SCORED), help="Only these corpora.")
    arguments = parser.parse_args()
    names = tuple(resources.dictionaries())
    to_concept = canonical(names)
    tagger = open_tagger(TagSettings(model=arguments.tagger, dictionaries=names, guideline=arguments.guideline))
    table = Table("corpus", "type", "rule", "P", "R", "F1", "95%", "n", title=f"{tagger.name}, part {arguments.part}")
    for name in arguments.only:
        types = SCORED[name]
        corpus = corpora.CORPORA[name]
        ignored = {type_: frozenset(u for u, of in corpus.unsure.items() if of == type_) for type_ in types}
        scorer = Scorer(types=frozenset(types), ignored=ignored, canonical=to_concept)
        found = list(documents(arguments.data, corpus, arguments.part))
        others = {}
        if name == "BC2GM":
            (folder,) = corpus.files[arguments.part]
            others = {a.document.id: more for a, more in gold.read_bc2gm(arguments.data / folder)}
        for annotated, predicted in zip(found, map(link, tagger.tag(found)), strict=True):
            scorer.add(annotated, predicted, alternatives=others.get(annotated.document.id, []))
        for (type_, rule), score in scorer.scores().items():
            if type_ != "all":
                figures = [f"{value:.3f}" for value in (score.precision, score.recall, score.f1)]
                interval = f"{score.low:.3f}-{score.high:.3f}"
                table.add_row(name, type_, rule, *figures, interval, f"{score.right + score.missed:,}")
    Console(width=100).print(table)  # not that of a pipe, which cuts columns off


if __name__ == "__main__":
    main()
