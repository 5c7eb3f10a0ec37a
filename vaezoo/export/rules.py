"""The rules of a table as an ONNX file: rows in, rows that obey out, on any runtime."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo._storage.files import replaced_file
from vaezoo.errors import ExportError
from vaezoo.export.onnx import Weights, converted, write_checked
from vaezoo.export.operations import EXACT_SELECT
from vaezoo.networks import ObeyRules
from vaezoo.tables.schema import Schema

_CHECKED = 64  # rows


def export_rules(schema: Mapping[str, Any], path: str | os.PathLike[str]) -> None:
    """Writes the map that repairs rows as one ONNX graph: rows -> obeying, float64,
    [batch, width] each, encoded as `vaezoo.tables.Schema.encode` does. Its numbers are those of
    NumPy but for the last bit: their decimals are the same.

    Args:
        schema: what `Schema.to_dict` gives, with rules.
        path: of the file; it is complete or absent.

    Raises:
        ConfigError: the schema has no rules.
        ExportError: they do not convert, or ONNX Runtime gives other rows than NumPy.

    Example:
        >>> from vaezoo.export import export_rules
        >>> export_rules(schema.to_dict(), "rules.onnx")  # doctest: +SKIP
    """
    layer = ObeyRules(schema)
    signature = [tf.TensorSpec((None, Schema.of_dict(schema).width), tf.float64, name="rows")]
    traced = tf.function(lambda rows: {"obeying": layer(rows)}, signature, autograph=False)
    proto = converted("rules", traced, signature, EXACT_SELECT)
    for port in (*proto.graph.input, *proto.graph.output):
        port.type.tensor_type.shape.dim[0].dim_param = "batch"
    proto.graph.name = "rules"
    proto.doc_string = "rows -> obeying: encoded rows of a table, and the nearest that obey"
    with replaced_file(path) as temporary:
        write_checked(proto, Path(temporary), Weights())
        _check(Schema.of_dict(schema), Path(temporary))


def _check(schema: Schema, path: Path) -> None:
    """Raises `ExportError` where ONNX Runtime gives other rows than NumPy."""
    import onnxruntime

    rng = np.random.default_rng(0)
    rows = rng.normal(size=(_CHECKED, schema.width)) * rng.choice([1, 10, 100], (_CHECKED, 1))
    rows = schema.nearest(rows)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    (found,) = session.run(None, {"rows": rows})
    constraints = schema.constraints
    assert constraints is not None
    different = ~np.isclose(found, constraints.repair_rows(rows), rtol=1e-9, atol=1e-9)
    if different.any():
        raise ExportError(
            f"the rules as ONNX give other rows than NumPy in {different.any(axis=1).sum()} of "
            f"{_CHECKED}."
        )
