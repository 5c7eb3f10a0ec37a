"""Writes an export, checks it, and gives it its name."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

import vaezoo
from vaezoo.errors import ExportError
from vaezoo.export.graphs import ExportGraph, export_graphs, refusal
from vaezoo.export.onnx import write_onnx, write_tensor
from vaezoo.export.saved_model import SIGNATURES, write_saved_model
from vaezoo.files import replaced_directory
from vaezoo.manifest import FILE, Graph, Manifest, Port, describe
from vaezoo.runtime import open_session
from vaezoo.verification import TOLERANCE, relative_difference

BATCHES = (1, 3, 64)
Runner = Callable[[Sequence[np.ndarray]], Mapping[str, np.ndarray]]


def export_model(
    model: Any,
    path: str | os.PathLike[str],
    *,
    preset: str,
    weights_sha256: str,
    data: str = "",
) -> Manifest:
    """Writes decoder.onnx, encoder.onnx, saved_model/, test_data_set_0/ and manifest.json; and
    prior.onnx, where p(z) is not N(0, I).

    Everything is checked before the folder gets its name: the full ONNX checker, a load in
    ONNX Runtime, and the same numbers as Keras gives, at batch sizes 1, 3 and 64, within
    1e-5 of the largest value of an example (or of 1).

    Args:
        model: a `VAE`. One of half precision is exported in float32.
        path: the folder; an old export in it is replaced, anything else is refused.
        preset: the model's name.
        weights_sha256: hash of the weights file that the model came from.
        data: what it was trained on.

    Raises:
        ExportError: a graph does not convert, or disagrees with the model. Nothing is left.
        ConfigError: the folder holds something else than an export.
    """
    if reason := refusal(model):
        raise ExportError(f"not exported: {reason}.")
    model = _in_float32(model)
    graphs = export_graphs(model)
    facts = {
        "preset": preset,
        "model": type(model).__name__,
        "data_shape": model.data_shape,
        "latent_dim": model.latent_dim,
        "codebook_size": model.codebook_size,
        "likelihood": type(model.likelihood).__name__,
        "value_range": model.likelihood.value_range,
        "data": data,
        "weights_sha256": weights_sha256,
        "version": vaezoo.__version__,
    }
    with replaced_directory(path, FILE) as folder:
        for graph in graphs:
            write_onnx(graph, _file(folder, graph), {k: str(v) for k, v in facts.items()})
        write_saved_model(model, graphs, folder / "saved_model")
        worst = difference(graphs, folder)
        if not worst <= TOLERANCE:
            raise ExportError(
                f"the exported graphs differ from the model by {worst:.1e}, more than "
                f"{TOLERANCE:.0e}: nothing was written."
            )
        for graph in graphs:
            _write_test_data(graph, folder)
        listed = {
            found.relative_to(folder).as_posix(): describe(found)
            for found in sorted(folder.rglob("*"))
            if found.is_file() and found.name != FILE
        }
        described = {graph.name: _describe(graph) for graph in graphs}
        manifest = Manifest(graphs=described, files=listed, **facts)
        manifest.write(folder)
    return manifest


def difference(graphs: Sequence[ExportGraph], folder: Path) -> float:
    """Largest difference of the ONNX files and the SavedModel from Keras, at every batch size.

    As `relative_difference` has it.
    """
    signatures = tf.saved_model.load(folder / "saved_model").signatures
    worst = 0.0
    for graph in graphs:
        signature = signatures[SIGNATURES[graph.name]]
        runners = (_onnx(_file(folder, graph), graph), _saved_model(signature, graph))
        for inputs in map(graph.example, BATCHES):
            expected = {name: value.numpy() for name, value in graph.function(*inputs).items()}
            for run in runners:
                worst = max(worst, relative_difference(run(inputs), expected))
    return worst


def _onnx(path: Path, graph: ExportGraph) -> Runner:
    session = open_session(path)
    names = [output.name for output in session.get_outputs()]

    def run(inputs: Sequence[np.ndarray]) -> Mapping[str, np.ndarray]:
        feed = dict(zip(graph.inputs, inputs, strict=True))
        return dict(zip(names, session.run(names, feed), strict=True))

    return run


def _saved_model(signature: Any, graph: ExportGraph) -> Runner:
    def run(inputs: Sequence[np.ndarray]) -> Mapping[str, np.ndarray]:
        feed = dict(zip(graph.inputs, map(tf.constant, inputs), strict=True))
        return {key: value.numpy() for key, value in signature(**feed).items()}

    return run


def _in_float32(model: Any) -> Any:
    if model.compute_dtype == "float32":
        return model
    copy = type(model).from_config(model.get_config() | {"dtype": "float32"})
    copy.set_weights(model.get_weights())
    return copy


def _file(folder: Path, graph: ExportGraph) -> Path:
    return folder / f"{graph.name}.onnx"


def _describe(graph: ExportGraph) -> Graph:
    outputs = {name: value.shape[1:] for name, value in graph.function(*graph.example(1)).items()}
    return Graph(
        f"{graph.name}.onnx",
        tuple(Port(name, tuple(shape)) for name, shape in graph.inputs.items()),
        tuple(Port(name, tuple(shape)) for name, shape in outputs.items()),
    )


def _write_test_data(graph: ExportGraph, folder: Path) -> None:
    place = folder / "test_data_set_0" / graph.name
    inputs = graph.example(3)
    for index, (name, x) in enumerate(zip(graph.inputs, inputs, strict=True)):
        write_tensor(place / f"input_{index}.pb", name, x)
    for index, (name, value) in enumerate(graph.function(*inputs).items()):
        write_tensor(place / f"output_{index}.pb", name, value.numpy())
