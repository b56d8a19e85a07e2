"""Trainings that need corpora, dictionaries or ONNX; those that do not are in `bioweft.train.portable`."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor

from bioweft import resources
from bioweft.evaluate.vocabulary import canonical
from bioweft.link.linker import DictionaryLinker
from bioweft.link.registry import linking_dictionaries
from bioweft.link.settings import LinkSettings
from bioweft.tag.dictionary import DictionaryTagger
from bioweft.tag.model import About, read_about
from bioweft.text import sentences
from bioweft.train import corpora, encoder, export, linking, literature, packed, portable, restore, tagger
from bioweft.train import pack as packing
from bioweft.train.calibrate import SCORED
from bioweft.train.encoder import EncoderSettings
from bioweft.train.examples import FAMILY, LABELS, encode
from bioweft.train.network import Network, NetworkSettings, activate
from bioweft.train.tagger import TrainingSettings

logger = logging.getLogger(__name__)


def pack(data: Path, output: Path, limit: int, report: Callable[[str], None]) -> None:
    """Write a packed folder of at most `limit` bytes from the corpora and the literature below `data`."""
    names = tuple(resources.dictionaries())
    dictionaries = DictionaryTagger(names)
    folder = tagger.encoder_folder()
    packing.pack(
        output,
        training=corpora.training(data, dictionaries=dictionaries),
        development=corpora.development(data, dictionaries=dictionaries),
        texts=list(literature.texts(data)),
        encoder=tagger.new_encoder(folder),
        tokenizer=tagger.load_tokenizer(folder),
        scored=SCORED,
        dictionaries=names,
        limit=limit,
        report=report,
    )


def train_encoder(data: Path, settings: EncoderSettings, output: Path, *, dropout: float = 0.0) -> None:
    """Adapt the packaged encoder to the literature and the sentences of the corpora; writes it in half precision."""
    folder = tagger.encoder_folder()
    tokenizer = tagger.load_tokenizer(folder)
    texts = [*literature.texts(data), *(example.text for example in corpora.training(data))]
    stretches = encoder.encode(texts, tokenizer)
    logger.info("%d texts of %d word pieces", len(stretches.ends), len(stretches.pieces))
    torch.manual_seed(settings.seed)
    mask = tagger.mark(tokenizer, "[MASK]")
    trained = encoder.train(stretches, tagger.new_encoder(folder, dropout), mask, settings, output / "training")
    trained.half().save_pretrained(output)
    tokenizer.save(str(output / "tokenizer.json"))


def train_tagger(
    data: Path,
    settings: TrainingSettings,
    output: Path,
    *,
    without: frozenset[str] = frozenset(),
    encoder_folder: Path | None = None,
    starts: Sequence[Path] = (),
    like: Path | None = None,
    relu: bool = False,
    dropout: float = 0.0,
) -> None:
    """Train a tagger on the corpora and write it as a model.

    Args:
        data: the folder of the corpora.
        settings: how long, how fast and how; with no steps the start is written anew.
        output: the model's folder.
        without: corpora to leave out.
        encoder_folder: another encoder than the packaged one.
        starts: models to begin from, at the mean of their weights.
        like: a model whose calibration is taken, in place of that of the first start.
        relu: whether the encoder of a start learns ReLU.
        dropout: within the encoder.
    """
    names = tuple(resources.dictionaries())
    dictionaries = DictionaryTagger(names)
    sentences = corpora.training(data, without=without, dictionaries=dictionaries)
    more = corpora.development(data, without=without, dictionaries=dictionaries) if settings.with_dev else []
    logger.info("%d sentences", len(sentences) + len(more))
    torch.manual_seed(settings.seed)
    begun = [read_about(folder) for folder in starts]
    folder = encoder_folder or tagger.encoder_folder()
    tokenizer = tagger.load_tokenizer(starts[0] if starts else folder)
    labels = begun[0].labels if begun else LABELS
    flags = [False] * len(sentences) + [True] * len(more)
    examples = encode([*sentences, *more], tokenizer, labels, development=flags)
    sizes = NetworkSettings(labels=labels, guidelines=begun[0].guidelines if begun else examples.corpora)
    network = tagger.new_network(sizes, folder, dropout)
    if starts:
        restore.restore(network, *starts)
    if relu:
        activate(network.encoder, "relu")
    network = tagger.train(examples, network, tagger.mark(tokenizer, "[MASK]"), settings, output / "training")
    _write(
        network,
        tokenizer,
        output,
        inputs=tagger.drawn(examples, seed=settings.seed),
        dictionaries=names,
        about=_about(settings, len(sizes.guidelines), begun),
        chosen=read_about(like) if like else begun[0] if begun else None,
    )


def join(gathered: Path, variant: str, folder: Path, output: Path, *, like: Path | None = None) -> None:
    """Make a model of the weights that `bioweft.train.portable.gather` wrote; `folder` is the packed one.

    `like` is a model whose calibration is taken.
    """
    pack = packed.read(folder)
    network = portable.gathered_network(gathered, variant, pack)
    _write(
        network,
        tagger.load_tokenizer(tagger.encoder_folder()),
        output,
        inputs=tagger.drawn(pack.examples, seed=1),
        dictionaries=pack.about.dictionaries,
        about=f"six types, trained on {len(pack.about.guidelines)} corpora on a GPU",
        chosen=read_about(like) if like else None,
    )


def _write(
    network: Network,
    tokenizer: Tokenizer,
    output: Path,
    *,
    inputs: Sequence[tuple[Tensor, ...]],
    dictionaries: Sequence[str],
    about: str,
    chosen: About | None,
) -> None:
    export.export(
        network,
        tokenizer,
        output,
        name=output.name,
        types={label: label for label in network.settings.labels if label != FAMILY},
        dictionaries=dictionaries,
        inputs=inputs,
        about=about,
        chosen=chosen,
    )


def _about(settings: TrainingSettings, corpus_count: int, begun: Sequence[About]) -> str:
    """Return the line that says what a model is."""
    first = begun[0].about if begun else ""
    if len(begun) > 1:
        first += f", the mean of {len(begun)} such models"
    if settings.steps == 0:
        return first
    length = f"{settings.minutes:g} minutes" if settings.steps is None else f"{settings.steps:,} steps"
    learnt = f"six types, trained on {corpus_count} corpora in {length}"
    return learnt + (f" after those of {begun[0].name} ({first})" if begun else "")


LINKED = ("BC5CDR", "NCBI-disease", "GNormPlus", "NLM-Gene", "Linnaeus", "S1000", "BioID", "BioRED")
"""The corpora whose mentions have identifiers; of each the training part alone is learnt from."""


def train_linker(data: Path, output: Path) -> None:
    """Learn the weights of the linker from the training parts of the corpora below `data`."""
    linker = DictionaryLinker(linking_dictionaries(LinkSettings(genes="all")), threshold=0.0)
    documents = (
        replace(annotated, sentences=sentences.of_document(annotated.document))
        for name in LINKED
        for annotated in corpora.documents(corpora.CORPORA[name], "train", data)
    )
    to_concept = canonical(linker.dictionaries)
    linking.write(linking.learn(list(linking.examples(documents, linker, to_concept))), output)
