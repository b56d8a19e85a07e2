"""Makes a network small and fast for ordinary processors: eight bits in the place of 32.

Weights are int8 with a scale for each output channel, activations uint8 with ranges measured beforehand on examples, so
that a text's mentions do not depend on what else is in its batch. Embeddings are int8 with a scale for each word piece.
"""

import copy
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import onnx
import torch
from numpy.typing import NDArray
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process
from torch import Tensor, nn
from torch.nn import functional
from transformers.models.bert.modeling_bert import BertLayer

N = TypeVar("N", bound=nn.Module)

_SMOOTHING = 0.7
"""Share of the difference between channels that goes from a layer's inputs to its weights."""

_LEAST = 0.05
"""The largest value of a channel of inputs is taken to be at least so much of the channels' median."""


class _Rows(nn.Module):
    """An embedding of int8 rows with a scale each."""

    rows: Tensor
    scales: Tensor

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        scales = weight.abs().amax(1, keepdim=True).clamp(min=1e-8) / 127
        self.register_buffer("rows", (weight / scales).round().to(torch.int8))
        self.register_buffer("scales", scales)

    def forward(self, pieces: Tensor) -> Tensor:
        return self.rows[pieces].float() * self.scales[pieces]


class _Flat(nn.Module):
    """Linear layers of all places as the rows of one matrix: so weights and bias are one operation in ONNX (Gemm)."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, states: Tensor) -> Tensor:
        """Return outputs, shape (b, p, outputs), of states, shape (b, p, inputs); of rows alone, rows."""
        given: Tensor = self.layer(states.reshape(-1, int(states.shape[-1])))
        if states.ndim == 2:
            return given
        return given.view(states.shape[0], -1, int(given.shape[-1]))


class _Smoothed(nn.Module):
    """A linear layer whose inputs are made smaller where they are large."""

    smaller: Tensor

    def __init__(self, layer: nn.Module, larger: Tensor) -> None:
        super().__init__()
        self.layer = layer
        self.register_buffer("smaller", 1 / larger)

    def forward(self, states: Tensor) -> Tensor:
        smoothed: Tensor = self.layer(states * self.smaller)
        return smoothed


class _Linear(nn.Module):
    """A convolution over three places as a linear layer of each place and its neighbours: one can be in eight bits."""

    def __init__(self, convolution: nn.Conv1d) -> None:
        super().__init__()
        outputs, inputs, places = convolution.weight.shape
        self.layer = nn.Linear(places * inputs, outputs)
        self.layer.weight.data = convolution.weight.data.transpose(1, 2).flatten(1)
        assert convolution.bias is not None
        self.layer.bias.data = convolution.bias.data.clone()

    def forward(self, states: Tensor) -> Tensor:
        """Return outputs, shape (b, outputs, t), of states, shape (b, inputs, t)."""
        here = states.transpose(1, 2)
        wide = functional.pad(here, (0, 0, 1, 1))
        given: Tensor = self.layer(torch.cat((wide[:, :-2], here, wide[:, 2:]), -1))
        return given.transpose(1, 2)


def prepared(network: N, inputs: Sequence[tuple[Tensor, ...]], convolved: str = "") -> N:
    """Return a copy that loses less by eight bits and gives, but for the embeddings' rounding, the same outputs.

    `convolved` names the network's layers that have a convolution over three places, if it has such layers.

    In the states of an encoder a few channels are far larger than all others, and would make coarse the one range that
    all inputs of a layer share: Xiao et al. (2023), *SmoothQuant*, equation 4.
    """
    network = copy.deepcopy(network).eval()
    encoder: Any = network.encoder
    largest: dict[nn.Module, Tensor] = {}

    def measure(layer: nn.Module, arguments: tuple[Tensor, ...]) -> None:
        seen = arguments[0].detach().abs().flatten(0, -2).amax(0)
        largest[layer] = torch.maximum(largest.get(layer, seen), seen)

    blocks: list[Any] = [module for module in network.modules() if isinstance(module, BertLayer)]
    groups: list[tuple[Any, tuple[str, ...]]] = [(block.attention.self, ("key", "query", "value")) for block in blocks]
    groups += [(block.output, ("dense",)) for block in blocks] + [(block.intermediate, ("dense",)) for block in blocks]
    hooks = [getattr(module, names[0]).register_forward_pre_hook(measure) for module, names in groups]
    with torch.no_grad():
        for batch in inputs:
            network(*batch)
    for hook in hooks:
        hook.remove()
    relu = encoder.config.hidden_act == "relu"
    givers: dict[nn.Module, nn.Linear] = {b.output.dense: b.intermediate.dense for b in blocks} if relu else {}
    for module, names in groups:  # those of a group have the same inputs
        layers: list[nn.Linear] = [getattr(module, name) for name in names]
        weights = torch.stack([layer.weight.abs().amax(0) for layer in layers]).amax(0).clamp(min=1e-5)
        inputs_largest = largest[layers[0]]
        # What was hardly active on the examples may be so elsewhere, and is not blown up.
        inputs_largest = inputs_largest.clamp(min=float(inputs_largest.median()) * _LEAST + 1e-5)
        larger = (inputs_largest**_SMOOTHING / weights ** (1 - _SMOOTHING)).detach()
        for layer in layers:
            layer.weight.data *= larger
        if before := givers.get(layers[0]):  # what ReLU gives is smaller by as much as what it takes
            before.weight.data /= larger[:, None]
            before.bias.data /= larger
        else:
            for name, layer in zip(names, layers, strict=True):
                setattr(module, name, _Smoothed(layer, larger))
    for block in blocks:  # the whole of the feed-forward part, so that nothing stands between its operations
        block.intermediate = _Flat(nn.Sequential(block.intermediate, block.output.dense))
        block.output.dense = nn.Identity()
    above: Any = getattr(network, convolved) if convolved else ()
    for layer in above:
        layer.convolution = _Linear(layer.convolution)
    embeddings: Any = encoder.embeddings
    embeddings.word_embeddings = _Rows(embeddings.word_embeddings.weight.data)
    _flatten(network)
    return network


def _flatten(module: nn.Module) -> None:
    for name, child in list(module.named_children()):
        if isinstance(child, nn.Linear):
            setattr(module, name, _Flat(child))
        elif not isinstance(child, _Flat):
            _flatten(child)


class _Reader(CalibrationDataReader):  # type: ignore[misc]
    def __init__(self, names: Sequence[str], inputs: Sequence[tuple[Tensor, ...]]) -> None:
        self._names = names
        self._inputs: Iterator[tuple[Tensor, ...]] = iter(inputs)

    def get_next(self) -> dict[str, NDArray[Any]] | None:
        batch = next(self._inputs, None)
        return None if batch is None else dict(zip(self._names, (array.numpy() for array in batch), strict=True))


def quantise(source: Path, target: Path, names: Sequence[str], inputs: Sequence[tuple[Tensor, ...]]) -> None:
    """Write the network of an ONNX file with all its linear layers in eight bits.

    `names` are those of its inputs, and `inputs` batches of what it may see.
    """
    with tempfile.TemporaryDirectory() as folder:
        inferred = Path(folder) / "inferred.onnx"
        quant_pre_process(str(source), str(inferred), skip_symbolic_shape=True)
        graph = onnx.load(inferred).graph
        weights = {weight.name for weight in graph.initializer}
        linear = [node.name for node in graph.node if node.op_type == "Gemm" and node.input[1] in weights]
        quantize_static(
            str(inferred),
            str(target),
            _Reader(names, inputs),
            quant_format=QuantFormat.QDQ,
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            op_types_to_quantize=["Gemm"],
            nodes_to_quantize=linear,
            extra_options={"OpTypesToExcludeOutputQuantization": ["Gemm"]},
        )
