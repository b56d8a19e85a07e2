"""Eight bits in the place of 32."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.records import Document, Passage
from bioweft.tag.features import features
from bioweft.tag.onnx import OnnxTagger
from bioweft.train.corpora import LABELS
from bioweft.train.export import export
from bioweft.train.network import Network, activate
from bioweft.train.quantise import prepared
from bioweft.train.tagger import TrainingSettings, collate, train
from tests.tagging import mentions_of
from tests.train import tiny
from tests.train.examples import EXAMPLES

TYPES = {label: label for label in LABELS}
TEXTS = [example.text for example in EXAMPLES]
INPUTS = [collate(features(TEXTS[begin : begin + 4], tiny.words()), [0] * 4).inputs for begin in (0, 4, 8)]


@pytest.fixture(scope="module", params=["gelu", "relu"])
def network(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Network:
    settings = TrainingSettings(steps=300, encoder_rate=3e-3, rate=1e-2, average=0.9)
    network = tiny.network()
    activate(network.encoder, request.param)
    return train(EXAMPLES, network, tiny.tokenizer(), settings, tmp_path_factory.mktemp("training"))


@pytest.fixture(scope="module")
def folders(network: Network, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    whole, small = tmp_path_factory.mktemp("whole"), tmp_path_factory.mktemp("small")
    export(network, tiny.tokenizer(), whole, name="tiny", types=TYPES)
    export(network, tiny.tokenizer(), small, name="tiny", types=TYPES, inputs=INPUTS)
    return whole, small


def test_preparing_changes_emissions_only_by_rounding(network: Network) -> None:
    network.encoder.encoder.layer[0].intermediate.dense.weight.data[:, 3] *= 20  # a channel far larger than others
    other = prepared(network, INPUTS)
    with torch.no_grad():
        for inputs in INPUTS:
            assert torch.allclose(network(*inputs), other(*inputs), atol=0.2)
    network.encoder.encoder.layer[0].intermediate.dense.weight.data[:, 3] /= 20


def test_mentions_are_the_same(folders: tuple[Path, Path]) -> None:
    documents = [Document(f"x:{n}", (Passage("paragraph", text),)) for n, text in enumerate(TEXTS)]
    whole, small = (
        [[(m.start, m.end, m.type) for m in mentions] for mentions in mentions_of(OnnxTagger(folder), documents)]
        for folder in folders
    )
    assert whole == small
    assert sum(map(len, whole)) > 20


def test_the_batch_does_not_matter_at_all(folders: tuple[Path, Path]) -> None:
    tagger = OnnxTagger(folders[1])
    together = tagger.emissions(features(TEXTS, tiny.words()))
    for text, emissions in zip(TEXTS, together, strict=True):
        (alone,) = tagger.emissions(features([text], tiny.words()))
        assert np.allclose(alone, emissions, atol=1e-5)


def test_the_file_is_smaller(folders: tuple[Path, Path]) -> None:
    import onnx

    whole, small = (onnx.load(folder / "model.onnx") for folder in folders)
    assert {node.op_type for node in small.graph.node} >= {"QuantizeLinear", "DequantizeLinear"}
    kinds = {weight.name: weight.data_type for weight in small.graph.initializer}
    assert onnx.TensorProto.INT8 in kinds.values()
    assert len(kinds) > len(whole.graph.initializer)
