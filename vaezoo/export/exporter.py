"""Writes an export, verifies it, and moves it into place."""

from __future__ import annotations

import math
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

import keras
import numpy as np
import tensorflow as tf

import vaezoo
from vaezoo._core.components import Component
from vaezoo._model.base import LatentVariableModel
from vaezoo._storage.files import File, describe, replaced_directory
from vaezoo.errors import ExportError
from vaezoo.export.graphs import ExportGraph, export_graphs
from vaezoo.export.onnx import Weights, write_onnx, write_tensor
from vaezoo.export.rules import export_rules
from vaezoo.export.saved_model import FOLDER, signature, write_saved_model
from vaezoo.likelihoods import Table
from vaezoo.protocols import Array
from vaezoo.runtime.manifest import FILE, Condition, Family, Graph, Manifest, Port
from vaezoo.runtime.preparation import Preparation
from vaezoo.runtime.sessions import open_session
from vaezoo.runtime.verification import TOLERANCE, relative_difference
from vaezoo.samplers import Sampler

BATCHES = (1, 3, 64)
RULES = "rules.onnx"
# TensorFlow's product with a single row loses more digits than one with several.
FEWEST = 3
# Graphs that an export can do without: where one does not convert, the manifest says why.
OPTIONAL = {"score"}
ModelT = TypeVar("ModelT", bound=keras.Model)
Runner = Callable[[Sequence[np.ndarray]], Mapping[str, np.ndarray]]


def export_model(
    model: LatentVariableModel,
    path: str | os.PathLike[str],
    *,
    preset: str,
    weights_sha256: str,
    data: str = "",
    sampler: Sampler | None = None,
    preparation: Preparation | None = None,
) -> Manifest:
    """Writes one ONNX file per graph, saved_model/, test_data_set_0/ and manifest.json.

    The graphs are those of `vaezoo.export.graphs.export_graphs`. No weight is written twice:
    decoder.onnx is complete by itself, and later graphs refer to the file that holds the weights
    they share. Of a table with rules, rules.onnx is the map that `export_rules` writes.

    Everything is verified before the folder is moved into place: by the full ONNX checker, by
    ONNX Runtime, and against the outputs of Keras at batch sizes 1, 3 and 64, within 1e-5 of
    the largest value of an example (or of 1).

    Args:
        model: a `LatentVariableModel`. Half precision is exported as float32.
        path: the folder; an old export in it is replaced, anything else is an error.
        preset: the model's name.
        weights_sha256: hash of the model's weights file.
        data: what it was trained on.
        sampler: of `vaezoo.samplers`, fitted to the model's latents: the export then
            generates from it.
        preparation: of the data that it was trained on, where that is known.

    Raises:
        ExportError: a graph does not convert, or disagrees with the model. No file is left. (A
            score is optional: without it, the manifest says why.)
        ConfigError: the folder holds something other than an export.

    Example:
        >>> import tempfile
        >>> from vaezoo import export, models
        >>> model = models.VAE((6,), 2, network={"name": "mlp", "hidden": [4]})
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = f"{folder}/mine"
        ...     manifest = export.export_model(model, path, preset="mine", weights_sha256="0" * 64)
        >>> sorted(manifest.graphs)
        ['decoder', 'encoder', 'score']
    """
    model = in_float32(model)
    graphs = export_graphs(model, sampler)
    no_score = model.no_score()
    refused = {"score": no_score} if no_score else {}
    facts = _facts(model, preset=preset, data=data, weights_sha256=weights_sha256)
    with replaced_directory(path, FILE) as folder:
        exported = _write_graphs(graphs, folder, facts, refused)
        graphs = [graph for graph in graphs if graph.name in exported]
        write_saved_model(model, graphs, folder / FOLDER, sampler)
        if inexact := _inexact(graphs, folder):
            graphs = [graph for graph in graphs if graph.name not in inexact]
            exported = {graph.name: exported[graph.name] for graph in graphs}
            refused |= inexact
            shutil.rmtree(folder / FOLDER)
            write_saved_model(model, graphs, folder / FOLDER, sampler)
        for graph in graphs:
            write_test_data(graph, folder)
        schema = _schema(model)
        if schema is not None and "rules" in schema:
            export_rules(schema, folder / RULES)
        manifest = Manifest(
            graphs=exported,
            files=hashes(folder),
            refused=refused,
            condition=_condition(model),
            families=_families(model),
            preparation=preparation,
            schema=schema,
            **facts,
        )
        manifest.write(folder)
    return manifest


def _facts(
    model: LatentVariableModel, *, preset: str, data: str, weights_sha256: str
) -> dict[str, Any]:
    """What the manifest and each ONNX file say of the model."""
    return {
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


def _write_graphs(
    graphs: Sequence[ExportGraph], folder: Path, facts: Mapping[str, Any], refused: dict[str, str]
) -> dict[str, Graph]:
    """The graphs that convert, as ONNX files; why an optional one does not goes to `refused`."""
    weights, exported = Weights(), {}
    metadata = {key: str(value) for key, value in facts.items()}
    for graph in graphs:
        try:
            files = write_onnx(graph, _file(folder, graph), metadata, weights)
        except ExportError as error:
            if graph.name not in OPTIONAL:
                raise
            refused[graph.name] = str(error)
        else:
            exported[graph.name] = _describe(graph, files)
    return exported


def _inexact(graphs: Sequence[ExportGraph], folder: Path) -> dict[str, str]:
    """Why not, for the optional graphs that disagree with the model. Their files are removed.

    Rounding can do that: a density at the edge of the Poincare ball changes by more than the
    tolerance with the last bit of z.
    """
    worst = differences(graphs, folder)
    inexact = {name: value for name, value in worst.items() if not value <= TOLERANCE}
    if inexact.keys() - OPTIONAL or math.inf in inexact.values():
        raise ExportError(
            f"the exported graphs differ from the model by {max(inexact.values()):.1e}, more than "
            f"{TOLERANCE:.0e}: nothing was written."
        )
    for graph in graphs:
        if graph.name in inexact:
            _file(folder, graph).unlink()
    return {
        name: f"its values differ from the model's by {value:.1e}, more than {TOLERANCE:.0e}: "
        "float32 has too few digits for them"
        for name, value in inexact.items()
    }


def hashes(folder: Path) -> dict[str, File]:
    """Sizes and hashes of all files of an export, without its manifest, by path."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and path.name != FILE)
    return {path.relative_to(folder).as_posix(): describe(path) for path in paths}


def difference(graphs: Sequence[ExportGraph], folder: Path) -> float:
    """Largest of `differences`."""
    return max(differences(graphs, folder).values())


def differences(graphs: Sequence[ExportGraph], folder: Path) -> dict[str, float]:
    """Largest `relative_difference` of each ONNX file and the SavedModel from Keras, at every
    batch size."""
    signatures = tf.saved_model.load(folder / FOLDER).signatures
    names = tuple(f"{graph.name}.onnx" for graph in graphs)
    worst = dict.fromkeys((graph.name for graph in graphs), 0.0)
    for graph in graphs:
        function = signatures[signature(graph)]
        runners = (
            (of_onnx(_file(folder, graph), graph, names), FEWEST),
            (_saved_model(function, graph), 1),
        )
        for inputs in map(graph.example, BATCHES):
            for run, fewest in runners:
                expected = expected_outputs(graph, inputs, fewest)
                found = relative_difference(run(inputs), expected)
                worst[graph.name] = max(worst[graph.name], found)
    return worst


def expected_outputs(
    graph: ExportGraph, inputs: Sequence[Array], fewest: int = FEWEST
) -> dict[str, Array]:
    """What Keras gives for these rows, within a batch of no fewer than `fewest`."""
    num = len(inputs[0])
    batch = [np.concatenate([x] * math.ceil(fewest / num)) for x in inputs]
    return {name: value.numpy()[:num] for name, value in graph.function(*batch).items()}


def of_onnx(path: Path, graph: ExportGraph, weights: tuple[str, ...]) -> Runner:
    """A graph's ONNX file as a function; `weights` are other files that hold some of them."""
    session = open_session(path, weights=weights)
    names = [output.name for output in session.get_outputs()]

    def run(inputs: Sequence[np.ndarray]) -> Mapping[str, np.ndarray]:
        feed = dict(zip(graph.inputs, inputs, strict=True))
        return dict(zip(names, session.run(names, feed), strict=True))

    return run


def _saved_model(function: Callable[..., Any], graph: ExportGraph) -> Runner:
    def run(inputs: Sequence[np.ndarray]) -> Mapping[str, np.ndarray]:
        feed = dict(zip(graph.inputs, map(tf.constant, inputs), strict=True))
        return {key: value.numpy() for key, value in function(**feed).items()}

    return run


def in_float32(model: ModelT) -> ModelT:
    """The model, or one in float32 with its weights."""
    if model.compute_dtype == "float32":
        return model
    copy: ModelT = type(model).from_config(model.get_config() | {"dtype": "float32"})
    copy.set_weights(model.get_weights())
    return copy


def _file(folder: Path, graph: ExportGraph) -> Path:
    return folder / f"{graph.name}.onnx"


def _describe(graph: ExportGraph, weights: tuple[str, ...]) -> Graph:
    inputs = tuple(Port(name, tuple(shape)) for name, shape in graph.inputs.items())
    outputs = tuple(Port(name, tuple(shape)) for name, shape in graph.outputs.items())
    return Graph(f"{graph.name}.onnx", inputs, outputs, weights)


def _condition(model: LatentVariableModel) -> Condition | None:
    if model.condition is None:
        return None
    return Condition(model.condition.kind, model.condition.dim, model.condition.names)


def _schema(model: LatentVariableModel) -> Mapping[str, Any] | None:
    likelihood = model.likelihood
    is_table = isinstance(likelihood, Table) and likelihood.schema is not None
    return likelihood.layout.schema.to_dict() if is_table else None


def _families(model: LatentVariableModel) -> dict[str, Family]:
    """Of the distributions whose parameters the graphs give, where one class makes them."""
    components = {"decoder": model.likelihood, "encoder": model.posterior}
    return {
        graph: Family(_family_name(type(component)), _numbers(component))
        for graph, component in components.items()
        if component is not None
    }


def _family_name(component: type) -> str:
    """The class's name; with its module for one of a user's, which the runtime does not know."""
    own = not component.__module__.startswith("vaezoo.")
    return f"{component.__module__}.{component.__name__}" if own else component.__name__


def _numbers(component: Component) -> dict[str, float]:
    values = component.get_config().items()
    return {key: value for key, value in values if type(value) in (int, float)}


def write_test_data(graph: ExportGraph, folder: Path) -> None:
    """Writes examples of a graph's inputs, and what Keras gives for them."""
    place = folder / "test_data_set_0" / graph.name
    inputs = graph.example(3)
    for index, (name, x) in enumerate(zip(graph.inputs, inputs, strict=True)):
        write_tensor(place / f"input_{index}.pb", name, x)
    for index, (name, value) in enumerate(graph.function(*inputs).items()):
        write_tensor(place / f"output_{index}.pb", name, value.numpy())
