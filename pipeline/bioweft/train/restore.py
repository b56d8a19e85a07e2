"""Takes a model folder's network back to be learnt from further."""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from google.protobuf.message import DecodeError
from numpy.typing import NDArray
from onnx import numpy_helper
from torch import Tensor

from bioweft.errors import InputError
from bioweft.tag.model import NETWORK
from bioweft.train.network import Network


def restore(network: Network, folder: Path) -> None:
    """Give a network the weights that it has in a model folder, those in eight bits rounded.

    Raises:
        InputError: there is no model in the folder, or its network is not of the same form and size.
    """
    try:
        graph = onnx.load(folder / NETWORK).graph
        stored = {one.name: numpy_helper.to_array(one) for one in graph.initializer}
        weights = stored | _linear(graph, stored)
        network.load_state_dict({name: _weight(name, of.shape, weights) for name, of in network.state_dict().items()})
    except (OSError, DecodeError, KeyError, RuntimeError) as error:
        raise InputError(f"{folder / NETWORK} is not a network of the form that is trained here ({error})") from error


def _linear(graph: Any, stored: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Return the weights of linear layers by the names that they have in torch: the graph names only the nodes so.

    What `bioweft.train.quantise` has divided the inputs by is put back.
    """
    made_by = {output: node for node in graph.node for output in node.output}

    def value(name: str) -> NDArray[Any] | None:
        node = made_by.get(name)
        if node is None or node.op_type != "DequantizeLinear" or node.input[0] not in stored:
            return stored.get(name)
        scaled: NDArray[np.float32] = stored[node.input[0]] * stored[node.input[1]]  # a scale per output channel
        return scaled

    found = {}
    for node in graph.node:
        if node.op_type == "MatMul" and (weight := value(node.input[1])) is not None:
            source = made_by.get(node.input[0])
            while source is not None and source.op_type in ("QuantizeLinear", "DequantizeLinear"):
                source = made_by.get(source.input[0])
            if source is not None and source.op_type == "Mul" and source.input[1].endswith(".smaller"):
                weight = weight * stored[source.input[1]][:, None]
            module = node.name.strip("/").removesuffix("/MatMul").removesuffix("/layer").replace("/", ".")
            found[f"{module}.weight"] = weight.T
    return found


def _weight(name: str, shape: torch.Size, weights: dict[str, NDArray[Any]]) -> Tensor:
    module, _, kind = name.rpartition(".")
    if f"{module}.rows" in weights:
        value = weights[f"{module}.rows"] * weights[f"{module}.scales"]
    else:
        value = weights[name] if name in weights else weights[f"{module}.layer.{kind}"]
    weight = torch.from_numpy(np.array(value, np.float32))
    if len(shape) == 3 and weight.ndim == 2:  # a convolution as a linear layer
        weight = weight.reshape(shape[0], shape[2], shape[1]).transpose(1, 2)
    return weight
