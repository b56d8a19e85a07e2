"""Scores that tell how often a mention is right."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.inference import Calibration
from bioweft.records import Document, Mention, Passage
from bioweft.tag.model import read_about, write_about
from bioweft.tag.onnx import OnnxTagger
from bioweft.train import calibrate as module
from bioweft.train.calibrate import best, bins, calibrate, fit
from bioweft.train.export import export
from tests.train import tiny


def test_scores_that_are_too_sure_are_made_less_so() -> None:
    generator = np.random.default_rng(0)
    logits = generator.normal(1.0, 2.0, 20_000)
    right = generator.random(20_000) < 1 / (1 + np.exp(-(0.5 * logits - 0.3)))
    found = fit(1 / (1 + np.exp(-logits)), right)
    assert (found.slope, found.shift) == (pytest.approx(0.5, abs=0.03), pytest.approx(-0.3, abs=0.05))


def test_a_single_mention_gives_no_wild_numbers() -> None:
    found = fit(np.array([0.999]), np.array([True]))
    assert isinstance(found, Calibration)
    assert abs(found.slope) < 100


def test_scores_that_are_nearly_all_sure() -> None:
    scores = np.array([0.999999] * 1000 + [0.9] * 100 + [0.6] * 20)
    right = np.array([True] * 995 + [False] * 5 + [True] * 80 + [False] * 20 + [True] * 12 + [False] * 8)
    found = fit(scores, right)
    assert 0 < found.slope < 1


def test_bins() -> None:
    found = bins(np.array([0.05, 0.06, 0.95, 1.0]), np.array([False, True, True, True]))
    assert found == [(pytest.approx(0.055), 0.5, 2), (pytest.approx(0.975), 1.0, 2)]


def test_a_choice_must_pay() -> None:
    assert best({0.0: 0.8, 1.0: 0.801, -1.0: 0.79}, 0.0) == 0.0
    assert best({0.0: 0.8, 1.0: 0.801, -1.0: 0.81}, 0.0) == -1.0
    assert best({0.0: 0.8, 1.0: 0.801}, 1.0) == 1.0


@pytest.mark.parametrize(("others", "f1"), [({(0, 4)}, 1.0), (set(), 0.0)])
def test_an_alternative_is_as_right_as_gold(others: set[tuple[int, int]], f1: float) -> None:
    class Finds(OnnxTagger):
        def __init__(self) -> None:
            """No model is opened."""

        def mentions(self, *_: object) -> Iterator[list[Mention]]:
            yield [Mention(0, 4, "abc1", "gene", "finds", 0.9)]

    part = module._Part(("gene",), [], [{"gene": {(0, 9)}}], [others], [{}], [], [])
    assert module._f1_by_type(Finds(), {"Mine": part}) == {"gene": f1}
    assert module._judged(Finds(), {"Mine": part})["gene"][1].tolist() == [bool(f1)]


def test_what_was_chosen_can_be_kept_when_the_scores_are_fitted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(tiny.network().eval(), tiny.tokenizer(), tmp_path, name="tiny", types={"gene": "gene"})
    write_about(read_about(tmp_path).model_copy(update={"outside": {"gene": -1.2}}), tmp_path)  # none of those tried
    documents = [Document("file:a", (Passage("text", "sanirin binds abc1 in mice"),))]

    def read(tagger: OnnxTagger, *_: object) -> object:
        sentences = tagger.read(documents)
        emissions = tagger.emissions([sentence.features for sentence in sentences])
        gold: list[dict[str, set[tuple[int, int]]]] = [{"gene": {(14, 18)}, "species": set()}]
        return module._Part(("gene", "species"), documents, gold, [set()], [{}], sentences, emissions)

    monkeypatch.setattr(module, "SCORED", {"Mine": ("gene", "species")})  # of which it finds nothing
    monkeypatch.setattr(module, "_read", read)
    kept = calibrate(tmp_path, tmp_path, lambda line: None, keep=True)
    assert kept.outside == {"gene": -1.2}
    assert "species" not in kept.calibration
    assert kept.calibration == read_about(tmp_path).calibration != {}
    assert calibrate(tmp_path, tmp_path, lambda line: None).outside["gene"] in (-1.2, *module._OUTSIDE)
