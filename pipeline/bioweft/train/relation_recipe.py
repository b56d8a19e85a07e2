"""The training of the relation model, from the corpora to a model folder: examples, network, calibration."""

import logging
import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor

from bioweft.errors import InputError
from bioweft.evaluate.relations import protocols
from bioweft.evaluate.relations.examples import CORPORA, LABELS, RelationExample, read_relations
from bioweft.evaluate.relations.exclusions import SCORED, training_examples
from bioweft.evaluate.relations.predicted import question
from bioweft.evaluate.scoring import ALL
from bioweft.inference import Calibration
from bioweft.lexicon import terminology
from bioweft.relate.features import Features
from bioweft.relate.hierarchy import Hierarchy, write_hierarchy
from bioweft.relate.model import About, Task, read_about
from bioweft.relate.network import probabilities
from bioweft.relate.parser import Parser
from bioweft.relate.questions import prepare
from bioweft.relate.standing import pair_standing, standings
from bioweft.train import relation_export, relation_weights, relations, tagger
from bioweft.train.calibrate import fit, logistic
from bioweft.train.relation_examples import RelationExamples
from bioweft.train.relation_network import RelationNetwork, RelationNetworkSettings
from bioweft.train.relations import RelationTrainingSettings

logger = logging.getLogger(__name__)

CHOSEN_ON = ("BC5CDR", "ChemProt", "BioRED")
"""Corpora on whose development parts thresholds and calibration are chosen."""

_GROUPS = ("CPR:3", "CPR:4", "CPR:5", "CPR:6", "CPR:9")
_CORRELATIONS = ("Association", "Positive_Correlation", "Negative_Correlation")

TASKS = (
    Task(subject="chemical", object="disease", corpus="BC5CDR", scope="document", labels=("CID",)),
    Task(subject="chemical", object="gene", corpus="ChemProt", scope="sentence", labels=_GROUPS),
    Task(subject="gene", object="disease", corpus="BioRED", scope="document", labels=_CORRELATIONS),
    Task(subject="chemical", object="disease", corpus="BioRED", scope="document", labels=_CORRELATIONS),
    Task(subject="gene", object="gene", corpus="BioRED", scope="document", labels=(*_CORRELATIONS, "Bind")),
    Task(subject="chemical", object="chemical", corpus="BioRED", scope="document", labels=_CORRELATIONS),
)
"""What the model is asked of a document."""

STANDING_COUNTS = ("BC5CDR",)
"""Corpora whose probabilities weigh how concepts stand; on BioRED's development part that gave nothing."""

_TREES = ("C", "D", "F03")
"""Trees of MeSH of diseases, chemicals and mental disorders."""

_SUREST = 13.8
"""The logit that a calibration takes for the surest."""

_LEAST_RIGHT = 30
"""Right pairs of a label on the development part from which on it has a calibration of its own."""

_CHOSEN = ("calibration", "standing", "thresholds", "development")
"""Keys of `relations.json` whose values are chosen or measured on development parts."""

_SAMPLED = 20
_DRAWN = 64
"""Stretches that are measured on for eight bits."""


@dataclass(frozen=True, slots=True)
class Sources:
    """What a training begins from: the folders of the tagger whose encoder it takes, and of the parser."""

    encoder: Path
    parser: Parser


def train_relations(
    data: Path,
    settings: RelationTrainingSettings,
    sources: Sources,
    output: Path,
    *,
    without: Collection[str] = (),
    starts: Sequence[Path] = (),
    chosen: Path | None = None,
    graph: bool = True,
    attention: bool = True,
) -> Mapping[str, float]:
    """Train the relation model and write it; return its F1 on development parts, by corpus.

    Args:
        data: the folder of the corpora.
        settings: how long and how fast.
        sources: the tagger whose encoder is taken, and the parser.
        output: the model's folder.
        without: corpora to leave out.
        starts: folders with weights of earlier trainings, to go on from their mean.
        chosen: a model whose calibrations and thresholds are taken; then the development parts are learnt from too.
        graph: whether the network has its graph convolution.
        attention: whether its graph layers have their attention.

    Raises:
        InputError: a corpus to leave out is not there, or `chosen` holds no model.
    """
    earlier = None if chosen is None else read_about(chosen)
    if unknown := sorted(set(without) - set(CORPORA)):
        raise InputError(f"no relation corpus {unknown[0]!r}; there are: {', '.join(CORPORA)}")
    tokenizer = tagger.load_tokenizer(sources.encoder)
    # A model of weights that are there needs no more than what eight bits are measured on.
    every = _SAMPLED if settings.steps == 0 else 1
    learnt = encoded_corpora(
        data, sources.parser, tokenizer, without, with_dev=earlier is not None, every=every
    )  # fmt: skip
    labels = learnt.labels
    sizes = RelationNetworkSettings(labels, CORPORA, graph=graph, attention=attention)
    network = relation_weights.begin(sizes, sources.encoder, tagger.new_encoder(tagger.encoder_folder()), settings.seed)
    if starts:
        relation_weights.load(network, *starts)
    if settings.steps != 0:
        network = relations.train(learnt, network, settings, output / "training")
        relation_weights.save(network, output / "training")
    about = About(name=output.name, labels=labels, corpora=CORPORA, tasks=TASKS)
    if earlier is None:
        about = _calibrated(network, about, data, sources.parser, tokenizer)
    else:
        about = about.model_copy(update={name: getattr(earlier, name) for name in _CHOSEN})
    measured = _drawn(learnt, settings.seed)
    output.mkdir(parents=True, exist_ok=True)
    write_hierarchy(output, hierarchy(data))
    relation_export.export(network, tokenizer, output, about, measured[0], measured)
    return about.development


@cache
def hierarchy(data: Path) -> Hierarchy:
    """Return which chemicals, diseases and disorders are wider than others by MeSH, below the folder of all data."""
    return Hierarchy(
        {
            row.id: row.parents
            for row in terminology.rows(data / "terminologies", "mesh_descriptor")
            if any(tree.startswith(_TREES) for tree in row.values("tree_numbers"))
        }
    )


def encoded_corpora(
    data: Path, parser: Parser, tokenizer: Tokenizer, without: Collection[str] = (), *, with_dev: bool = False,
    every: int = 1,
) -> RelationExamples:  # fmt: skip
    """Return what may be learnt from, of all corpora but some; each example, or one of `every` so many.

    With `with_dev` the development parts that choices are made on are among it; test parts never are.
    """
    examples = [
        example
        for corpus, given in training_examples(data, () if with_dev else SCORED).items()
        if corpus not in without
        for example in given[::every]
    ]
    labels = tuple(sorted({label for given in LABELS.values() for label in given}))
    learnt = encode(examples, LABELS, labels, CORPORA, parser, tokenizer)
    logger.info("%d examples of %d word pieces", len(examples), learnt.lengths.sum())
    return learnt


def pack(data: Path, sources: Sources, output: Path, *, with_dev: bool = False) -> None:
    """Write what may be learnt from as a packed folder that `bioweft.train.relation_weights.train_packed` takes."""
    learnt = encoded_corpora(data, sources.parser, tagger.load_tokenizer(sources.encoder), with_dev=with_dev)
    relation_weights.write_pack(learnt, tagger.new_encoder(tagger.encoder_folder()), output)


def encode(
    examples: Sequence[RelationExample],
    annotated_labels: Mapping[str, Collection[str]],
    labels: Sequence[str],
    corpora: Sequence[str],
    parser: Parser,
    tokenizer: Tokenizer,
) -> RelationExamples:
    """Return examples as arrays.

    Args:
        examples: of any corpora of `corpora`.
        annotated_labels: by corpus, the labels that it annotates.
        labels: of the network, in order.
        corpora: of the network, in order.
        parser: makes the trees.
        tokenizer: of the network.
    """
    stretches: list[Features] = []
    corpus: list[int] = []
    numbers: list[int] = []
    right: list[NDArray[np.uint8]] = []
    learnt: list[NDArray[np.bool_]] = []
    column = {label: place for place, label in enumerate(labels)}
    questions = [question(example, corpora.index(example.corpus)) for example in examples]
    for number, prepared in enumerate(prepare(questions, parser, tokenizer)):
        example = examples[number]
        for stretch in prepared.stretches:
            chosen = [example.pairs[place] for place in stretch.places]
            marks = np.zeros((len(chosen), len(labels)), np.uint8)
            for row, pair in enumerate(chosen):
                marks[row, [column[label] for label in pair.labels]] = 1
            stretches.append(stretch)
            corpus.append(corpora.index(example.corpus))
            numbers.append(number)
            right.append(marks)
            learnt.append(np.array([not pair.hypernym for pair in chosen]))
    known = np.array([[label in annotated_labels[name] for label in labels] for name in corpora], np.uint8)
    return RelationExamples(
        tuple(labels), tuple(corpora), stretches, np.array(corpus, np.int64), np.array(numbers, np.int64), right,
        learnt, known,
    )  # fmt: skip


def _calibrated(network: RelationNetwork, about: About, data: Path, parser: Parser, tokenizer: Tokenizer) -> About:
    """Return the description with calibrations and thresholds, chosen on development parts, and the F1 there."""
    calibrations: dict[str, dict[str, Calibration]] = {}
    weights: dict[str, tuple[float, ...]] = {}
    thresholds, development = {}, {}
    for corpus in CHOSEN_ON:
        examples = read_relations(corpus, "dev", data)
        encoded = encode(examples, LABELS, about.labels, about.corpora, parser, tokenizer)
        scores = relations.scores(network, encoded, len(examples))
        standing = [_pair_standings(example, hierarchy(data)) for example in examples]
        if corpus in STANDING_COUNTS:
            calibrations[corpus], weights[corpus] = _fitted_with_standing(examples, scores, about.labels, standing)
        else:
            calibrations[corpus] = _fitted(examples, scores, about.labels, LABELS[corpus])
        gold = protocols.standard(corpus, "dev", data)
        calibrated = about.model_copy(update={"calibration": calibrations, "standing": weights})
        by_pair = [
            [
                probabilities(calibrated, corpus, LABELS[corpus], scored[place], rows[place]) if place in scored else {}
                for place in range(len(example.pairs))
            ]
            for example, scored, rows in zip(examples, scores, standing, strict=True)
        ]
        by_threshold = {
            threshold: protocols.protocol(corpus)(gold, protocols.facts(zip(examples, by_pair, strict=True), threshold))
            for threshold in np.arange(0.1, 0.91, 0.02).round(2).tolist()
        }
        thresholds[corpus] = max(by_threshold, key=lambda threshold: by_threshold[threshold][ALL].f1)
        development[corpus] = round(100 * by_threshold[thresholds[corpus]][ALL].f1, 1)
        logger.info("%s: F1 %.1f at %.2f", corpus, development[corpus], thresholds[corpus])
    chosen = {"calibration": calibrations, "standing": weights, "thresholds": thresholds, "development": development}
    return about.model_copy(update=chosen)


def _pair_standings(example: RelationExample, concepts: Hierarchy) -> list[NDArray[np.float64]]:
    asked = question(example, corpus=0)
    rows = standings(asked.document, asked.entities, asked.concepts, concepts)
    return [pair_standing(rows[pair.subject], rows[pair.object]) for pair in example.pairs]


def _fitted_with_standing(
    examples: Sequence[RelationExample], scores: Sequence[Mapping[int, NDArray[np.float32]]], labels: Sequence[str],
    standing: Sequence[Sequence[NDArray[np.float64]]],
) -> tuple[dict[str, Calibration], tuple[float, ...]]:  # fmt: skip
    """Return the calibration of the one label of a corpus, and the weights of how subject and object stand."""
    (label,) = LABELS[examples[0].corpus]
    column = labels.index(label)
    rows, right = [], []
    for example, by_pair, of_pairs in zip(examples, scores, standing, strict=True):
        for place, pair_scores in by_pair.items():
            rows.append(np.concatenate(([np.clip(pair_scores[column], -_SUREST, _SUREST), 1.0], of_pairs[place])))
            right.append(label in example.pairs[place].labels)
    inputs = np.stack(rows)
    start, penalty = np.zeros(inputs.shape[1]), np.ones(inputs.shape[1])
    start[0], penalty[:2] = 1.0, 1e-3  # the score and the constant are as in a calibration without standing
    slope, shift, *weights = logistic(inputs, np.array(right), start, penalty)
    fitted = Calibration(slope=round(float(slope), 4), shift=round(float(shift), 4))
    return {label: fitted}, tuple(round(float(weight), 4) for weight in weights)


def _fitted(
    examples: Sequence[RelationExample], scores: Sequence[Mapping[int, NDArray[np.float32]]], labels: Sequence[str],
    annotated: Sequence[str],
) -> dict[str, Calibration]:  # fmt: skip
    """Return the calibration of each label that a corpus annotates; rare labels share that of all together."""
    given: dict[str, tuple[list[float], list[bool]]] = {label: ([], []) for label in annotated}
    for example, by_pair in zip(examples, scores, strict=True):
        for place, pair_scores in by_pair.items():
            for label in annotated:
                given[label][0].append(1 / (1 + math.exp(-pair_scores[labels.index(label)])))
                given[label][1].append(label in example.pairs[place].labels)
    common = fit(np.concatenate([p for p, _ in given.values()]), np.concatenate([right for _, right in given.values()]))
    return {
        label: fit(np.array(p), np.array(right)) if sum(right) >= _LEAST_RIGHT else common
        for label, (p, right) in given.items()
    }


def _drawn(examples: RelationExamples, seed: int) -> list[tuple[Tensor, ...]]:
    """Return what the network is given for some stretches drawn at random, in batches of like length."""
    count = min(_DRAWN, len(examples.stretches))
    chosen = np.random.default_rng(seed).choice(len(examples.stretches), count, replace=False)
    ordered = chosen[np.argsort(examples.lengths[chosen], kind="stable")]
    return [examples.inputs(group) for group in np.array_split(ordered, max(1, count // 4))]
