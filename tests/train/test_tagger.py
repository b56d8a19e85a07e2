"""Training: batches, learning, and above all that an interrupted run ends with the same weights."""

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.errors import InputError
from bioweft.tag.decode import decode
from bioweft.tag.features import features
from bioweft.train import tagger
from bioweft.train.examples import LABELS, UNKNOWN
from bioweft.train.loop import plan
from bioweft.train.network import Network, NetworkSettings, loss
from bioweft.train.tagger import TrainingSettings, collate
from tests.train import tiny
from tests.train.sentences import EXAMPLES


def test_an_epoch_has_every_example_once_in_batches_that_fit() -> None:
    lengths = np.random.default_rng(0).integers(3, 60, 500)
    batches = plan(lengths, np.ones(len(lengths)), 128, np.random.default_rng(1))
    assert sorted(np.concatenate(batches).tolist()) == list(range(500))
    assert max(len(batch) * lengths[batch].max() for batch in batches) <= 128
    filled = sum(lengths) / sum(len(batch) * lengths[batch].max() for batch in batches)
    assert filled > 0.9


def test_an_epoch_has_an_example_as_often_as_asked() -> None:
    lengths, passes = np.full(300, 9), np.repeat([0.5, 1.0, 3.0], 100)
    times = np.bincount(np.concatenate(plan(lengths, passes, 128, np.random.default_rng(1))), minlength=300)
    assert 30 < times[:100].sum() < 70
    assert (times[100:200] == 1).all()
    assert (times[200:] == 3).all()


def test_nothing_to_learn_from_is_said(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nothing to learn from"):
        tiny.trained(EXAMPLES, TrainingSettings(steps=2, passes={"One": 0.0}), tmp_path)
    assert plan(np.array([3, 4]), np.zeros(2), 128, np.random.default_rng(1)) == []


def test_unknown_tags_do_not_count() -> None:
    emissions = torch.randn(1, 2, 1, 3)
    known = torch.tensor([[[1], [UNKNOWN]]])
    other = emissions.clone()
    other[0, 1] += 100
    assert loss(emissions, known) == loss(other, known)


def test_padding_changes_nothing() -> None:
    network = tiny.network().eval()
    short, long = features(["abc1 binds", "the sanirin genes in the mice ."], tiny.words())
    with torch.no_grad():
        alone = network(*collate([short], [1]))
        among = network(*collate([short, long], [1, 2]))
    assert torch.allclose(alone[0], among[0, : len(short.starts)], atol=1e-5)


def test_a_new_network_has_the_packaged_encoder_with_relu() -> None:
    encoder = tagger.new_network(NetworkSettings(labels=("gene",), guidelines=())).encoder
    packaged = tagger.new_encoder(tagger.encoder_folder())
    assert torch.equal(encoder.embeddings.word_embeddings.weight, packaged.embeddings.word_embeddings.weight)
    states = torch.randn(1, 4, encoder.config.hidden_size)
    after, before = (one.encoder.layer[0].intermediate(states) for one in (encoder, packaged))
    assert before.min() < 0 <= after.min()


def test_it_learns(tmp_path: Path) -> None:
    settings = TrainingSettings(steps=150, encoder_rate=3e-3, rate=1e-2, average=0.9, forget_guideline=0.0)
    network = tiny.trained(EXAMPLES, settings, tmp_path)
    text = "the sanirin binds abc1 ."
    (of,) = features([text], tiny.words())
    with torch.no_grad():
        emissions = network(*collate([of], [1])).numpy()
    (spans,) = decode(emissions, np.array([len(of.starts)]))
    found = {(text[of.starts[a] : of.ends[b - 1]], LABELS[label]) for a, b, label, _ in spans}
    assert {("sanirin", "chemical"), ("abc1", "gene")} <= found


class CutError(Exception):
    pass


def weights(network: Network) -> dict[str, list[float]]:
    return {name: value.flatten().tolist() for name, value in network.state_dict().items()}


@pytest.mark.parametrize("cut", [4, 10])
def test_a_run_that_is_cut_off_ends_with_the_same_weights(
    tmp_path: Path, cut: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = TrainingSettings(steps=12, batch_pieces=16, save_every=4)
    whole = tiny.trained(EXAMPLES, settings, tmp_path / "whole")

    steps = iter(range(cut))

    def stopping(*arguments: torch.Tensor) -> torch.Tensor:
        if next(steps, None) is None:
            raise CutError
        return loss(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(tagger, "loss", stopping)
        with pytest.raises(CutError):
            tiny.trained(EXAMPLES, settings, tmp_path / "cut")
    resumed = tiny.trained(EXAMPLES, settings, tmp_path / "cut")
    assert weights(resumed) == weights(whole)


def test_a_checkpoint_of_other_settings_is_refused(tmp_path: Path) -> None:
    tiny.trained(EXAMPLES, TrainingSettings(steps=2), tmp_path)
    with pytest.raises(InputError, match="other settings"):
        tiny.trained(EXAMPLES, TrainingSettings(steps=3), tmp_path)


def test_a_checkpoint_of_other_examples_or_another_network_is_refused(tmp_path: Path) -> None:
    settings = TrainingSettings(steps=2)
    tiny.trained(EXAMPLES, settings, tmp_path)
    other = tiny.network()
    with torch.no_grad():
        other.heads.bias += 1
    with pytest.raises(InputError, match="another network or other examples"):
        tiny.trained(EXAMPLES, settings, tmp_path, other)
    with pytest.raises(InputError, match="another network or other examples"):
        tiny.trained(EXAMPLES[1:], settings, tmp_path)
    tiny.trained(EXAMPLES, settings, tmp_path)


def test_a_training_for_a_time_ends_in_time_and_resumes(tmp_path: Path) -> None:
    settings = TrainingSettings(minutes=0.02)
    began = time.monotonic()
    first = tiny.trained(EXAMPLES, settings, tmp_path)
    assert 1 < time.monotonic() - began < 5
    assert weights(first) != weights(tiny.network())
    began = time.monotonic()
    assert weights(tiny.trained(EXAMPLES, settings, tmp_path)) == weights(first)  # its time has passed already
    assert time.monotonic() - began < 1


def test_its_length_is_either_steps_or_minutes(tmp_path: Path) -> None:
    for settings in (TrainingSettings(), TrainingSettings(steps=1, minutes=1)):
        with pytest.raises(InputError, match="either a number of steps or a number of minutes"):
            tiny.trained(EXAMPLES, settings, tmp_path)


def test_development_parts_are_learnt_from_only_when_asked(tmp_path: Path) -> None:
    examples = replace(tiny.encoded(EXAMPLES), development=np.array([True] * 4))
    with pytest.raises(InputError, match="nothing to learn from"):
        tagger.train(examples, tiny.network(), 4, TrainingSettings(steps=1), tmp_path)
    tagger.train(examples, tiny.network(), 4, TrainingSettings(steps=1, with_dev=True), tmp_path)


def test_frozen_embeddings_stay_and_all_else_learns(tmp_path: Path) -> None:
    before = tiny.network().state_dict()
    after = tiny.trained(EXAMPLES, TrainingSettings(steps=3, frozen=0), tmp_path).state_dict()
    same = {name for name, value in after.items() if torch.equal(value, before[name])}
    assert {name for name in before if ".embeddings." in name} <= same
    assert "encoder.encoder.layer.0.intermediate.dense.weight" not in same
