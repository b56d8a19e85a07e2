"""Chooses on development parts what a trained network leaves open, and makes its scores tell how often it is right."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from bioweft.evaluate.gold import read_bc2gm
from bioweft.inference import Calibration
from bioweft.records import Document, Mention
from bioweft.tag.model import About, write_about
from bioweft.tag.onnx import OnnxTagger, Sentence
from bioweft.train import corpora
from bioweft.train.examples import FAMILY

SCORED: Mapping[str, tuple[str, ...]] = {
    "BC5CDR": ("chemical", "disease"),
    "NCBI-disease": ("disease",),
    "ChemProt": ("chemical", "gene"),
    "BC2GM": ("gene",),
    "GNormPlus": ("gene",),
    "NLM-Gene": ("gene",),
    "JNLPBA": ("cell_line", "cell_type"),
    "Linnaeus": ("species",),
    "S1000": ("species",),
    "BioID": ("cell_line",),
}
"""Whose development parts choices are made on, and for which types."""

_MOST = 300
"""Documents of a corpus; BC2GM's are sentences."""
_MOST_SENTENCES = 2500
_NEVER = 2.0
"""As a share, more than there can be."""
_OUTSIDE = (0.0, -1.5, -1.0, -0.5, 0.5, 1.0, 1.5, 2.0, 3.0)
_CHOICES = (
    ("adjoining", (0.0, -1.0, -4.0)),
    ("outside", _OUTSIDE),
    ("listed", (0.0, -8.0, -6.0, -4.0, -3.0, -2.0, -1.0)),
    ("inside", (0.0, -1.0, -0.5, 0.5, 1.0, 1.5)),
    ("widen", (_NEVER, 0.7, 0.5, 0.3, 0.1)),
    ("drop", (0.0, 0.2, 0.34, 0.5)),
    ("fill", (1.0, 0.7, 0.5, 0.3)),
)
"""What is tried for each type, in this order, and all of it once more; the first of the values is to do nothing."""
_PAYS = 0.002
"""What a value must give to be chosen: less is chance, and does not carry over to other texts."""

_BINS = 10

_Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Part:
    """A development part that the network has read."""

    types: tuple[str, ...]
    documents: list[Document]
    gold: list[dict[str, set[_Place]]]
    others: list[set[_Place]]
    """What is as right as a place of gold: BC2GM's alternatives, which its official scoring counts."""
    unsure: list[dict[str, set[_Place]]]
    sentences: list[Sentence]
    emissions: list[NDArray[np.float32]]


def calibrate(folder: Path, data: Path, report: Callable[[str], None], *, keep: bool = False) -> About:
    """Choose for each type how likely a mention is, how long it is, and what makes a document consistent.

    Each is chosen by the mean exact F1 over the corpora of the type, one after the other, beginning at what was chosen
    before, unless that is to be kept. Then the scores are fitted. Writes `model.json` anew, and `reliability.png`.
    """
    tagger = OnnxTagger(folder)
    tagger.about = tagger.about.model_copy(update={"calibration": {}})
    parts = {name: _read(tagger, name, types, data) for name, types in SCORED.items()}
    types = sorted({type_ for part in parts.values() for type_ in part.types})

    for name, values in () if keep else _CHOICES * 2:
        scores = {}
        before = {type_: getattr(tagger.about, name).get(type_, values[0]) for type_ in types}
        for value in dict.fromkeys((*values, *before.values())):  # what was chosen may be none of those tried now
            tagger.about = tagger.about.model_copy(update={name: dict.fromkeys(types, value)})
            scores[value] = _f1_by_type(tagger, parts)
            report(f"{name} {value}: {_line(scores[value])}")
        chosen = {t: best({value: score[t] for value, score in scores.items()}, before[t]) for t in types}
        tagger.about = tagger.about.model_copy(update={name: chosen})
    fitted = {type_: fit(*judged) for type_, judged in sorted(_judged(tagger, parts).items())}
    tagger.about = tagger.about.model_copy(update={"calibration": fitted})
    development = {type_: round(f1, 4) for type_, f1 in _f1_by_type(tagger, parts).items()}
    tagger.about = tagger.about.model_copy(update={"development": development})
    report(f"chosen: {_line(development)}")
    _plot(_judged(tagger, parts), folder / "reliability.png")
    write_about(tagger.about, folder)
    return tagger.about


def measured(folder: Path, data: Path) -> dict[str, float]:
    """Return the exact F1 of a calibrated model on the development parts by type, the mean over its corpora."""
    tagger = OnnxTagger(folder)
    return _f1_by_type(tagger, {name: _read(tagger, name, types, data) for name, types in SCORED.items()})


def best(scores: Mapping[float, float], before: float) -> float:
    """Return the value with the highest score, or the one from before where that is hardly lower."""
    most = max(scores, key=lambda value: scores[value])
    return most if scores[most] >= scores[before] + _PAYS else before


def _read(tagger: OnnxTagger, name: str, types: tuple[str, ...], data: Path) -> _Part:
    corpus = corpora.CORPORA[name]
    most = _MOST_SENTENCES if corpus.in_sentences else _MOST
    gold_documents = list(corpora.documents(corpus, "dev", data))[:most]
    documents = [annotated.document for annotated in gold_documents]
    others = _alternatives(data / corpus.files["dev"][0]) if name == "BC2GM" else {}
    gold: list[dict[str, set[_Place]]] = []
    unsure: list[dict[str, set[_Place]]] = []
    for annotated in gold_documents:
        places: defaultdict[str, set[_Place]] = defaultdict(set)
        doubtful: defaultdict[str, set[_Place]] = defaultdict(set)
        for mention in annotated.mentions:
            place = mention.start, mention.end
            places["gene" if mention.type == FAMILY else mention.type].add(place)
            if mention.type in corpus.unsure:
                doubtful[corpus.unsure[mention.type]].add(place)
        gold.append(places)
        unsure.append(doubtful)
    sentences = tagger.read(documents)
    emissions = tagger.emissions([sentence.features for sentence in sentences])
    more = [others.get(document.id, set()) for document in documents]
    return _Part(types, documents, gold, more, unsure, sentences, emissions)


def _alternatives(folder: Path) -> dict[str, set[_Place]]:
    return {annotated.document.id: {(m.start, m.end) for m in more} for annotated, more in read_bc2gm(folder)}


_Each = Iterator[tuple[list[Mention], dict[str, set[_Place]], set[_Place]]]


def _each(tagger: OnnxTagger, part: _Part) -> _Each:
    """Yield what was found in each document of what counts, gold, and what is as right."""
    predictions = tagger.mentions(part.documents, part.sentences, part.emissions)
    for mentions, gold, others, unsure in zip(predictions, part.gold, part.others, part.unsure, strict=True):
        counted = [m for m in mentions if m.type in part.types and not _touches(m, unsure.get(m.type, set()))]
        yield counted, gold, others


def _touches(mention: Mention, places: set[_Place]) -> bool:
    return any(mention.start < end and start < mention.end for start, end in places)


def _f1_by_type(tagger: OnnxTagger, parts: Mapping[str, _Part]) -> dict[str, float]:
    """Return the exact F1 of each type, the mean over its corpora."""
    of_type: defaultdict[str, list[float]] = defaultdict(list)
    for part in parts.values():
        right: dict[str, int] = dict.fromkeys(part.types, 0)
        total: dict[str, int] = dict.fromkeys(part.types, 0)
        for mentions, gold, others in _each(tagger, part):
            for type_ in part.types:
                predicted = {(m.start, m.end) for m in mentions if m.type == type_}
                right[type_] += len(predicted & (gold[type_] | others))
                total[type_] += len(predicted) + len(gold[type_])
        for type_ in part.types:
            of_type[type_].append(2 * right[type_] / max(1, total[type_]))
    return {type_: fmean(values) for type_, values in sorted(of_type.items())}


_Judged = dict[str, tuple[NDArray[np.float64], NDArray[np.bool_]]]


def _judged(tagger: OnnxTagger, parts: Mapping[str, _Part]) -> _Judged:
    """Return by type the scores of all mentions and whether they are right."""
    of_type: defaultdict[str, list[tuple[float, bool]]] = defaultdict(list)
    for part in parts.values():
        for mentions, gold, others in _each(tagger, part):
            for mention in mentions:
                place = mention.start, mention.end
                of_type[mention.type].append((mention.score, place in gold[mention.type] | others))
    return {
        type_: (np.array([score for score, _ in rows]), np.array([right for _, right in rows]))
        for type_, rows in of_type.items()
    }


def fit(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> Calibration:
    """Fit the two numbers of a `Calibration` by Newton's method for logistic regression."""
    clipped = np.clip(scores, 1e-6, 1 - 1e-6)
    inputs = np.stack([np.log(clipped / (1 - clipped)), np.ones(len(scores))], 1)
    slope, shift = logistic(inputs, right, np.array([1.0, 0.0]), np.full(2, 1e-3))
    return Calibration(slope=round(float(slope), 4), shift=round(float(shift), 4))


def logistic(
    inputs: NDArray[np.float64], right: NDArray[np.bool_], start: NDArray[np.float64], penalty: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return the weights of a logistic regression, shape (k,), by Newton's method.

    Args:
        inputs: shape (n, k).
        right: shape (n,).
        start: the weights to begin with, shape (k,).
        penalty: of the square of each weight, twice, shape (k,).
    """
    weights = start
    for _ in range(100):
        given = 1 / (1 + np.exp(-inputs @ weights))
        slope = inputs.T @ (right - given) - penalty * weights
        curvature = (inputs * (given * (1 - given))[:, None]).T @ inputs + np.diag(penalty)
        weights = weights + np.clip(np.linalg.solve(curvature, slope), -0.2, 0.2)  # a whole step may go far too far
    return weights


def bins(scores: NDArray[np.float64], right: NDArray[np.bool_]) -> list[tuple[float, float, int]]:
    """Return by tenth of the scores the mean score, the share that is right, and how many mentions there are."""
    number = np.minimum((scores * _BINS).astype(int), _BINS - 1)
    return [
        (float(scores[number == i].mean()), float(right[number == i].mean()), int((number == i).sum()))
        for i in range(_BINS)
        if (number == i).any()
    ]


def _plot(judged: _Judged, file: Path) -> None:
    """Draw how often mentions of a score are right."""
    figure = Figure(figsize=(7, 4.6), layout="constrained")
    panels = figure.subplots(2, 3, sharex=True, sharey=True)
    for panel, (type_, (scores, right)) in zip(panels.flat, sorted(judged.items()), strict=False):
        points = bins(scores, right)
        panel.plot([0, 1], [0, 1], color="0.8", linewidth=1)
        panel.plot([x for x, _, _ in points], [y for _, y, _ in points], marker="o", markersize=3)
        panel.set_title(f"{type_}, n = {len(scores):,}", fontsize=9)
    figure.supxlabel("score", fontsize=9)
    figure.supylabel("share of mentions that are right (exact span)", fontsize=9)
    figure.savefig(file, dpi=150, metadata={"Software": None})


def _line(scores: Mapping[str, float]) -> str:
    return ", ".join(f"{type_} {score:.4f}" for type_, score in scores.items())
