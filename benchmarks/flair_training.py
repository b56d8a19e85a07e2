"""The path of flair, whole: train a small sequence tagger on one corpus, open it as bioweft does, tag, score.

    python benchmarks/flair_training.py [--data ../data] [--corpus SCAI:disease] [--epochs 4] [--output FOLDER]

It learns from the training part and is scored on the development part, which chooses nothing. Embeddings are of words
and characters and learnt here, so that nothing is downloaded: the figures show that the path holds, not what flair can
do. Needs `pip install 'bioweft[flair]'`.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from bioweft.evaluate.scoring import Score, Scorer
from bioweft.records import AnnotatedDocument, Document, Mention, Passage
from bioweft.tag.adapters.flair import FlairTagger, sentence
from bioweft.text import sentences
from bioweft.train import corpora
from bioweft.train.examples import Example

SEED = 7


def as_flair(example: Example) -> Any:
    """Return flair's sentence of an example, in the tokens that `FlairTagger` will see."""
    made = sentence(example.text)
    for span in example.spans:
        inside = [n for n, t in enumerate(made) if t.start_position < span.end and span.start < t.end_position]
        made[inside[0] : inside[-1] + 1].add_label("ner", span.label)
    return made


def train(examples: Sequence[Example], folder: Path, *, epochs: int, hidden: int = 128) -> None:
    """Train a tagger; write it to `final-model.pt` in the folder."""
    import flair
    import torch
    from flair.data import Corpus, Dictionary
    from flair.datasets import FlairDatapointDataset
    from flair.embeddings import CharacterEmbeddings, OneHotEmbeddings, StackedEmbeddings
    from flair.models import SequenceTagger
    from flair.trainers import ModelTrainer

    flair.device = torch.device("cpu")
    flair.set_seed(SEED)
    corpus = Corpus(FlairDatapointDataset([as_flair(one) for one in examples]), sample_missing_splits=False)
    characters = Dictionary(add_unk=True)
    for character in sorted(set().union(*(one.text for one in examples))):
        characters.add_item(character)
    tagger = SequenceTagger(
        # The words stand last: flair forgets their place in a stack when it opens a model, and goes by names.
        embeddings=StackedEmbeddings(
            [CharacterEmbeddings(characters), OneHotEmbeddings.from_corpus(corpus, min_freq=2, embedding_length=100)]
        ),
        tag_dictionary=corpus.make_label_dictionary("ner", add_unk=False),
        tag_type="ner",
        hidden_size=hidden,
        locked_dropout=0.3,
    )
    # `fine_tune` is flair's training by a number of epochs, without a choice on the development part.
    ModelTrainer(tagger, corpus).fine_tune(
        folder, learning_rate=1e-2, mini_batch_size=8, max_epochs=epochs, optimizer=torch.optim.Adam
    )


def score(examples: Sequence[Example], tagger: FlairTagger) -> dict[tuple[str, str], Score]:
    """Return the scores of a tagger on examples."""
    scorer = Scorer(types=examples[0].labels)
    for example, tagged in zip(examples, tagger.tag(map(annotated, examples)), strict=True):
        gold = (Mention(s.start, s.end, example.text[s.start : s.end], s.label, "gold") for s in example.spans)
        scorer.add(AnnotatedDocument(tagged.document, mentions=tuple(gold)), tagged)
    return scorer.scores()


def annotated(example: Example) -> AnnotatedDocument:
    document = Document("file:example", (Passage("paragraph", example.text),))
    return AnnotatedDocument(document, sentences.of_document(document))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--corpus", default="SCAI:disease", choices=list(corpora.CORPORA), metavar="CORPUS")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--output", type=Path, help="keep the model here")
    arguments = parser.parse_args()
    corpus = corpora.CORPORA[arguments.corpus]
    learnt, scored = (list(corpora.examples(corpus, part, arguments.data)) for part in ("train", "dev"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.output or Path(temporary)
        began = time.perf_counter()
        train(learnt, folder, epochs=arguments.epochs)
        trained = time.perf_counter()
        tagger = FlairTagger(folder / "final-model.pt", trust=True)
        tagger.load()
        opened = time.perf_counter()
        scores = score(scored, tagger)
        tagged = time.perf_counter()
    table = Table("corpus", "type", "rule", "P", "R", "F1", "95%", "n", title="development part")
    for (type_, rule), one in scores.items():
        if type_ != "all":
            figures = [f"{value:.3f}" for value in (one.precision, one.recall, one.f1)]
            interval = f"{one.low:.3f}-{one.high:.3f}"
            table.add_row(corpus.name, type_, rule, *figures, interval, f"{one.right + one.missed:,}")
    Console(width=100).print(table)
    print(f"{len(learnt):,} sentences, {arguments.epochs} epochs: trained in {trained - began:.0f} s")
    print(
        f"{len(scored):,} sentences tagged in {tagged - opened:.0f} s, {len(scored) / (tagged - opened):.0f} a second"
    )


if __name__ == "__main__":
    main()
