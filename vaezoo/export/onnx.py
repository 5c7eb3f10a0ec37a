"""A graph -> an ONNX file that was checked."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import onnx
import tensorflow as tf
import tf2onnx
from onnx.tools import update_model_dims

from vaezoo.errors import ExportError
from vaezoo.export.graphs import ExportGraph

OPSET = 18  # the newest that tf2onnx writes


def write_onnx(graph: ExportGraph, path: Path, metadata: Mapping[str, str]) -> None:
    """Converts, names the batch axis, adds the metadata, checks, writes.

    Raises:
        ExportError: an operation has no ONNX counterpart, or the checker objects.
    """
    function = tf.function(graph.function, input_signature=graph.signature)
    # tf2onnx writes invalid files as if all were well: what it logs is what went wrong.
    with _errors_of("tf2onnx") as errors:
        try:
            proto, _ = tf2onnx.convert.from_function(function, graph.signature, opset=OPSET)
        except Exception as error:  # whatever an operation that it does not know leads to
            errors.append(str(error))
    if errors:
        raise ExportError(f"the {graph.name} does not convert to ONNX: {'; '.join(errors)}.")
    proto = _with_named_batch(proto)
    proto.producer_name = "vaezoo"
    outputs = (output.name for output in proto.graph.output)
    proto.doc_string = f"{graph.name}: {', '.join(graph.inputs)} -> {', '.join(outputs)}"
    proto.graph.name = graph.name
    onnx.helper.set_model_props(proto, dict(metadata))
    try:
        onnx.checker.check_model(proto, full_check=True)
    except (onnx.checker.ValidationError, onnx.shape_inference.InferenceError) as error:
        raise ExportError(f"the {graph.name} is no valid ONNX: {error}.") from None
    path.write_bytes(proto.SerializeToString(deterministic=True))


def write_tensor(path: Path, name: str, array: object) -> None:
    """Writes one array as an ONNX TensorProto, as the test data of ONNX models are."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(onnx.numpy_helper.from_array(array, name).SerializeToString())


def _with_named_batch(proto: onnx.ModelProto) -> onnx.ModelProto:
    def dims(values: Any) -> dict[str, list[Any]]:
        return {
            value.name: ["batch", *(d.dim_value for d in value.type.tensor_type.shape.dim[1:])]
            for value in values
        }

    return update_model_dims.update_inputs_outputs_dims(
        proto, dims(proto.graph.input), dims(proto.graph.output)
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
