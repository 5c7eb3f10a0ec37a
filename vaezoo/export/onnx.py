"""A graph -> a valid ONNX file."""

from __future__ import annotations

import contextlib
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import onnx
import onnx.external_data_helper
import tf2onnx
from onnx.tools import update_model_dims

from vaezoo.errors import ExportError
from vaezoo.export.graphs import ExportGraph, Shape
from vaezoo.export.operations import HANDLERS
from vaezoo.runtime import operators

OPSET = 18  # the newest that tf2onnx writes


_LEAST = 1024  # bytes of a weight that is worth sharing between files


class Weights:
    """Where the weights of an export are stored: none is written twice.

    An ONNX tensor may be a part of another file
    (https://onnx.ai/onnx/repo-docs/ExternalData.html). Here that file is the first ONNX file with
    the weight: it is complete by itself, and later graphs refer to it.
    """

    def __init__(self) -> None:
        self._places: dict[bytes, tuple[str, int]] = {}

    def refer(self, proto: onnx.ModelProto) -> tuple[str, ...]:
        """Replaces weights that are in other files by references; the names of these files."""
        files = set()
        for tensor in proto.graph.initializer:
            place = self._places.get(tensor.raw_data)
            if place is None:
                continue
            file, offset = place
            length = len(tensor.raw_data)
            onnx.external_data_helper.set_external_data(tensor, file, offset, length)
            tensor.ClearField("raw_data")
            files.add(file)
        return tuple(sorted(files))

    def add(self, proto: onnx.ModelProto, path: Path) -> None:
        """Remembers the weights that the file at `path` holds."""
        content = path.read_bytes()
        for tensor in proto.graph.initializer:
            if len(tensor.raw_data) >= _LEAST:
                self._places[tensor.raw_data] = (path.name, content.index(tensor.raw_data))


def write_onnx(
    graph: ExportGraph, path: Path, metadata: Mapping[str, str], weights: Weights
) -> tuple[str, ...]:
    """Converts, names the batch axis, adds the metadata, checks, writes.

    Returns:
        Names of the other files that hold some of its weights.

    Raises:
        ExportError: an operation has no ONNX counterpart, or the checker objects.
    """
    proto = converted(graph.name, graph.traced, graph.signature)
    proto = _with_named_axes(proto, graph)
    outputs = (output.name for output in proto.graph.output)
    proto.doc_string = f"{graph.name}: {', '.join(graph.inputs)} -> {', '.join(outputs)}"
    proto.graph.name = graph.name
    onnx.helper.set_model_props(proto, dict(metadata))
    return write_checked(proto, path, weights)


def converted(
    name: str, function: Any, signature: Sequence[Any], handlers: Mapping[str, Any] = HANDLERS
) -> onnx.ModelProto:
    """A function of TensorFlow as ONNX, some of its operations by handlers of ours.

    Raises:
        ExportError: an operation has no ONNX counterpart.
    """
    # tf2onnx writes invalid files without raising: its log says what went wrong.
    with _errors_of("tf2onnx") as errors:
        try:
            proto, _ = tf2onnx.convert.from_function(
                function, signature, opset=OPSET, custom_op_handlers=dict(handlers)
            )
        except Exception as error:  # whatever an unknown operation leads to
            errors.append(str(error))
    if errors:
        raise ExportError(f"the {name} does not convert to ONNX: {_reason(errors)}.")
    proto.producer_name = "vaezoo"
    return proto


def write_checked(proto: onnx.ModelProto, path: Path, weights: Weights) -> tuple[str, ...]:
    """Checks and writes a graph, without the weights that are in other files: the files' names.

    Raises:
        ExportError: the checker objects, or `vaezoo.runtime.operators.check`.
    """
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(f"{path.name} is not valid ONNX: {error}.") from None
    files = weights.refer(proto)
    content = proto.SerializeToString(deterministic=True)
    try:
        operators.check(content, {file: path.with_name(file).stat().st_size for file in files})
    except ValueError as error:  # the runtime would refuse it
        raise ExportError(f"{path.name}: {error}.") from None
    path.write_bytes(content)
    weights.add(proto, path)
    return files


def write_tensor(path: Path, name: str, array: object) -> None:
    """Writes one array as an ONNX TensorProto, the format of ONNX test data."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(onnx.numpy_helper.from_array(array, name).SerializeToString())


def _reason(errors: Sequence[str]) -> str:
    missing = {op for error in errors for op in re.findall(r": (\w+)\] is not supported", error)}
    return f"ONNX has no {', '.join(sorted(missing))}" if missing else "; ".join(errors)


def _with_named_axes(proto: onnx.ModelProto, graph: ExportGraph) -> onnx.ModelProto:
    def dims(shapes: Mapping[str, Shape]) -> dict[str, list[Any]]:
        return {
            name: ["batch", *("samples" if size is None else size for size in shape)]
            for name, shape in shapes.items()
        }

    return update_model_dims.update_inputs_outputs_dims(
        proto, dims(graph.inputs), dims(graph.outputs)
    )


@contextlib.contextmanager
def _errors_of(logger_name: str) -> Iterator[list[str]]:
    errors: list[str] = []

    class Collect(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            errors.append(record.getMessage().strip())

    logger = logging.getLogger(logger_name)
    handler = Collect(logging.ERROR)
    logger.addHandler(handler)
    try:
        yield errors
    finally:
        logger.removeHandler(handler)
