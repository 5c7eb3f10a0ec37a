"""TensorFlow operations that tf2onnx lacks, composed of ONNX operations."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from onnx import TensorProto
from tf2onnx.utils import make_name


class _NodeBuilder:
    """Adds ONNX nodes: `op("Mul", x, 2.0)` is the name of the product."""

    def __init__(self, graph: Any, scope: str) -> None:
        self.graph, self.scope = graph, scope

    def __call__(self, kind: str, *inputs: str | float, **attr: object) -> str:
        name = self.graph.make_node(kind, [self._input(value) for value in inputs], attr=attr)
        return str(name.output[0])

    def _input(self, value: str | float) -> str:
        if isinstance(value, str):
            return value
        return str(self.graph.make_const(make_name(self.scope), np.float32(value)).output[0])


Body = Callable[..., str]


def _mul_no_nan(op: _NodeBuilder, x: str, y: str) -> str:
    """x y, and 0 wherever y is, whatever x is."""
    return op("Where", op("Equal", y, 0.0), 0.0, op("Mul", x, y))


def _xlogy(op: _NodeBuilder, x: str, y: str) -> str:
    """x log y, and 0 wherever x is."""
    zero = op("Equal", x, 0.0)
    return op("Where", zero, 0.0, op("Mul", x, op("Log", op("Where", zero, 1.0, y))))


def _log1p(op: _NodeBuilder, x: str) -> str:
    """log(1 + x): Goldberg 1991, theorem 4, https://doi.org/10.1145/103162.103163."""
    u = op("Add", x, 1.0)
    rest = op("Sub", u, 1.0)
    none = op("Equal", rest, 0.0)
    ratio = op("Div", op("Mul", x, op("Log", u)), op("Where", none, 1.0, rest))
    return op("Where", none, x, ratio)


def _expm1(op: _NodeBuilder, x: str) -> str:
    """exp(x) - 1 = tanh(x / 2) (exp(x) + 1)."""
    return op("Mul", op("Tanh", op("Mul", x, 0.5)), op("Add", op("Exp", x), 1.0))


def _lgamma(op: _NodeBuilder, x: str) -> str:
    """log gamma(x) for x > 0: Stirling's series at x + 8, and the recurrence back.

    Abramowitz & Stegun 1964, eqs. 6.1.15 and 6.1.41.
    """
    y = op("Add", x, 8.0)
    product = x
    for step in range(1, 8):
        product = op("Mul", product, op("Add", x, float(step)))
    inverse = op("Reciprocal", y)
    square = op("Mul", inverse, inverse)
    series = op("Add", op("Mul", square, 1 / 1260), -1 / 360)
    series = op("Mul", op("Add", op("Mul", series, square), 1 / 12), inverse)
    main = op("Sub", op("Mul", op("Sub", y, 0.5), op("Log", y)), y)
    total = op("Add", op("Add", main, 0.5 * math.log(2 * math.pi)), series)
    return op("Sub", total, op("Log", product))


def _broadcast_args(op: _NodeBuilder, x: str, y: str) -> str:
    """The shape that two shapes broadcast to."""
    one = op("ConstantOfShape", op("Cast", x, to=TensorProto.INT64))
    both = op("Expand", one, op("Cast", y, to=TensorProto.INT64))
    return op("Cast", op("Shape", both), to=TensorProto.INT32)


_BODIES: dict[str, Body] = {
    "BroadcastArgs": _broadcast_args,
    "Expm1": _expm1,
    "Lgamma": _lgamma,
    "Log1p": _log1p,
    "MulNoNan": _mul_no_nan,
    "Xlogy": _xlogy,
}


def _handler(body: Body) -> Callable[[Any, Any, str, Sequence[Any]], None]:
    def replace(graph: Any, node: Any, name: str, arguments: Sequence[Any]) -> None:
        output = body(_NodeBuilder(graph, name), *node.input)
        graph.replace_all_inputs(node.output[0], output)
        graph.remove_node(node.name)

    return replace


HANDLERS: dict[str, tuple[Any, list[Any]]] = {
    name: (_handler(body), []) for name, body in _BODIES.items()
}


def _select(op: _NodeBuilder, condition: str, x: str, y: str) -> str:
    """x or y: tf2onnx multiplies both, which infinite numbers do not survive."""
    return op("Where", condition, x, y)


EXACT_SELECT = {**HANDLERS, "SelectV2": (_handler(_select), [])}
