"""The little of ONNX files that is read without the onnx package.

Fields are numbered as in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from vaezoo.errors import DamagedFileError

_DEEPEST = 32  # graphs inside nodes of graphs

# Of each message, the fields that hold other messages which may hold tensors.
_INSIDE = {
    "model": {7: "graph", 20: "training", 25: "function"},
    "training": {1: "graph", 2: "graph"},
    "function": {7: "node", 11: "attribute"},
    "graph": {1: "node", 5: "tensor", 15: "sparse"},
    "sparse": {1: "tensor", 2: "tensor"},
    "node": {5: "attribute"},
    "attribute": {
        5: "tensor", 6: "graph", 10: "tensor", 11: "graph", 22: "sparse", 23: "sparse",
    },
    "tensor": {13: "entry"},
}  # fmt: skip


def read_tensor(path: Path, content: bytes | None = None) -> np.ndarray:
    """Reads a float32 TensorProto. Its fields are 1 dims, 2 data_type (1 is float32) and 9
    raw_data (little-endian). `content` is what the file was found to hold.

    Raises:
        DamagedFileError: missing, no TensorProto, or not float32.
    """
    try:
        content = path.read_bytes() if content is None else content
        fields = list(_fields(memoryview(content)))
        shape = [dim for key, value in fields if key == 1 for dim in _numbers(value)]
        (data_type,) = (value for key, value in fields if key == 2)
        (raw,) = (value for key, value in fields if key == 9)
        if data_type != 1 or isinstance(raw, int) or len(raw) != 4 * math.prod(shape):
            raise ValueError(f"type {data_type!r}, shape {shape}")
        return np.frombuffer(raw, "<f4").reshape(shape)
    except (OSError, ValueError, IndexError) as error:
        raise DamagedFileError(f"{path} is no readable float32 tensor ({error}).") from None


def external_files(path: Path, content: bytes | None = None) -> set[str]:
    """Names of the other files that an ONNX file says its tensors lie in. `content` is what the
    file was found to hold.

    Raises:
        DamagedFileError: missing, or no protobuf message.
    """
    try:
        content = path.read_bytes() if content is None else content
        return set(_locations(memoryview(content), "model", 0))
    except (OSError, ValueError, IndexError) as error:
        raise DamagedFileError(f"{path} is no readable ONNX file ({error}).") from None


def _locations(content: memoryview, message: str, depth: int) -> Iterator[str]:
    if depth > _DEEPEST:
        raise ValueError("nested too deeply")
    for key, value in _fields(content):
        inside = _INSIDE[message].get(key)
        if inside is None or isinstance(value, int):
            continue
        if inside == "entry":
            texts = {k: bytes(v) for k, v in _fields(value) if not isinstance(v, int)}
            if texts.get(1) == b"location":
                yield texts.get(2, b"").decode("utf-8", "replace")
        else:
            yield from _locations(value, inside, depth + 1)


def _fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers and values of a message: https://protobuf.dev/programming-guides/encoding."""
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        kind = key & 7
        if kind == 0:
            number, position = _varint(content, position)
            yield key >> 3, number
            continue
        if kind == 2:
            size, position = _varint(content, position)
        elif kind in (1, 5):
            size = 8 if kind == 1 else 4
        else:
            raise ValueError(f"wire type {kind}")
        if position + size > len(content):
            raise ValueError("truncated")
        yield key >> 3, content[position : position + size]
        position += size


def _varint(content: memoryview, position: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = content[position]
        value |= (byte & 127) << shift
        position, shift = position + 1, shift + 7
        if byte < 128:
            return value, position
        if shift > 63:
            raise ValueError("a number of more than 64 bits")


def _numbers(value: int | memoryview) -> list[int]:
    """One number, or packed ones."""
    if isinstance(value, int):
        return [value]
    numbers, position = [], 0
    while position < len(value):
        number, position = _varint(value, position)
        numbers.append(number)
    return numbers
