"""How a tagger does on corpora of which it has seen nothing, and what each choice made on others does there.

    python benchmarks/transfer.py OUTPUT [--data ../data] [--sentences 20000] [--encoder FOLDER] [--passes all|once]
        [--start OTHER]

Trains on sentences drawn from all corpora but three, which annotate five of the six types (only JNLPBA has cell types),
calibrates on the development parts of others, and scores the three whole: as calibrated, and with one choice undone at
a time. Sentences of the three that stand in other corpora too are not trained on; an encoder adapted by `bioweft train
encoder` has read their text, without annotations. The same command again goes on where it was broken off. Needs the
extra `train`.
"""

import argparse
import logging
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table

from bioweft import resources
from bioweft.evaluate.scoring import Scorer
from bioweft.records import AnnotatedDocument, Document, Mention, Passage
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.tag.model import CHOSEN
from bioweft.tag.onnx import OnnxTagger
from bioweft.text import sentences
from bioweft.train import corpora, export, loop, tagger
from bioweft.train.calibrate import calibrate
from bioweft.train.examples import FAMILY, LABELS, Example, encode
from bioweft.train.network import NetworkSettings, activate
from bioweft.train.restore import restore
from bioweft.train.tagger import PASSES

LEFT_OUT = ("SCAI:chemical", "SCAI:disease", "OSIRIS:gene", "CellFinder:species", "CellFinder:cell_line")
"""Chemicals and diseases in abstracts, genes beside variants, species and cell lines in full texts."""

_SEED = 1
_FURTHER = 1e-4
"""How fast the encoder learns where it goes on from another run."""
_UNDONE = [name for name in CHOSEN if name != "calibration"]


def drawn(examples: Sequence[Example], count: int, passes: dict[str, float]) -> list[Example]:
    """Return some examples, drawn as often as their corpus is gone through."""
    weights = np.array([passes.get(example.corpus, 1.0) for example in examples])
    chosen = np.random.default_rng(_SEED).choice(len(examples), count, replace=False, p=weights / weights.sum())
    return [examples[i] for i in chosen]


def trained(output: Path, data: Path, count: int, encoder: Path, passes: dict[str, float], start: Path | None) -> None:
    """Write a model that has seen each of some sentences once, after what it was at first."""
    without = frozenset(name.partition(":")[0] for name in LEFT_OUT)
    dictionaries = tuple(resources.dictionaries())
    scored = {
        sentences.key(example.text)
        for corpus in map(corpora.CORPORA.__getitem__, LEFT_OUT)
        for part in corpus.files
        for example in corpora.examples(corpus, part, data)
    }
    read = corpora.training(data, without=without, dictionaries=DictionaryTagger(dictionaries))
    every = [example for example in read if sentences.key(example.text) not in scored]
    examples = drawn(every, count, passes)
    tokenizer = tagger.load_tokenizer(encoder)
    sizes = NetworkSettings(labels=LABELS, guidelines=tuple(sorted({example.corpus for example in every})))
    encoded = encode(examples, tokenizer, LABELS)
    most = tagger.TrainingSettings(steps=0).batch_pieces
    steps = len(loop.plan(encoded.lengths, np.ones(len(encoded)), most, np.random.default_rng(_SEED)))
    torch.manual_seed(_SEED)
    network = tagger.new_network(sizes, encoder)
    settings = tagger.TrainingSettings(steps=steps, seed=_SEED, passes={})
    if start:
        restore(network, start)
        activate(network.encoder, "relu")
        settings = replace(settings, seed=_SEED + 1).at(_FURTHER)  # another order than that of its start
    network = tagger.train(encoded, network, tagger.mark(tokenizer, "[MASK]"), settings, output / "training")
    types = {label: label for label in LABELS if label != FAMILY}
    export.export(network, tokenizer, output, name=output.name, types=types, dictionaries=dictionaries)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("output", type=Path)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BIOWEFT_DATA", "../data")))
    parser.add_argument("--sentences", type=int, default=20_000)
    parser.add_argument("--encoder", type=Path, help="Another encoder's folder.")
    parser.add_argument("--passes", choices=["all", "once"], default="all", help="Whether to heed `tagger.PASSES`.")
    parser.add_argument("--start", type=Path, help="Go on from the outcome of another run, with ReLU.")
    arguments = parser.parse_args()
    logging.basicConfig(format="%(asctime)s %(message)s", level=logging.INFO)
    encoder = arguments.encoder or tagger.encoder_folder()
    passes = dict(PASSES) if arguments.passes == "all" else {}
    trained(arguments.output, arguments.data, arguments.sentences, encoder, passes, arguments.start)
    calibrate(arguments.output, arguments.data, logging.info)
    model = OnnxTagger(arguments.output)
    chosen = model.about
    table = Table("corpus", "type", "n", "exact F1", "overlap F1", *(f"no {name}" for name in _UNDONE))
    for name in LEFT_OUT:
        corpus = corpora.CORPORA[name]
        (type_,) = corpus.types
        examples = [one for part in corpus.files for one in corpora.examples(corpus, part, arguments.data)]
        documents = [Document(f"x:{i}", (Passage("paragraph", one.text),)) for i, one in enumerate(examples)]
        gold = [
            [Mention(s.start, s.end, one.text[s.start : s.end], type_, name) for s in one.spans] for one in examples
        ]
        read = model.read(documents)
        emissions = model.emissions([sentence.features for sentence in read])
        figures = []
        for undone in (None, *_UNDONE):
            model.about = chosen.model_copy(update={undone: {}}) if undone else chosen
            scorer = Scorer(types=frozenset((type_,)))
            for expected, found in zip(gold, model.mentions(documents, read, emissions), strict=True):
                scorer.add(*(AnnotatedDocument(documents[0], mentions=tuple(m)) for m in (expected, found)))
            scores = scorer.scores()
            figures += [scores[type_, rule].f1 for rule in ("exact", "overlap")[: 1 if undone else 2]]
        exact, overlap, *others = figures
        moved = [f"{other - exact:+.3f}" for other in others]
        table.add_row(corpus.name, type_, f"{sum(map(len, gold)):,}", f"{exact:.3f}", f"{overlap:.3f}", *moved)
    Console(width=140).print(table)


if __name__ == "__main__":
    main()
