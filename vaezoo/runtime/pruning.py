"""The part of a graph that one output depends on: ONNX Runtime runs all that a file has."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vaezoo.runtime.onnx_files import Node, read_node
from vaezoo.runtime.protobuf import Value, read_fields, write_field

# Fields of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto.
_GRAPH, _NODE, _OUTPUT, _NAME = 7, 1, 12, 1


def pruned(content: bytes, output: str) -> bytes:
    """An ONNX file without the nodes that one of its outputs does not need.

    Args:
        content: of a file that `vaezoo.runtime.operators.check` has found nothing in.
        output: a name.
    """
    return _written(
        (key, _pruned(value, output) if key == _GRAPH and not isinstance(value, int) else value)
        for key, value in read_fields(memoryview(content))
    )


def _pruned(graph: memoryview, output: str) -> bytes:
    fields, needed, dropped = list(read_fields(graph)), {output}, set()
    for place in range(len(fields) - 1, -1, -1):  # nodes come after those that they read
        key, value = fields[place]
        assert not isinstance(value, int)
        if key == _NODE:
            node = read_node(value)
            if needed.isdisjoint(node.outputs):
                dropped.add(place)
            else:
                needed |= {*_read_by(node)}
        elif key == _OUTPUT and _text(value, _NAME) != output:
            dropped.add(place)
    return _written(field for place, field in enumerate(fields) if place not in dropped)


def _read_by(node: Node) -> Iterator[str]:
    """Names that a node reads, and those that nodes of graphs within it do."""
    yield from node.inputs
    for graph in node.graphs:
        for inner in graph.nodes:
            yield from _read_by(inner)


def _text(message: memoryview, key: int) -> str:
    return next(
        str(v, "utf-8") for k, v in read_fields(message) if k == key and not isinstance(v, int)
    )


def _written(fields: Iterable[tuple[int, Value | bytes]]) -> bytes:
    return b"".join(write_field(key, value) for key, value in fields)
