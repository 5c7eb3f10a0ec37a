"""The step of a `MixtureDensityMemory` as an ONNX graph that agrees with it, or an error and no
files."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow as tf

import vaezoo
from vaezoo._storage.files import replaced_directory
from vaezoo.errors import ExportError
from vaezoo.export.exporter import (
    BATCHES,
    expected_outputs,
    hashes,
    in_float32,
    of_onnx,
    write_test_data,
)
from vaezoo.export.graphs import ExportGraph
from vaezoo.export.onnx import Weights, write_onnx
from vaezoo.protocols import Array
from vaezoo.runtime.manifest import FILE
from vaezoo.runtime.verification import TOLERANCE, relative_difference
from vaezoo.sequences import MixtureDensityMemory
from vaezoo.world.memory import STEP, MemoryManifest


def export_memory(
    model: MixtureDensityMemory,
    path: str | os.PathLike[str],
    *,
    preset: str,
    weights_sha256: str,
) -> MemoryManifest:
    """Writes step.onnx, test_data_set_0/ and manifest.json, for `vaezoo.world.ExportedMemory`.

        z [N, D], action [N, A], state [N, H] -> log_weights, means, scales [N, K, D] of the next z,
        reward [N], done_logit [N], next_state [N, H]

    The state before the first step is zeros. Everything is verified before the folder is moved into
    place: by the full ONNX checker, by ONNX Runtime, and against the outputs of Keras at batch
    sizes 1, 3 and 64, within 1e-5 of the largest value of an example (or of 1).

    Args:
        model: half precision is exported as float32.
        path: the folder; an old export in it is replaced, anything else is an error.
        preset: the model's name.
        weights_sha256: hash of the model's weights file.

    Raises:
        ExportError: the graph does not convert, or disagrees with the model. No file is left.
        ConfigError: the folder holds something other than an export.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from vaezoo import export, sequences
        >>> from vaezoo.world.memory import ExportedMemory
        >>> model = sequences.MixtureDensityMemory(2, 3, state_dim=4, num_components=2)
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = f"{folder}/mine"
        ...     _ = export.export_memory(model, path, preset="mine", weights_sha256="0" * 64)
        ...     memory = ExportedMemory(path)
        ...     found = memory.step([[0.5, -0.5]], [[0, 0, 1]], memory.initial_state(1))
        >>> found.means.shape, found.next_state.shape
        ((1, 2, 2), (1, 4))
    """
    model = in_float32(model)
    graph = step_graph(model)
    facts: dict[str, Any] = {
        "preset": preset,
        "latent_dim": model.latent_dim,
        "num_actions": model.num_actions,
        "state_dim": model.state_dim,
        "num_components": model.num_components,
        "weights_sha256": weights_sha256,
        "version": vaezoo.__version__,
    }
    with replaced_directory(path, FILE) as folder:
        metadata = {key: str(value) for key, value in facts.items()}
        write_onnx(graph, folder / f"{STEP}.onnx", metadata, Weights())
        _check(graph, folder / f"{STEP}.onnx")
        write_test_data(graph, folder)
        manifest = MemoryManifest(**facts, files=hashes(folder))
        manifest.write(folder)
    return manifest


def step_graph(model: MixtureDensityMemory) -> ExportGraph:
    """The graph of one step, with examples of its inputs: normal z, actions in turn, states of
    the size that a GRU's have."""
    rng = np.random.default_rng(0)

    def step(z: tf.Tensor, action: tf.Tensor, state: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return dict(sorted(model.step_tensors(z, action, state).items()))

    def example(num: int) -> list[Array]:
        z = rng.standard_normal((num, model.latent_dim), dtype=np.float32)
        action = np.eye(model.num_actions, dtype=np.float32)[np.arange(num) % model.num_actions]
        state = np.tanh(rng.standard_normal((num, model.state_dim), dtype=np.float32))
        return [z, action, state]

    sizes = {"z": model.latent_dim, "action": model.num_actions, "state": model.state_dim}
    return ExportGraph(STEP, {name: (size,) for name, size in sizes.items()}, step, example)


def _check(graph: ExportGraph, path: Path) -> None:
    """Raises `ExportError` where ONNX Runtime gives other numbers than Keras."""
    run = of_onnx(path, graph, ())
    for num in BATCHES:
        inputs = graph.example(num)
        found = relative_difference(run(inputs), expected_outputs(graph, inputs))
        if not found <= TOLERANCE:
            raise ExportError(
                f"the exported step differs from the model by {found:.1e}, more than "
                f"{TOLERANCE:.0e}: nothing was written."
            )
