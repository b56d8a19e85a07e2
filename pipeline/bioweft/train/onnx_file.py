"""Reads the weights and the nodes of an ONNX file with NumPy alone, where the package onnx is not at hand.

Only what `bioweft.train.restore` asks for: an ONNX file is a message of Protocol Buffers, whose fields are numbered in
onnx.proto (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). Weights must lie within the file.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_MODEL_GRAPH = 7
_GRAPH_NODE, _GRAPH_INITIALIZER = 1, 5
_NODE_INPUT, _NODE_OUTPUT, _NODE_NAME, _NODE_TYPE, _NODE_ATTRIBUTE = 1, 2, 3, 4, 5
_ATTRIBUTE_NAME, _ATTRIBUTE_INT = 1, 3
_TENSOR_DIMS, _TENSOR_TYPE, _TENSOR_FLOATS, _TENSOR_INT32S, _TENSOR_INT64S, _TENSOR_NAME, _TENSOR_RAW = (
    1, 2, 4, 5, 7, 8, 9,
)  # fmt: skip
_TYPES = {1: np.float32, 2: np.uint8, 3: np.int8, 6: np.int32, 7: np.int64, 9: np.bool_, 11: np.float64}

_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
"""Wire types of Protocol Buffers: the forms in which a field is written."""


@dataclass(frozen=True, slots=True)
class Node:
    """An operation of the graph."""

    op_type: str
    name: str
    input: tuple[str, ...]
    output: tuple[str, ...]
    integers: dict[str, int]
    """Its attributes that are an integer."""


def read_graph(file: Path) -> tuple[dict[str, NDArray[np.generic]], list[Node]]:
    """Return the weights by name, and the nodes in their order.

    Raises:
        OSError: there is no such file.
        ValueError: it is not an ONNX file that is whole.
    """
    graph = [value for number, value in _fields(memoryview(file.read_bytes())) if number == _MODEL_GRAPH]
    if len(graph) != 1 or not isinstance(graph[0], memoryview):
        raise ValueError("it holds no graph")
    weights, nodes = {}, []
    for number, value in _fields(graph[0]):
        if number == _GRAPH_INITIALIZER:
            name, array = _tensor(_message(value))
            weights[name] = array
        elif number == _GRAPH_NODE:
            nodes.append(_node(_message(value)))
    return weights, nodes


def _fields(message: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Yield number and value of each field of a message."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        kind = key & 7
        if kind == _VARINT:
            value, place = _varint(message, place)
            yield key >> 3, value
            continue
        if kind == _BYTES:
            length, place = _varint(message, place)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            raise ValueError(f"a field of kind {kind} is unknown")
        if place + length > len(message):
            raise ValueError("it is cut off")
        yield key >> 3, message[place : place + length]
        place += length


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    value = shift = 0
    while place < len(message):
        byte = message[place]
        value |= (byte & 127) << shift
        place, shift = place + 1, shift + 7
        if byte < 128:
            return value, place
    raise ValueError("it is cut off")


def _message(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError("a number stands where a message should")
    return value


def _text(value: int | memoryview) -> str:
    return bytes(_message(value)).decode()


def _integers(value: int | memoryview) -> list[int]:
    """Return the numbers of a repeated field, of which some writers make one field and others many."""
    if isinstance(value, int):
        return [value]
    numbers, place = [], 0
    while place < len(value):
        number, place = _varint(value, place)
        numbers.append(number)
    return numbers


def _signed(number: int) -> int:
    """Return a number that is below 0 where it is written as one of 64 bits that is huge."""
    return number - (1 << 64) if number >> 63 else number


def _tensor(message: memoryview) -> tuple[str, NDArray[np.generic]]:
    name, type_, shape = "", 0, list[int]()
    raw: memoryview | None = None
    integers = list[int]()
    floats = bytearray()
    for number, value in _fields(message):
        if number == _TENSOR_NAME:
            name = _text(value)
        elif number == _TENSOR_TYPE and isinstance(value, int):
            type_ = value
        elif number == _TENSOR_DIMS:
            shape += _integers(value)
        elif number == _TENSOR_RAW:
            raw = _message(value)
        elif number == _TENSOR_FLOATS:
            floats += _message(value)
        elif number in (_TENSOR_INT32S, _TENSOR_INT64S):
            integers += _integers(value)
    if type_ not in _TYPES:
        raise ValueError(f"{name} has numbers of type {type_}, which is unknown here")
    kind = np.dtype(_TYPES[type_])
    if raw is not None:
        flat: NDArray[np.generic] = np.frombuffer(raw, kind)
    elif floats:
        flat = np.frombuffer(bytes(floats), kind)
    else:
        flat = np.array([_signed(integer) for integer in integers], kind)
    return name, flat.reshape(shape)


def _node(message: memoryview) -> Node:
    texts: dict[int, list[str]] = {_NODE_INPUT: [], _NODE_OUTPUT: [], _NODE_NAME: [], _NODE_TYPE: []}
    integers = {}
    for number, value in _fields(message):
        if number in texts:
            texts[number].append(_text(value))
        elif number == _NODE_ATTRIBUTE:
            attribute = dict(_fields(_message(value)))
            if isinstance(integer := attribute.get(_ATTRIBUTE_INT), int):
                integers[_text(attribute[_ATTRIBUTE_NAME])] = _signed(integer)
    return Node(
        "".join(texts[_NODE_TYPE]), "".join(texts[_NODE_NAME]), tuple(texts[_NODE_INPUT]), tuple(texts[_NODE_OUTPUT]),
        integers,
    )  # fmt: skip
