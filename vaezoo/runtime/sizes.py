"""How large an array is that a node makes, from the numbers in its graph that say so.

Such numbers are constants, sizes of other arrays, and what is computed from both. Of each short
array of them a magnitude is kept, which none of its numbers exceeds.
"""

from __future__ import annotations

import itertools
import math
import operator
from collections.abc import Callable, Mapping, Sequence

from vaezoo.runtime.onnx_files import FEW, Node

Numbers = Sequence[float]
Known = Mapping[str, Numbers]
Rule = Callable[[Sequence[Numbers]], Numbers]
# Stands for a size that data will have: what counts is how often it is multiplied.
_DIMENSION = 8.0
# Inputs that say how large the result is, by operator.
_SIZES = {
    "ConstantOfShape": (0,), "Expand": (1,), "OneHot": (1,), "Pad": (1,), "Range": (0, 1, 2),
    "Resize": (2, 3), "Tile": (1,),
}  # fmt: skip


def product(numbers: Numbers) -> float:
    """How many numbers an array of this shape has."""
    return math.prod(max(1.0, abs(number)) for number in numbers)


def growth(node: Node, known: Known) -> float | None:
    """How many numbers a node makes of one, as far as an input says so; None where that input is
    computed from data.

    Args:
        node: of a graph.
        known: magnitudes of the numbers of arrays, by name.
    """
    places = _SIZES.get(node.operator, ())
    names = [node.inputs[i] for i in places if i < len(node.inputs) and node.inputs[i]]
    given = [known[name] for name in names if name in known]
    if len(given) < len(names):
        return None
    if node.operator == "Range":
        start, limit, step = (max(numbers, default=0.0) for numbers in given)
        return (start + limit) / step if step else math.inf
    return math.prod(map(product, given))


def magnitudes(node: Node, known: Known) -> Numbers | None:
    """Of what a node makes, where that may say how large something is."""
    attributes = (*node.integers.values(), *node.floats.values(), *_constants(node))
    if node.operator in ("Constant", "ConstantOfShape"):
        found: Numbers = [abs(number) for numbers in attributes for number in numbers]
    elif node.operator in ("Shape", "Size"):
        found = [_DIMENSION]
    elif node.operator in _RULES:
        inputs, rule = _RULES[node.operator]
        given = [known.get(name) for name in node.inputs[inputs] if name]
        numbers = [one for one in given if one is not None]
        if not numbers or len(numbers) < len(given):
            return None
        found = rule(numbers)
    else:
        return None
    return found if len(found) <= FEW else [product(found)]


def _constants(node: Node) -> list[Numbers]:
    return [tensor.values for tensor in node.tensors if tensor.values is not None]


def _same(given: Sequence[Numbers]) -> Numbers:
    return given[0]


def _joined(given: Sequence[Numbers]) -> Numbers:
    return list(itertools.chain(*given))


def _together(combine: Callable[[float, float], float]) -> Rule:
    """Of operators that take one number of each input, or one number for all."""

    def both(a: Numbers, b: Numbers) -> Numbers:
        if len(a) == len(b):
            return list(map(combine, a, b))
        return [combine(max(a, default=0.0), max(b, default=0.0))] * max(len(a), len(b))

    def rule(given: Sequence[Numbers]) -> Numbers:
        result = given[0]
        for other in given[1:]:
            result = both(result, other)
        return result

    return rule


def _ratio(a: float, b: float) -> float:
    return a / min(b or 1.0, 1.0)


# Operators that move numbers, or make others of no greater magnitude.
_KEEPING = """
Abs Cast Ceil Expand Flatten Floor Gather Identity Neg ReduceMax ReduceMin Reshape Round Slice Split
Squeeze Tile Transpose Unsqueeze
"""
_FIRST, _ALL, _BRANCHES = slice(0, 1), slice(None), slice(1, None)
_RULES: dict[str, tuple[slice, Rule]] = {
    **dict.fromkeys(_KEEPING.split(), (_FIRST, _same)),
    "And": (_FIRST, lambda given: [1.0]),
    "Equal": (_FIRST, lambda given: [1.0]),
    "Greater": (_FIRST, lambda given: [1.0]),
    "Less": (_FIRST, lambda given: [1.0]),
    "Not": (_FIRST, lambda given: [1.0]),
    "Concat": (_ALL, _joined),
    "ReduceProd": (_FIRST, lambda given: [product(given[0])]),
    "ReduceSum": (_FIRST, lambda given: [sum(given[0])]),
    "Range": (_ALL, _together(max)),
    "Add": (_ALL, _together(operator.add)),
    "Sub": (_ALL, _together(operator.add)),
    "Mul": (_ALL, _together(operator.mul)),
    "Div": (_ALL, _together(_ratio)),
    "Max": (_ALL, _together(max)),
    "Min": (_ALL, _together(max)),
    "Mod": (_ALL, _together(max)),
    "Pow": (_ALL, _together(operator.pow)),
    "Where": (_BRANCHES, _together(max)),
}
