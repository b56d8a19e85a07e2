"""Reading ONNX files without the package onnx: what it gives is what the package gives."""

from pathlib import Path

import numpy as np
import pytest

onnx = pytest.importorskip("onnx", reason="files for the test are made with the extra `train`")

from onnx import TensorProto, helper, numpy_helper

from bioweft import resources
from bioweft.train.onnx_file import read_graph


def test_the_shipped_network() -> None:
    file = resources.models()[resources.DEFAULT_MODEL] / "model.onnx"
    weights, nodes = read_graph(file)
    graph = onnx.load(file).graph
    assert len(weights) == len(graph.initializer)
    for tensor in graph.initializer:
        expected = numpy_helper.to_array(tensor)
        assert weights[tensor.name].dtype == expected.dtype
        assert np.array_equal(weights[tensor.name], expected)
    for node, written in zip(nodes, graph.node, strict=True):
        assert (node.op_type, node.name) == (written.op_type, written.name)
        assert (list(node.input), list(node.output)) == (list(written.input), list(written.output))
        assert node.integers == {a.name: a.i for a in written.attribute if a.type == onnx.AttributeProto.INT}


@pytest.mark.parametrize("raw", [True, False])
@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (TensorProto.FLOAT, [0.5, -2.0, 3e9]),
        (TensorProto.INT8, [-128, 0, 127]),
        (TensorProto.UINT8, [0, 1, 255]),
        (TensorProto.INT32, [-(2**31), -1, 7]),
        (TensorProto.INT64, [-(2**63), -1, 2**62]),
    ],
)
def test_numbers_of_each_type(tmp_path: Path, kind: int, values: list[float], *, raw: bool) -> None:
    dtype = helper.tensor_dtype_to_np_dtype(kind)
    array = np.array(values, dtype)
    tensor = helper.make_tensor("x", kind, [3, 1], array.tobytes() if raw else array, raw=raw)
    file = tmp_path / "model.onnx"
    onnx.save(helper.make_model(helper.make_graph([], "g", [], [], [tensor])), file)
    weights, nodes = read_graph(file)
    assert (weights["x"].dtype, weights["x"].tolist(), nodes) == (dtype, array.reshape(3, 1).tolist(), [])


def test_a_file_that_is_cut_off_is_no_graph(tmp_path: Path) -> None:
    file = tmp_path / "model.onnx"
    tensor = helper.make_tensor("x", TensorProto.FLOAT, [100], np.ones(100, np.float32))
    onnx.save(helper.make_model(helper.make_graph([], "g", [], [], [tensor])), file)
    whole = file.read_bytes()
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        try:
            weights, _ = read_graph(file)
        except ValueError:
            continue
        assert weights["x"].tolist() == [1.0] * 100  # only what stands after the graph is gone
