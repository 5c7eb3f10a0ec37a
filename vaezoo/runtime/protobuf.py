"""Protobuf messages, and tensors in them: what is read without the onnx package.

https://protobuf.dev/programming-guides/encoding
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import TypeAlias

import numpy as np

from vaezoo.errors import DamagedFileError

Value: TypeAlias = int | memoryview


def read_tensor(path: Path, content: bytes | None = None) -> np.ndarray:
    """Reads a float32 TensorProto. Its fields are 1 dims, 2 data_type (1 is float32) and 9
    raw_data (little-endian). `content` is what the file was found to hold.

    Raises:
        DamagedFileError: missing, no TensorProto, or not float32.
    """
    try:
        content = path.read_bytes() if content is None else content
        fields = list(read_fields(memoryview(content)))
        shape = [dim for key, value in fields if key == 1 for dim in numbers_of(value)]
        (data_type,) = (value for key, value in fields if key == 2)
        (raw,) = (value for key, value in fields if key == 9)
        if data_type != 1 or isinstance(raw, int) or len(raw) != 4 * math.prod(shape):
            raise ValueError(f"type {data_type!r}, shape {shape}")
        return np.frombuffer(raw, "<f4").reshape(shape)
    except (OSError, ValueError, IndexError, OverflowError) as error:
        raise DamagedFileError(f"{path} is no readable float32 tensor ({error}).") from None


def read_fields(content: memoryview) -> Iterator[tuple[int, int | memoryview]]:
    """Field numbers and values of a message, in order.

    Raises:
        ValueError: no message.
        IndexError: it ends in the middle of a number.
    """
    position = 0
    while position < len(content):
        key, position = _varint(content, position)
        if not 8 <= key < 2**32:
            raise ValueError(f"field number {key >> 3}")
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


def write_field(key: int, value: Value | bytes) -> bytes:
    """A field of a message: a number, or a message or string."""
    if isinstance(value, int):
        return _number(key << 3) + _number(value)
    return _number(key << 3 | 2) + _number(len(value)) + bytes(value)


def _number(value: int) -> bytes:
    parts = bytearray()
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


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


def numbers_of(value: int | memoryview) -> list[int]:
    """One number, or packed ones."""
    if isinstance(value, int):
        return [value]
    numbers, position = [], 0
    while position < len(value):
        number, position = _varint(value, position)
        numbers.append(number)
    return numbers
