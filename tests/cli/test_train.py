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
from bioweft.train import corpora, recipes, restore, tagger
from bioweft.train.examples import LABELS, Example, Span
from tests.train import tiny

EXAMPLES = [
    Example("One", "abc1 binds sanirin.", (Span(0, 4, "gene"), Span(11, 18, "chemical")), frozenset(LABELS)),
    Example("Two", "the fever in mice", (Span(4, 9, "disease"),), frozenset({"disease"})),
]


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Corpora of two sentences and a small network."""
    monkeypatch.setattr(corpora, "training", lambda *_, **__: EXAMPLES)
    monkeypatch.setattr(corpora, "development", lambda *_, **__: EXAMPLES[:1])
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
        (["--steps", "1", "--minutes", "1"], "not both"),
        (["--packed", "."], "either --data or --packed"),
    ],
)
def test_what_does_not_go(more: list[str], message: str, tmp_path: Path) -> None:
    arguments = ["tagger", "--data", str(tmp_path), "--output", str(tmp_path / "x"), *more]
    outcome = CliRunner().invoke(module.command, arguments)
    assert outcome.exit_code == 2
    assert message in outcome.output


def test_either_data_or_packed_is_needed(tmp_path: Path) -> None:
    for name in ("tagger", "encoder"):
        outcome = CliRunner().invoke(module.command, [name, "--output", str(tmp_path)])
        assert outcome.exit_code == 2
        assert "either --data or --packed" in outcome.output


@pytest.mark.parametrize("more", [["--without", "One"], ["--like", "."], ["--relu"], ["--start", ".", "--start", "."]])
def test_what_does_not_go_with_packed(more: list[str], tmp_path: Path) -> None:
    arguments = ["tagger", "--packed", str(tmp_path), "--output", str(tmp_path / "x"), *more]
    outcome = CliRunner().invoke(module.command, arguments)
    assert outcome.exit_code == 2
    assert "go with --data alone" in outcome.output


@pytest.mark.usefixtures("made_up")
def test_packed_trained_gathered_and_joined(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes.literature, "texts", lambda _: ["abc1 binds sanirin"] * 9)
    monkeypatch.setattr(tagger, "new_encoder", lambda *_: tiny.network().encoder)
    packed, run, weights, model = (tmp_path / name for name in ("packed", "run", "weights", "model"))
    for arguments in (
        ["pack", "--data", tmp_path, "--output", packed, "--limit", "1MiB"],
        ["tagger", "--packed", packed, "--output", run, "--steps", 2, "--batch", 64, "--frozen", 0, "--hide", 0.1],
        ["gather", f"plain={run}", "--packed", packed, "--output", weights],
        ["join", weights, "plain", "--packed", packed, "--output", model],
    ):
        outcome = CliRunner().invoke(module.command, [*map(str, arguments)], catch_exceptions=False)
        assert outcome.exit_code == 0, outcome.output
    assert read_about(model).guidelines == ("One", "Two")


@pytest.mark.parametrize("limit", ["18", "18 GB", "MiB", "-1MiB"])
def test_a_limit_is_a_size(limit: str, tmp_path: Path) -> None:
    outcome = CliRunner().invoke(
        module.command, ["pack", "--data", str(tmp_path), "--output", str(tmp_path), "--limit", limit]
    )
    assert outcome.exit_code == 2
    assert "not a size such as 18MiB" in outcome.output


@pytest.mark.parametrize("variant", ["plain", "Plain=x", "words=x", "=x"])
def test_a_variant_has_a_name_and_a_folder(variant: str, tmp_path: Path) -> None:
    arguments = ["gather", variant, "--packed", str(tmp_path), "--output", str(tmp_path)]
    outcome = CliRunner().invoke(module.command, arguments)
    assert outcome.exit_code == 2
    assert "VARIANT=FOLDER" in outcome.output
