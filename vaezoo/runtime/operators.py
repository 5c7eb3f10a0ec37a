"""What a graph may do: a finite amount of work, with arrays of bounded size.

ONNX Runtime runs whatever a file says. A graph of `Loop` may never end, functions may expand to
2^24 nodes, and one `Expand` fills the memory. Exports of the zoo have none of that: their graphs
are checked before a session is made.

All operators of the standard domain are allowed except those that repeat a graph (Loop, Scan,
SequenceMap), draw random numbers, or work on sequences and texts: an own layer may need an
operator that no model of the zoo does. `If` is allowed: it runs a graph once, or another.
"""

from __future__ import annotations

from collections.abc import Mapping

from vaezoo.runtime import onnx_files, sizes
from vaezoo.runtime.onnx_files import Graph, Node, Tensor
from vaezoo.runtime.sizes import Known

LARGEST = 2**28  # numbers of an array that a graph makes for one example
_DOMAINS = ("", "ai.onnx")

_NAMES = """
Abs Acos Acosh Add And ArgMax ArgMin Asin Asinh Atan Atanh AveragePool BatchNormalization
BitShift BitwiseAnd BitwiseNot BitwiseOr BitwiseXor Cast CastLike Ceil Celu Clip Compress Concat
Constant ConstantOfShape Conv ConvInteger ConvTranspose Cos Cosh CumSum DepthToSpace
DequantizeLinear Det Div Dropout DynamicQuantizeLinear Einsum Elu Equal Erf Exp Expand Flatten
Floor GRU Gather GatherElements GatherND Gelu Gemm GlobalAveragePool GlobalMaxPool Greater
GreaterOrEqual GridSample GroupNormalization HardSigmoid HardSwish Hardmax Identity If
InstanceNormalization IsInf IsNaN LRN LSTM LayerNormalization LeakyRelu Less LessOrEqual Log
LogSoftmax LpNormalization LpPool MatMul MatMulInteger Max MaxPool Mean
MeanVarianceNormalization Min Mish Mod Mul Neg NonZero Not OneHot Or PRelu Pad Pow QLinearConv
QLinearMatMul QuantizeLinear RNN Range Reciprocal ReduceL1 ReduceL2 ReduceLogSum
ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Relu
Reshape Resize ReverseSequence Round ScatterElements ScatterND Selu Shape Shrink Sigmoid Sign
Sin Sinh Size Slice Softmax Softplus Softsign SpaceToDepth Split Sqrt Squeeze Sub Sum Tan Tanh
ThresholdedRelu Tile TopK Transpose Trilu Unsqueeze Where Xor
"""
OPERATORS = frozenset(_NAMES.split())


def check(content: bytes, weights: Mapping[str, int]) -> None:
    """Checks a graph before ONNX Runtime reads it.

    Args:
        content: of its ONNX file.
        weights: bytes of the other files that its constants may lie in, by name.

    Raises:
        ValueError: it is no ONNX file, refers to another file, or could run without end or fill
            the memory, and how.
    """
    try:
        graph = onnx_files.read(content)
    except IndexError:
        raise ValueError("truncated") from None
    for tensor in onnx_files.all_tensors(graph):
        _check_place(tensor, weights)
    try:
        _check_nodes(graph, {})
    except OverflowError:
        raise ValueError("a size in it is no finite number") from None


def _check_place(tensor: Tensor, weights: Mapping[str, int]) -> None:
    if not tensor.elsewhere:
        return
    if tensor.file not in weights:
        raise ValueError(
            f"it refers to {tensor.file!r}, which its manifest does not name: it was not opened"
        )
    if sum(tensor.place) > weights[tensor.file]:
        raise ValueError(f"constant {tensor.name!r} ends after the end of {tensor.file!r}")


def _check_nodes(graph: Graph, around: Known) -> None:
    """Goes through the nodes in order; `around` are magnitudes of arrays of the graphs around."""
    names = [tensor.name for tensor in graph.tensors]
    if len(set(names)) < len(names):
        raise ValueError("two constants have one name")
    constants = {t.name: [abs(v) for v in t.values] for t in graph.tensors if t.values is not None}
    known = {**around, **constants}
    for node in graph.nodes:
        _check_operator(node)
        _check_sizes(node, known)
        made = sizes.magnitudes(node, known)
        for output in node.outputs:
            known.pop(output, None)
            if made is not None:
                known[output] = made
        for inner in node.graphs:
            _check_nodes(inner, known)


def _check_operator(node: Node) -> None:
    if node.operator not in OPERATORS or node.domain not in _DOMAINS:
        domain = f" of the domain {node.domain!r}" if node.domain else ""
        raise ValueError(
            f"it uses the operator {node.operator!r}{domain}, which may not be in an export: "
            "build the layer from other operations"
        )
    if node.graphs and node.operator != "If":
        raise ValueError(f"there is a graph within {node.operator!r}")


def _check_sizes(node: Node, known: Known) -> None:
    found = sizes.growth(node, known)
    if found is None:
        raise ValueError(f"how much {node.operator!r} makes depends on the data")
    numbers = () if node.operator == "Constant" else node.integers.values()
    for size in (found, *map(sizes.product, numbers)):
        if not size <= LARGEST:
            raise ValueError(f"{node.operator!r} makes {size:.0e} numbers, more than {LARGEST:.0e}")
