"""A model's deterministic graphs: arrays in, named arrays out, noise nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo.priors import StandardNormal


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


def refusal(model: Any) -> str | None:
    """Why a model cannot be exported; None where it can."""
    if model.condition is not None:
        return f"{type(model).__name__} has a condition, which the graphs have no input for"
    return None


def export_graphs(model: Any) -> list[ExportGraph]:
    """decoder: z -> parameters of p(x|z); encoder: x -> parameters of q(z|x); and, where p(z) is
    not N(0, I), prior: noise -> z."""

    def decode(z: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return _by_name(model.likelihood.parameters(model.decoder_outputs(z)))

    def encode(x: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return _by_name(model.posterior.parameters(model.encoder_outputs(x)))

    def prior(noise: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return {"z": model.from_noise(noise)}

    rng = np.random.default_rng(0)
    noise_shape = (model.prior.noise_dim,)

    def noise(num: int) -> np.ndarray:
        return rng.standard_normal((num, *noise_shape), dtype=np.float32)

    def codes(num: int) -> np.ndarray:
        return model.from_noise(noise(num)).numpy()

    def data(num: int) -> np.ndarray:
        low, high = model.likelihood.value_range or (-1.0, 1.0)
        return rng.uniform(low, min(high, low + 16), (num, *model.data_shape)).astype(np.float32)

    graphs = [
        ExportGraph("decoder", "z", (model.latent_dim,), decode, codes),
        ExportGraph("encoder", "x", model.data_shape, encode, data),
    ]
    if not isinstance(model.prior, StandardNormal):
        graphs.append(ExportGraph("prior", "noise", noise_shape, prior, noise))
    return graphs


def _by_name(outputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """In the order that TensorFlow, and so the ONNX file, will give them."""
    return dict(sorted(outputs.items()))
