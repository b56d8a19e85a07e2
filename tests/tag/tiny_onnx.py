"""A model folder made by hand: a network that knows a few words by heart, and no torch to make it."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bioweft.inference import NETWORK, TOKENIZER
from bioweft.records import ENTITY_TYPES
from bioweft.tag.features import CHARACTERS, INPUTS, LISTED, SHAPES
from bioweft.tag.model import About, write_about
from tests.train import tiny

LABELS = (*ENTITY_TYPES, "family")
TYPES = {label: "gene" if label == "family" else label for label in LABELS}
NAMED = {"gene": "abc1", "chemical": "sanirin", "cell_line": "rx2", "disease": "fever", "species": "mice"}
SURE = 4.0
"""How far the emission of the right tag is above 0, and those of the wrong ones below."""

_WHOLE, _FRACTION = TensorProto.INT64, TensorProto.FLOAT
_SHAPES = {
    "pieces": (_WHOLE, ["b", "p"]),
    "there": (_WHOLE, ["b", "p"]),
    "first": (_WHOLE, ["b", "t"]),
    "tokens": (_WHOLE, ["b", "t"]),
    "spellings": (_WHOLE, ["s", CHARACTERS]),
    "spelling": (_WHOLE, ["b", "t"]),
    "shapes": (_FRACTION, ["b", "t", SHAPES]),
    "listed": (_FRACTION, ["b", "t", LISTED]),
    "guideline": (_WHOLE, ["b"]),
}


def write(folder: Path, *, dictionaries: tuple[str, ...] = ()) -> Path:
    """Write the model into a folder.

    The emission of a token is that of its first word piece; where dictionaries list a term, a mention of its type is
    the more likely, and with the guideline `Two` (number 2) nothing is one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    constants = [
        numpy_helper.from_array(_of_pieces(), "of_pieces"),
        numpy_helper.from_array(_of_hits(), "of_hits"),
        numpy_helper.from_array(_of_guidelines(), "of_guidelines"),
        numpy_helper.from_array(np.array([2], np.int64), "last"),
        numpy_helper.from_array(np.array([1], np.int64), "middle"),
        numpy_helper.from_array(np.array([0, 0, len(LABELS), 3], np.int64), "shape"),
    ]
    nodes = [
        helper.make_node("Gather", ["of_pieces", "pieces"], ["by_piece"]),
        helper.make_node("Unsqueeze", ["first", "last"], ["places"]),
        helper.make_node("GatherND", ["by_piece", "places"], ["by_token"], batch_dims=1),
        helper.make_node("MatMul", ["listed", "of_hits"], ["by_hit"]),
        helper.make_node("Add", ["by_token", "by_hit"], ["both"]),
        helper.make_node("Gather", ["of_guidelines", "guideline"], ["by_guideline"]),
        helper.make_node("Unsqueeze", ["by_guideline", "middle"], ["everywhere"]),
        helper.make_node("Add", ["both", "everywhere"], ["all"]),
        helper.make_node("Reshape", ["all", "shape"], ["emissions"]),
    ]
    inputs = [helper.make_tensor_value_info(name, *_SHAPES[name]) for name in INPUTS]
    output = helper.make_tensor_value_info("emissions", _FRACTION, ["b", "t", len(LABELS), 3])
    graph = helper.make_graph(nodes, "tiny", inputs, [output], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model)
    (folder / NETWORK).write_bytes(model.SerializeToString())
    tiny.tokenizer().save(str(folder / TOKENIZER))
    about = About(name="tiny", labels=LABELS, types=TYPES, guidelines=("One", "Two"), dictionaries=dictionaries)
    write_about(about, folder)
    return folder


def _of_pieces() -> np.ndarray:
    """Return the emissions of each word piece: outside, but for the names."""
    table = np.tile(np.array([SURE, -SURE, -SURE], np.float32), (len(tiny.WORDS), len(LABELS), 1))
    for label, name in NAMED.items():
        table[tiny.WORDS.index(name), LABELS.index(label)] = -SURE, SURE, -SURE
    return table.reshape(len(tiny.WORDS), -1)


def _of_hits() -> np.ndarray:
    """Return what the flags of dictionary hits add."""
    table = np.zeros((LISTED, len(LABELS), 3), np.float32)
    for number, type_ in enumerate(ENTITY_TYPES):
        table[2 * number, LABELS.index(type_), 1] = 3 * SURE
        table[2 * number + 1, LABELS.index(type_), 2] = 3 * SURE
    return table.reshape(LISTED, -1)


def _of_guidelines() -> np.ndarray:
    table = np.zeros((3, len(LABELS), 3), np.float32)
    table[2, :, 0] = 3 * SURE
    return table.reshape(3, -1)
