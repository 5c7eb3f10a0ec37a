"""Writes ONNX files of any content, without the onnx package, which would refuse some."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

FLOAT, INT64 = 1, 7


def message(*fields: tuple[int, int | str | bytes]) -> bytes:
    """A protobuf message of field numbers and values."""
    return b"".join(_field(key, value) for key, value in fields)


def _field(key: int, value: int | str | bytes) -> bytes:
    if isinstance(value, int):
        return _varint(key << 3) + _varint(value % 2**64)
    content = value.encode() if isinstance(value, str) else value
    return _varint(key << 3 | 2) + _varint(len(content)) + content


def _varint(number: int) -> bytes:
    head = bytes([number & 127 | (128 if number > 127 else 0)])
    return head + _varint(number >> 7) if number > 127 else head


def tensor(name: str, values: Iterable[float], shape: Sequence[int] | None = None) -> bytes:
    """A constant of integers or floats; `shape` is what it says that it has."""
    numbers = list(values)
    whole = all(isinstance(number, int) for number in numbers)
    dims = [len(numbers)] if shape is None else shape
    raw = struct.pack(f"<{len(numbers)}{'q' if whole else 'f'}", *numbers)
    kind = INT64 if whole else FLOAT
    return message(*((1, size) for size in dims), (2, kind), (8, name), (9, raw))


def node(
    operator: str, inputs: Sequence[str], *outputs: str, domain: str = "", **attributes: object
) -> bytes:
    """An operation; attributes are integers, or bytes of a graph, or of a tensor as `value`."""
    fields = [(1, name) for name in inputs] + [(2, name) for name in outputs]
    given = [(5, _attribute(name, value)) for name, value in attributes.items()]
    return message(*fields, (4, operator), *given, *([(7, domain)] if domain else []))


def _attribute(name: str, value: object) -> bytes:
    if isinstance(value, int):
        return message((1, name), (3, value), (20, 2))
    assert isinstance(value, bytes)
    key, kind = (5, 4) if name == "value" else (6, 5)
    return message((1, name), (key, value), (20, kind))


def port(name: str, *shape: int | str, kind: int = FLOAT) -> bytes:
    """An input or output of a graph; the name of an axis is one of any size."""
    dims = [(1, message((2 if isinstance(size, str) else 1, size))) for size in shape]
    return message((1, name), (2, message((1, message((1, kind), (2, message(*dims)))))))


def graph(
    nodes: Sequence[bytes],
    constants: Sequence[bytes] = (),
    inputs: Sequence[bytes] = (),
    outputs: Sequence[bytes] = (),
) -> bytes:
    """Nodes with constants, and the ports of the whole."""
    parts = ((1, nodes), (5, constants), (11, inputs), (12, outputs))
    return message((2, "g"), *((key, value) for key, values in parts for value in values))


def model(graph: bytes, *more: tuple[int, bytes], opset: int = 18) -> bytes:
    """A file of one graph."""
    return message((1, 8), (7, graph), (8, message((1, ""), (2, opset))), *more)
