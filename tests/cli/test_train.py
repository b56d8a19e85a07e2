"""`bioweft train`, on corpora of a few made-up sentences."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.cli import train as module
from bioweft.tag.features import features
from bioweft.tag.model import read_about, write_about
from bioweft.tag.onnx import OnnxTagger
from bioweft.train import corpora, restore, tagger
from bioweft.train.corpora import Example, Span
from tests.train import tiny

EXAMPLES = [
    Example("One", "abc1 binds sanirin.", (Span(0, 4, "gene"), Span(11, 18, "chemical")), frozenset(corpora.LABELS)),
    Example("Two", "the fever in mice", (Span(4, 9, "disease"),), frozenset({"disease"})),
]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Corpora of two sentences and a small network."""
    monkeypatch.setattr(corpora, "training", lambda *_, **__: EXAMPLES)
    monkeypatch.setattr(tagger, "load_tokenizer", lambda _: tiny.tokenizer())
    monkeypatch.setattr(tagger, "new_network", lambda *_: tiny.network())


def train(*arguments: str | Path) -> None:
    outcome = CliRunner().invoke(module.command, ["tagger", *map(str, arguments)], catch_exceptions=False)
    assert outcome.exit_code == 0, outcome.output


@pytest.mark.usefixtures("made_up")
def test_tagger_trains_exports_and_goes_on(tmp_path: Path) -> None:
    output = tmp_path / "mine"
    for _ in range(2):
        train("--data", tmp_path, "--output", output, "--steps", 3)
        about = OnnxTagger(output).about
        assert (about.name, about.guidelines) == ("mine", ("One", "Two"))
        assert "2 corpora in 3 steps" in about.about
        assert "family" not in about.types


@pytest.mark.usefixtures("made_up")
def test_a_tagger_goes_on_from_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    train("--data", tmp_path, "--steps", 2, "--output", first)
    write_about(read_about(first).model_copy(update={"outside": {"gene": 1.5}}), first)
    restored: list[Path] = []
    monkeypatch.setattr(restore, "restore", lambda _, *folders: restored.extend(folders))
    train("--data", tmp_path, "--steps", 2, "--output", second, "--start", first, "--rate", 1e-5)
    assert restored == [first]
    about = read_about(second)
    assert about.outside == {"gene": 1.5}
    assert about.about.endswith("in 2 steps after those of first (six types, trained on 2 corpora in 2 steps)")


@pytest.mark.usefixtures("made_up")
def test_an_encoder_that_has_another_activation_learns_relu(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    train("--data", tmp_path, "--steps", 2, "--output", first)
    train("--data", tmp_path, "--steps", 2, "--output", second, "--start", first, "--relu")
    found = []
    for folder in (first, second):
        network = tiny.network()
        restore.restore(network, folder)
        found.append(network.encoder.config.hidden_act)
    assert found == ["gelu", "relu"]


@pytest.mark.usefixtures("made_up")
def test_a_tagger_is_calibrated_like_another(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    train("--data", tmp_path, "--steps", 2, "--output", first)
    write_about(read_about(first).model_copy(update={"outside": {"gene": 1.5}}), first)
    train("--data", tmp_path, "--steps", 2, "--output", second, "--with-dev", "--like", first)
    about = read_about(second)
    assert about.outside == {"gene": 1.5}
    assert about.about.endswith("in 2 steps")


@pytest.mark.usefixtures("made_up")
def test_the_mean_is_of_models_with_the_same_labels_and_guidelines(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for output in (first, second):
        train("--data", tmp_path, "--steps", 2, "--output", output)
    both = ("--data", tmp_path, "--steps", 0, "--start", first, "--start", second, "--output", tmp_path / "mean")
    train(*both)
    assert read_about(tmp_path / "mean").about.endswith("in 2 steps, the mean of 2 such models")
    write_about(read_about(second).model_copy(update={"guidelines": ("Two", "One")}), second)
    outcome = CliRunner().invoke(module.command, ["tagger", *map(str, both)])
    assert outcome.exit_code == 2
    assert "other labels or guidelines" in outcome.output


@pytest.mark.usefixtures("made_up")
def test_no_step_writes_a_model_anew(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    train("--data", tmp_path, "--steps", 40, "--rate", 1e-2, "--output", first)
    train("--data", tmp_path, "--steps", 0, "--start", first, "--output", second)
    sentences = features([example.text for example in EXAMPLES], tiny.words())
    before, after = (np.concatenate(OnnxTagger(folder).emissions(sentences)) for folder in (first, second))
    assert np.allclose(before, after, atol=0.05)
    assert np.abs(before).max() > 0.5  # far from those of a new network
    assert read_about(second).about == read_about(first).about


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--without", "BC5"], "no corpus 'BC5'"),
        (["--passes", "BC5=2"], "no corpus 'BC5'"),
        (["--without", "others"], "no corpus 'others'"),
        (["--passes", "BC5CDR"], "CORPUS=TIMES"),
        (["--passes", "BC5CDR=often"], "CORPUS=TIMES"),
        (["--passes", "BC5CDR=-1"], "CORPUS=TIMES"),
        (["--encoder", ".", "--start", "."], "leave --encoder out"),
        (["--steps", "0"], "needs --start"),
    ],
)
def test_what_does_not_go(more: list[str], message: str, tmp_path: Path) -> None:
    arguments = ["tagger", "--data", str(tmp_path), "--output", str(tmp_path / "x"), *more]
    outcome = CliRunner().invoke(module.command, arguments)
    assert outcome.exit_code == 2
    assert message in outcome.output
