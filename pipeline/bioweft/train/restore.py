"""Takes a model folder's network back to be learnt from further."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from bioweft.errors import InputError
from bioweft.inference import NETWORK
from bioweft.train.network import Network, activate
from bioweft.train.onnx_file import Node, read_graph


def restore(network: Network, *folders: Path) -> None:
    """Give a network the weights and the activation that it has in a model folder, weights in eight bits rounded.

    Of several folders it is the mean of the weights: what models of one training's kind that began alike have learnt
    apart (Wortsman et al. 2022, *Model soups*).

    Raises:
        InputError: there is no model in a folder, or its network is not of the same form and size, or several have
            not the same activation.
    """
    states, activations = [], set()
    for folder in folders:
        _restore(network, folder)
        states.append({name: value.clone() for name, value in network.state_dict().items()})
        activations.add(network.encoder.config.hidden_act)
    if len(activations) > 1:
        raise InputError(f"there is no mean of encoders with {' and '.join(sorted(activations))}")
    mean = {name: torch.stack([state[name] for state in states]).mean(0) for name in states[0]}
    network.load_state_dict(mean)


def _restore(network: Network, folder: Path) -> None:
    try:
        stored, nodes = read_graph(folder / NETWORK)
        weights = {_plain(name): value for name, value in (stored | _linear(nodes, stored)).items()}
        if (layers := _layers(weights)) != len(network.encoder.encoder.layer):
            raise RuntimeError(f"its encoder has {layers} layers, not {len(network.encoder.encoder.layer)}")
        state = {name: _weight(name, value.shape, weights) for name, value in network.state_dict().items()}
        network.load_state_dict(state)
        relu = any(node.op_type == "Relu" and "/intermediate/" in node.name for node in nodes)
        activate(network.encoder, "relu" if relu else "gelu")
        if relu:
            _balance(network)
    except (OSError, ValueError, KeyError, RuntimeError) as error:
        raise InputError(f"{folder / NETWORK} is not a network of the form that is trained here ({error})") from error


@torch.no_grad()
def _balance(network: Network) -> None:
    """Let what goes into each unit of the feed-forward layers weigh as much as what comes out: the outputs stay.

    Eight bits have moved the scale of a unit from one side to the other. Of a unit that was never active then, so much
    that a step of a training would have thrown a huge number into the states of the few pieces that make it active.
    """
    for block in network.encoder.encoder.layer:
        before, after = block.intermediate.dense, block.output.dense
        given, taken = before.weight.norm(dim=1), after.weight.norm(dim=0)
        silent = taken < 1e-3 * taken.median()
        factor = torch.where(silent, given.median(), (given * taken).sqrt()) / given
        before.weight *= factor[:, None]
        before.bias *= factor
        after.weight /= torch.where(silent, 1.0, factor)


def _plain(name: str) -> str:
    """Return what a weight is called in the network that is trained, `bioweft.train.quantise` apart."""
    name = name.replace(".intermediate.layer.1.", ".output.dense.").replace(".intermediate.layer.0.", ".intermediate.")
    return re.sub(r"(\.layer)+(?=\.(weight|bias)$)", "", name)


def _layers(weights: Iterable[str]) -> int:
    return len({match[1] for name in weights if (match := re.match(r"encoder\.encoder\.layer\.(\d+)\.", name))})


def _linear(nodes: Sequence[Node], stored: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the weights of linear layers by the names that they have in torch: of some the graph names only the nodes.

    What `bioweft.train.quantise` has divided the inputs by is put back.
    """
    made_by = {output: node for node in nodes for output in node.output}

    def value(name: str) -> NDArray[Any] | None:
        node = made_by.get(name)
        if node is None or node.op_type != "DequantizeLinear" or node.input[0] not in stored:
            return stored.get(name)
        rows, scale = stored[node.input[0]], stored[node.input[1]]  # a scale per output channel
        scaled: NDArray[np.float32] = (rows.T * scale).T if node.integers["axis"] == 0 else rows * scale
        return scaled

    linear = {}
    for node in nodes:
        if node.op_type in ("MatMul", "Gemm") and (weight := value(node.input[1])) is not None:
            if node.op_type == "Gemm":
                module = node.input[1].rpartition(".")[0]
                bias = value(node.input[2])
                assert bias is not None
                linear[f"{module}.bias"] = bias
            else:
                module = node.name.strip("/").removesuffix("/MatMul").replace("/", ".")
                weight = weight.T
            source = made_by.get(node.input[0])
            while source is not None and source.op_type in ("QuantizeLinear", "DequantizeLinear", "Reshape"):
                source = made_by.get(source.input[0])
            if source is not None and source.op_type == "Mul" and source.input[1].endswith(".smaller"):
                weight = weight * stored[source.input[1]]
            linear[f"{module}.weight"] = weight
    return linear


def _weight(name: str, shape: torch.Size, weights: dict[str, NDArray[Any]]) -> Tensor:
    module, _, _ = name.rpartition(".")
    value = weights[f"{module}.rows"] * weights[f"{module}.scales"] if f"{module}.rows" in weights else weights[name]
    weight = torch.from_numpy(np.array(value, np.float32))
    if len(shape) == 3 and weight.ndim == 2:  # a convolution as a linear layer
        weight = weight.reshape(shape[0], shape[2], shape[1]).transpose(1, 2)
    return weight
