"""A model -> a SavedModel that needs TensorFlow only."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tensorflow as tf

from vaezoo.errors import ExportError
from vaezoo.export.graphs import ExportGraph

# A graph's name, and what its signature is called.
SIGNATURES = {"decoder": "decode", "encoder": "encode", "prior": "prior", "step": "step"}


def write_saved_model(model: Any, graphs: Sequence[ExportGraph], path: Path) -> None:
    """Writes signatures `decode` (the default), `encode`, perhaps `prior`, and seeded `sample`.

    sample: num [] int32, seed [] int32 -> means of p(x|z) for z ~ p(z).
    """
    module = tf.Module()
    module.variables_ = [variable.value for variable in model.weights]  # tracked, so saved
    signatures = {}
    for graph in graphs:
        function = tf.function(graph.function, input_signature=graph.signature)
        signatures[SIGNATURES[graph.name]] = function.get_concrete_function()

    @tf.function(
        input_signature=[
            tf.TensorSpec((), tf.int32, name="num"),
            tf.TensorSpec((), tf.int32, name="seed"),
        ]
    )
    def sample(num: tf.Tensor, seed: tf.Tensor) -> Mapping[str, tf.Tensor]:
        noise = tf.random.stateless_normal([num, sum(model.noise_dims)], tf.stack([0, seed]))
        return graphs[0].function(model.from_noise(noise))

    signatures["sample"] = sample.get_concrete_function()
    default = tf.saved_model.DEFAULT_SERVING_SIGNATURE_DEF_KEY
    try:
        tf.saved_model.save(module, path, {default: signatures["decode"], **signatures})
    except tf.errors.OpError as error:
        raise ExportError(f"{path} cannot be written: {error.message}") from None
