"""A model's deterministic graphs: arrays in, named arrays out, noise nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo.networks import apply


@dataclass(frozen=True)
class ExportGraph:
    """A graph to export.

    Attributes:
        name: "decoder".
        input_name: "z".
        input_shape: without the batch axis.
        function: [batch, *input_shape] -> arrays by name.
        example: `num` typical inputs, for checks.
    """

    name: str
    input_name: str
    input_shape: tuple[int, ...]
    function: Callable[[tf.Tensor], Mapping[str, tf.Tensor]]
    example: Callable[[int], np.ndarray]

    @property
    def signature(self) -> tf.TensorSpec:
        """The input, for `tf.function`."""
        return tf.TensorSpec((None, *self.input_shape), tf.float32, name=self.input_name)


def export_graphs(model: Any) -> list[ExportGraph]:
    """decoder: z -> parameters of p(x|z); encoder: x -> parameters of q(z|x)."""

    def decode(z: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return _by_name(model.likelihood.parameters(apply(model.decoder, z)))

    def encode(x: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return _by_name(model.posterior.parameters(apply(model.encoder, x)))

    rng = np.random.default_rng(0)

    def codes(num: int) -> np.ndarray:
        return rng.standard_normal((num, model.latent_dim), dtype=np.float32)

    def data(num: int) -> np.ndarray:
        low, high = model.likelihood.value_range or (-1.0, 1.0)
        return rng.uniform(low, high, (num, *model.data_shape)).astype(np.float32)

    return [
        ExportGraph("decoder", "z", (model.latent_dim,), decode, codes),
        ExportGraph("encoder", "x", model.data_shape, encode, data),
    ]


def _by_name(outputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """In the order that TensorFlow, and so the ONNX file, will give them."""
    return dict(sorted(outputs.items()))
