"""A model's deterministic graphs: arrays in, named arrays out, noise nowhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo.priors import AutoregressiveCodes, StandardNormal


@dataclass(frozen=True)
class ExportGraph:
    """A graph to export.

    Attributes:
        name: "decoder".
        inputs: shapes by name, without the batch axis.
        function: the inputs, in order, each [batch, *shape] -> arrays by name.
        example: `num` typical examples of each input, for checks.
    """

    name: str
    inputs: Mapping[str, tuple[int, ...]]
    function: Callable[..., Mapping[str, tf.Tensor]]
    example: Callable[[int], Sequence[np.ndarray]]

    @property
    def signature(self) -> list[tf.TensorSpec]:
        """The inputs, for `tf.function`."""
        return [
            tf.TensorSpec((None, *shape), tf.float32, name=name)
            for name, shape in self.inputs.items()
        ]


def refusal(model: Any) -> str | None:
    """Why a model cannot be exported; None where it can."""
    if model.condition is not None:
        return f"{type(model).__name__} has a condition, which the graphs have no input for"
    return None


def export_graphs(model: Any) -> list[ExportGraph]:
    """decoder: z -> parameters of p(x|z); encoder: x -> parameters of q(z|x); and, where p(z) is
    not N(0, I), prior: noise -> z, one noise array a latent group, or a step of it for codes."""

    def decode(z: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return _by_name(model.likelihood_parameters(z))

    def encode(x: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return _by_name(model.posterior_parameters(x))

    def prior(*noise: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return {"z": model.from_noise(tf.concat(noise, axis=-1))}

    rng = np.random.default_rng(0)
    sizes = model.noise_dims
    names = ["noise"] if len(sizes) == 1 else [f"noise_{i + 1}" for i in range(len(sizes))]

    def noise(num: int) -> list[np.ndarray]:
        return [rng.standard_normal((num, size), dtype=np.float32) for size in sizes]

    def codes(num: int) -> list[np.ndarray]:
        return [model.from_noise(np.concatenate(noise(num), axis=-1)).numpy()]

    def data(num: int) -> list[np.ndarray]:
        low, high = model.likelihood.value_range or (-1.0, 1.0)
        high = min(high, low + 16)
        return [rng.uniform(low, high, (num, *model.data_shape)).astype(np.float32)]

    graphs = [
        ExportGraph("decoder", {"z": (model.latent_dim,)}, decode, codes),
        ExportGraph("encoder", {"x": model.data_shape}, encode, data),
    ]
    if isinstance(model.prior, AutoregressiveCodes):
        graphs.append(_step(model.prior, noise))
    elif len(sizes) > 1 or not isinstance(model.prior, StandardNormal):
        shapes = {name: (size,) for name, size in zip(names, sizes, strict=True)}
        graphs.append(ExportGraph("prior", shapes, prior, noise))
    return graphs


def _step(prior: AutoregressiveCodes, noise: Callable[[int], list[np.ndarray]]) -> ExportGraph:
    """codes, noise, place -> z: the codes with that at `place` drawn. A loop draws them all."""

    def step(codes: tf.Tensor, noise: tf.Tensor, place: tf.Tensor) -> Mapping[str, tf.Tensor]:
        return {"z": prior.step(codes, noise, place)}

    def example(num: int) -> list[np.ndarray]:
        (drawn,) = noise(num)
        places = np.full((num, 1), prior.latent_dim // 2, np.float32)
        return [prior.from_noise(tf.constant(drawn)).numpy(), drawn, places]

    shapes = {"codes": (prior.latent_dim,), "noise": (prior.noise_dim,), "place": (1,)}
    return ExportGraph("step", shapes, step, example)


def _by_name(outputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """In the order that TensorFlow, and so the ONNX file, will give them."""
    return dict(sorted(outputs.items()))
