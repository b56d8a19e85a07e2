"""A whole training away from home: packed here, learnt where there is PyTorch alone, joined and judged here."""

import os
import subprocess
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

from benchmarks import models
from safetensors.torch import save_file

from bioweft.errors import InputError
from bioweft.records import Document, Passage
from bioweft.tag.model import read_about, write_about
from bioweft.tag.onnx import OnnxTagger
from bioweft.train import calibrate as calibration
from bioweft.train import development, packed, portable, recipes, tagger
from bioweft.train.export import export
from bioweft.train.network import Network, activate
from tests.conftest import CHECKOUT
from tests.tagging import split
from tests.train import bare, tiny
from tests.train.sentences import LEARNABLE
from tests.train.test_packed import packing


def new_network(folder: Path) -> Network:
    """Return a network of the packed sizes, the same each time."""
    torch.manual_seed(0)
    network = portable._network(packed.read(folder), None)
    with torch.no_grad():
        for value in network.parameters():  # weights that are equal would be written once
            value.add_(0.1 * torch.randn_like(value))
    return network


def started(network: Network, folder: Path) -> Path:
    """Write a model to begin from, whose encoder has not the activation that is learnt."""
    activate(network.encoder, "gelu")
    export(network, tiny.tokenizer(), folder, name="start", types={"gene": "gene"})
    return folder


@pytest.mark.slow
def test_from_pack_to_model_with_nothing_but_pytorch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packing(tmp_path / "packed")
    weights = tmp_path / "weights"
    small = {"ENCODER_BATCH": "64", "TAGGER_BATCH": "32", "GATHER_SECONDS": "0", "ENCODER_SHARE": "0.2"}
    programs = bare.environment(tmp_path / "bare")
    path = f"{programs}{os.pathsep}/usr/bin{os.pathsep}/bin"
    subprocess.run(
        [CHECKOUT / "models" / "on_gpu.sh", tmp_path / "packed", weights, "0.05", "none"],
        env={"PATH": path, "TMPDIR": str(tmp_path), "HOME": str(tmp_path), "OMP_NUM_THREADS": "1", **small},
        check=True,
    )
    log = (weights / "log.txt").read_text()
    assert "mean of plain, development parts: chemical" in log
    assert "a tagger failed" not in log
    monkeypatch.setattr(tagger, "load_tokenizer", lambda _: tiny.tokenizer())
    recipes.join(weights, "plain", tmp_path / "packed", tmp_path / "plain")
    monkeypatch.setattr(calibration, "SCORED", {"Mine": ("gene",)})
    monkeypatch.setattr(calibration, "_read", development_part)
    calibrated = calibration.calibrate(tmp_path / "plain", tmp_path, lambda line: None)
    assert calibrated.development.keys() == {"gene"}
    assert calibration.measured(tmp_path / "plain", tmp_path) == pytest.approx(calibrated.development, abs=1e-4)
    recipes.join(weights, "all", tmp_path / "packed", tmp_path / "all", like=tmp_path / "plain")
    joined = read_about(tmp_path / "all")
    assert (joined.outside, joined.development) == (calibrated.outside, calibrated.development)
    assert not models.better(joined.development, calibrated.development)  # it is the same
    tagged = list(OnnxTagger(tmp_path / "all").tag([split(DOCUMENT)]))
    assert len(tagged) == 1


DOCUMENT = Document("x:1", (Passage("paragraph", "sanirin binds abc1 in mice"),))


def development_part(tagger: OnnxTagger, *_: object) -> object:
    """Return one document as a development part."""
    sentences = tagger.read([DOCUMENT])
    emissions = tagger.emissions([sentence.features for sentence in sentences])
    gold: list[dict[str, set[tuple[int, int]]]] = [{"gene": {(14, 18)}}]
    return calibration._Part(("gene",), [DOCUMENT], gold, [set()], [{}], sentences, emissions)


def test_the_bare_environment_has_no_package_of_ours(tmp_path: Path) -> None:
    python = bare.environment(tmp_path) / "python3"
    for name in ("bioweft", "onnx", "pyarrow", "lxml", "duckdb"):
        assert subprocess.run([python, "-c", f"import {name}"], capture_output=True, check=False).returncode
    subprocess.run([python, "-c", "import torch, transformers"], check=True)


def test_training_goes_on_from_a_model_and_an_adapted_encoder(tmp_path: Path) -> None:
    packing(tmp_path / "packed")
    first = new_network(tmp_path / "packed")
    start = started(first, tmp_path / "start")
    settings = portable.EncoderSettings(steps=3, batch_pieces=64)
    portable.train_encoder(tmp_path / "packed", start, settings, tmp_path / "encoder", dropout=0.1)
    for seed in (1, 2):
        chosen = portable.TrainingSettings(steps=2, frozen=0, seed=seed)
        output = tmp_path / f"run{seed}"
        portable.train_tagger(tmp_path / "packed", start, tmp_path / "encoder", chosen, output, dropout=0.1)
    portable.gather(tmp_path / "packed", {"plain": [tmp_path / "run1", tmp_path / "run2"]}, tmp_path / "weights")
    network = portable.gathered_network(tmp_path / "weights", "plain", packed.read(tmp_path / "packed"))
    one, two = (portable._weights(tmp_path / f"run{seed}") for seed in (1, 2))
    for name, value in network.state_dict().items():
        assert torch.allclose(value, (one[name] + two[name]) / 2, atol=2e-3), name
    assert not torch.equal(one[portable._WORDS], first.encoder.embeddings.word_embeddings.weight)  # adapted
    assert torch.equal(one[portable._WORDS], two[portable._WORDS])  # and then frozen
    assert network.encoder.config.hidden_act == "relu"


def test_what_was_gathered_is_small_and_shared(tmp_path: Path) -> None:
    packing(tmp_path / "packed")
    state = {name: value.contiguous() for name, value in new_network(tmp_path / "packed").state_dict().items()}
    other = {name: value + (1 if name == portable._WORDS else 0) for name, value in state.items()}
    for name, weights in (("one", state), ("two", state), ("three", other)):
        (tmp_path / name).mkdir()
        save_file(weights, tmp_path / name / portable.WEIGHTS)
    variants = {"a": [tmp_path / "one"], "b": [tmp_path / "two"], "c": [tmp_path / "three"]}
    portable.gather(tmp_path / "packed", variants, tmp_path / "weights")
    pack = packed.read(tmp_path / "packed")
    for variant, expected in (("a", state), ("b", state), ("c", other)):
        network = portable.gathered_network(tmp_path / "weights", variant, pack)
        for name, value in network.state_dict().items():
            assert torch.allclose(value, expected[name], atol=0.02), (variant, name)
    numbers = sum(value.numel() for value in state.values())
    assert (tmp_path / "weights" / "model.safetensors").stat().st_size < 3 * 2 * numbers + 20_000
    with pytest.raises(InputError, match="has no variant 'd'; it has: a, b, c"):
        portable.gathered_network(tmp_path / "weights", "d", pack)
    (tmp_path / "weights" / "model.safetensors").write_bytes(b"cut")
    with pytest.raises(InputError, match="not whole"):
        portable.gathered_network(tmp_path / "weights", "a", pack)
    with pytest.raises(InputError, match="no trained weights"):
        portable.gather(tmp_path / "packed", {"a": [tmp_path / "none"]}, tmp_path / "weights")


def test_a_model_of_other_guidelines_is_no_start(tmp_path: Path) -> None:
    packing(tmp_path / "packed")
    start = started(new_network(tmp_path / "packed"), tmp_path / "start")
    write_about(read_about(start).model_copy(update={"guidelines": ("Two",)}), start)
    settings = portable.TrainingSettings(steps=1)
    with pytest.raises(InputError, match="pack anew"):
        portable.train_tagger(tmp_path / "packed", start, None, settings, tmp_path / "x", dropout=0)


def test_development_figures_are_exact_f1(tmp_path: Path) -> None:
    settings = tagger.TrainingSettings(steps=300, encoder_rate=3e-3, rate=1e-2, average=0.9)
    network = tiny.trained(LEARNABLE, settings, tmp_path)
    encoded = tiny.encoded(LEARNABLE)
    encoded.development[:] = True
    scores = development.f1_by_type(network, encoded, {"One": ("gene", "species")})
    assert scores["gene"]["One"] > 0.95
    assert development.f1_by_type(tiny.network(), encoded, {"One": ("gene",)})["gene"]["One"] < 0.5
    assert development.line({"gene": {"One": 0.5, "Two": 1.0}}) == "gene 0.7500 (One 0.500, Two 1.000)"
