"""ONNX files, read without the onnx package: nodes and constants, before anything runs them.

Fields are numbered as in https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vaezoo.runtime.protobuf import Value, numbers_of, read_fields

_DEEPEST = 4  # graphs inside nodes of graphs
# Bytes of a number by data_type: float, (u)int8, (u)int16, int32, int64, bool, half, double, ...
_SIZES = {1: 4, 2: 1, 3: 1, 4: 2, 5: 2, 6: 4, 7: 8, 9: 1, 10: 2, 11: 8, 12: 4, 13: 8, 16: 2}
_NUMBERS = {1: "<f4", 6: "<i4", 7: "<i8", 11: "<f8"}  # of those that sizes are computed from
# Fields of a tensor that hold numbers one by one: bytes of each, None where that differs.
_TYPED = {4: 4, 5: None, 7: None, 10: 8, 11: None}
FEW = 64  # numbers of a constant that may be a shape


@dataclass(frozen=True)
class Tensor:
    """A constant.

    Attributes:
        name: of it.
        num: how many numbers it says that it has.
        elsewhere: whether they lie in another file.
        file: its name.
        place: their offset and bytes in that file.
        values: the numbers, where they are few.
    """

    name: str
    num: int
    elsewhere: bool = False
    file: str = ""
    place: tuple[int, int] = (0, 0)
    values: Sequence[float] | None = None


@dataclass(frozen=True)
class Node:
    """An operation.

    Attributes:
        operator, domain: what it does.
        inputs, outputs: names of arrays.
        integers: of its attributes, by name.
        floats: of its attributes, by name.
        tensors: constants in its attributes.
        graphs: in its attributes.
    """

    operator: str
    domain: str
    inputs: Sequence[str]
    outputs: Sequence[str]
    integers: Mapping[str, Sequence[int]]
    floats: Mapping[str, Sequence[float]]
    tensors: Sequence[Tensor]
    graphs: Sequence[Graph]


@dataclass(frozen=True)
class Graph:
    """Nodes in order, the constants beside them, and the names of its inputs."""

    nodes: Sequence[Node]
    tensors: Sequence[Tensor]
    inputs: Sequence[str]


def read(content: bytes) -> Graph:
    """The graph of an ONNX file.

    Raises:
        ValueError, IndexError: no ONNX file, or one with functions of its own, with sparse
            tensors, or with constants that are not what they say.
    """
    model = _Message(memoryview(content))
    model.refuse({20: "training steps", 25: "functions"})
    return _graph(model.one(7), 0)


def read_node(content: memoryview) -> Node:
    """A node of a graph. Raises as `read`."""
    return _node(content, 0)


def all_tensors(graph: Graph) -> Iterator[Tensor]:
    """The constants of a graph and of all graphs within."""
    yield from graph.tensors
    for node in graph.nodes:
        yield from node.tensors
        for inner in node.graphs:
            yield from all_tensors(inner)


class _Message:
    """A message's values by field."""

    def __init__(self, content: memoryview) -> None:
        self._values: dict[int, list[Value]] = {}
        for key, value in read_fields(content):
            self._values.setdefault(key, []).append(value)

    def refuse(self, fields: dict[int, str]) -> None:
        """Raises `ValueError` for a field that no export has."""
        for key, what in fields.items():
            if key in self._values:
                raise ValueError(f"it holds {what}, which no export has")

    def all(self, key: int) -> list[memoryview]:
        """Messages or strings."""
        return [value for value in self._values.get(key, ()) if not isinstance(value, int)]

    def one(self, key: int) -> memoryview:
        """The only one: a second one would be mixed with the first."""
        found = self.all(key)
        if len(found) != 1:
            raise ValueError(f"{len(found)} values of field {key}")
        return found[0]

    def at_most_one(self, key: int) -> list[memoryview]:
        """`one`, or none."""
        return [self.one(key)] if key in self._values else []

    def text(self, key: int) -> str:
        """A string; empty where there is none."""
        return str(self.one(key), "utf-8") if key in self._values else ""

    def texts(self, key: int) -> list[str]:
        return [str(value, "utf-8") for value in self.all(key)]

    def integers(self, key: int) -> list[int]:
        """Signed ones."""
        numbers = (n for value in self._values.get(key, ()) for n in numbers_of(value))
        return [n if n < 2**63 else n - 2**64 for n in numbers]

    def integer(self, key: int) -> int:
        """The last one, which is the one that counts; 0 where there is none."""
        return (self.integers(key) or [0])[-1]

    def floats(self, key: int) -> list[float]:
        return [n for value in self.all(key) for n in np.frombuffer(value, "<f4").tolist()]

    def num(self, key: int, size: int | None) -> int:
        """How many numbers a field holds."""
        values = self._values.get(key, ())
        return sum(1 if isinstance(value, int) else _count(value, size) for value in values)


def _count(packed: memoryview, size: int | None) -> int:
    """Each number without a size of its own ends with a byte below 128."""
    if size is None:
        return int((np.frombuffer(packed, np.uint8) < 128).sum())
    return len(packed) // size


def _graph(content: memoryview, depth: int) -> Graph:
    if depth > _DEEPEST:
        raise ValueError("graphs are nested too deeply")
    message = _Message(content)
    message.refuse({15: "sparse tensors"})
    inputs = [_Message(port).text(1) for port in message.all(11)]
    nodes = [_node(node, depth) for node in message.all(1)]
    return Graph(nodes, [_tensor(tensor) for tensor in message.all(5)], inputs)


def _node(content: memoryview, depth: int) -> Node:
    message, attributes = _Message(content), {}
    for value in message.all(5):
        attribute = _Message(value)
        attribute.refuse({21: "references", 22: "sparse tensors", 23: "sparse tensors"})
        attributes[attribute.text(1)] = attribute
    given = attributes.values()
    if len(given) != len(message.all(5)):
        raise ValueError("an attribute is given twice")
    return Node(
        message.text(4),
        message.text(7),
        message.texts(1),
        message.texts(2),
        integers={name: [*a.integers(3), *a.integers(8)] for name, a in attributes.items()},
        floats={name: [*a.floats(2), *a.floats(7)] for name, a in attributes.items()},
        tensors=[_tensor(t) for a in given for t in (*a.at_most_one(5), *a.all(10))],
        graphs=[_graph(g, depth + 1) for a in given for g in (*a.at_most_one(6), *a.all(11))],
    )


def _tensor(content: memoryview) -> Tensor:
    message = _Message(content)
    name, kind, shape = message.text(8), message.integer(2), message.integers(1)
    message.refuse({3: "tensors in segments", 6: "texts"})
    if kind not in _SIZES or any(size < 0 for size in shape):
        raise ValueError(f"constant {name!r} has type {kind} and shape {shape[:8]}")
    num = math.prod(shape)
    if message.all(13) or message.integer(14):
        file, place = _elsewhere(message)
        tensor, found = Tensor(name, num, True, file, place), place[1] / _SIZES[kind]
    elif message.all(9):
        raw = message.one(9)
        found = len(raw) / _SIZES[kind]
        tensor = Tensor(name, num, values=_few(raw, kind, num))
    else:
        found = sum(message.num(key, size) for key, size in _TYPED.items())
        tensor = Tensor(name, num, values=_few_typed(message, num))
    if found != num:
        raise ValueError(f"constant {name!r} says that it has {num:,} numbers, and has {found:,g}")
    return tensor


def _elsewhere(message: _Message) -> tuple[str, tuple[int, int]]:
    """The file that a constant lies in, with offset and bytes."""
    entries = [(entry.text(1), entry.text(2)) for entry in map(_Message, message.all(13))]
    facts = dict(entries)
    numbers = [facts.get(key, "0") for key in ("offset", "length")]
    if len(facts) != len(entries) or not all(n.isascii() and n.isdigit() for n in numbers):
        raise ValueError(f"a constant lies at {numbers[0][:20]!r} of another file")
    return facts.get("location", ""), (int(numbers[0]), int(numbers[1]))


def _few(raw: memoryview, kind: int, num: int) -> Sequence[float] | None:
    if kind not in _NUMBERS or num > FEW or len(raw) != num * _SIZES[kind]:
        return None
    values: list[float] = np.frombuffer(raw, _NUMBERS[kind]).tolist()
    return values


def _few_typed(message: _Message, num: int) -> Sequence[float] | None:
    if num > FEW:
        return None
    return [*message.floats(4), *message.integers(5), *message.integers(7)]
