"""Learning further from a model folder."""

from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="training needs the extra `train`")

from bioweft.errors import InputError
from bioweft.inference import NETWORK
from bioweft.tag.features import features
from bioweft.train.export import export
from bioweft.train.network import activate
from bioweft.train.restore import restore
from bioweft.train.tagger import collate
from tests.train import tiny

TEXTS = ["abc1 binds sanirin.", "Fever in mice (rx2)."]


@pytest.mark.parametrize("activation", ["gelu", "relu"])
@pytest.mark.parametrize("eight_bits", [False, True])
def test_a_restored_network_gives_what_the_written_one_gave(
    tmp_path: Path, *, eight_bits: bool, activation: str
) -> None:
    network = tiny.network().eval()
    activate(network.encoder, activation)
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.1 * torch.randn_like(value))
    batch = collate(features(TEXTS, tiny.words()), [0, 1])
    inputs = [batch] if eight_bits else []
    export(network, tiny.tokenizer(), tmp_path, name="tiny", types={"gene": "gene"}, inputs=inputs)
    other = tiny.network().eval()
    restore(other, tmp_path)
    with torch.no_grad():
        written, restored, fresh = (one(*batch) for one in (network, other, tiny.network().eval()))
    assert torch.allclose(written, restored, atol=0.05 if eight_bits else 1e-6)
    assert not torch.allclose(written, fresh, atol=0.3)


def test_a_unit_that_is_never_active_is_not_blown_up(tmp_path: Path) -> None:
    network = tiny.network().eval()
    activate(network.encoder, "relu")
    with torch.no_grad():
        for value in network.parameters():
            value.add_(0.1 * torch.randn_like(value))
        network.encoder.encoder.layer[0].intermediate.dense.bias[3] = -100
    batch = collate(features(TEXTS, tiny.words()), [0, 1])
    export(network, tiny.tokenizer(), tmp_path, name="tiny", types={"gene": "gene"}, inputs=[batch])
    other = tiny.network().eval()
    restore(other, tmp_path)
    scales = other.encoder.encoder.layer[0].intermediate.dense.weight.norm(dim=1)
    assert scales.max() < 10 * scales.median()
    with torch.no_grad():
        assert torch.allclose(network(*batch), other(*batch), atol=0.05)


def test_of_several_models_it_is_the_mean(tmp_path: Path) -> None:
    networks = [tiny.network(), tiny.network()]
    with torch.no_grad():
        for value in (*networks[0].parameters(), *networks[1].parameters()):
            value.add_(0.1 * torch.randn_like(value))
    for number, network in enumerate(networks):
        export(network, tiny.tokenizer(), tmp_path / str(number), name="tiny", types={})
    other = tiny.network()
    restore(other, tmp_path / "0", tmp_path / "1")
    for mean, one, another in zip(other.parameters(), *(network.parameters() for network in networks), strict=True):
        assert torch.allclose(mean, (one + another) / 2, atol=1e-5)
    activate(networks[1].encoder, "relu")
    export(networks[1], tiny.tokenizer(), tmp_path / "1", name="tiny", types={})
    with pytest.raises(InputError, match="no mean of encoders with gelu and relu"):
        restore(other, tmp_path / "0", tmp_path / "1")


def test_an_encoder_of_other_depth_is_refused(tmp_path: Path) -> None:
    deeper = tiny.network(layers=2).eval()
    export(deeper, tiny.tokenizer(), tmp_path, name="tiny", types={})
    with pytest.raises(InputError, match="its encoder has 2 layers, not 1"):
        restore(tiny.network(), tmp_path)


def test_what_is_no_network(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=NETWORK):
        restore(tiny.network(), tmp_path)
    (tmp_path / NETWORK).write_bytes(b"cut")
    with pytest.raises(InputError, match=NETWORK):
        restore(tiny.network(), tmp_path)
