"""A model's deterministic graphs: arrays in, named arrays out; all noise is an input."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import tensorflow as tf

from vaezoo._model.base import LatentVariableModel
from vaezoo.likelihoods.standardised import Standardised
from vaezoo.likelihoods.table import Table
from vaezoo.protocols import Array
from vaezoo.samplers import Sampler

Shape = tuple[int | None, ...]
_SAMPLES = 2  # of each example, in the examples of a score


@dataclass(frozen=True)
class ExportGraph:
    """A graph to export.

    Attributes:
        name: "decoder".
        inputs: shapes by name, without the batch axis; None is an axis of any size.
        function: the inputs, in order, each [batch, *shape] -> arrays by name.
        example: `num` typical examples of each input, for checks.
    """

    name: str
    inputs: Mapping[str, Shape]
    function: Callable[..., Mapping[str, tf.Tensor]]
    example: Callable[[int], Sequence[Array]]

    @functools.cached_property
    def traced(self) -> tf.types.experimental.PolymorphicFunction:
        """`function` for inputs of any batch size: traced once for ONNX and the SavedModel."""
        return tf.function(self.function, input_signature=self.signature, autograph=False)

    @functools.cached_property
    def outputs(self) -> Mapping[str, Shape]:
        """Shapes by name, without the batch axis."""
        outputs = self.traced.get_concrete_function().structured_outputs
        return {name: tuple(value.shape[1:]) for name, value in outputs.items()}

    @property
    def signature(self) -> list[tf.TensorSpec]:
        """The inputs, for `tf.function`."""
        return [
            tf.TensorSpec((None, *shape), tf.float32, name=name)
            for name, shape in self.inputs.items()
        ]


def export_graphs(model: LatentVariableModel, sampler: Sampler | None = None) -> list[ExportGraph]:
    """The graphs of a model, and of a sampler fitted to its latents; c for conditional models.

    decoder: z, c -> parameters of p(x|z);  encoder: x, c -> parameters of q(z|x);
    prior: noise, c -> z, with one noise array per latent group, unless p(z) is N(0, I);
    step: codes, noise, place -> z, instead of `prior`, where codes are drawn one by one;
    sampler: noise -> z, or noise, c -> z;  classifier: x -> q(c|x);
    score: x, noise, c -> log p(x, z) - log q(z|x) for every draw.
    """
    graphs = _Graphs(model)
    result = [graphs.decoder(), graphs.encoder()]
    match "prior" if len(model.noise_dims) > 1 else model.prior.export_graph:
        case "prior":
            result.append(graphs.prior())
        case "step":
            result.append(graphs.step())
    if sampler is not None:
        result.append(graphs.sampler(sampler))
    if model.sums_out_condition:
        result.append(graphs.classifier())
    if model.no_score() is None:
        result.append(graphs.score())
    return result


class _Graphs:
    """Builds each graph, with examples of its inputs."""

    def __init__(self, model: LatentVariableModel) -> None:
        self.model = model
        self.rng = np.random.default_rng(0)

    def decoder(self) -> ExportGraph:
        def decode(z: tf.Tensor, *condition: tf.Tensor) -> Mapping[str, tf.Tensor]:
            return _by_name(self.model.likelihood_parameters(z, *condition))

        def example(num: int) -> list[Array]:
            condition = self.conditions(num)
            noise = np.concatenate(self.noise(num, self.model.noise_dims), axis=-1)
            return [self.model.from_noise(noise, *condition).numpy(), *condition]

        inputs = {"z": (self.model.latent_dim,), **self.condition}
        return ExportGraph("decoder", inputs, decode, example)

    def encoder(self) -> ExportGraph:
        def encode(x: tf.Tensor, *condition: tf.Tensor) -> Mapping[str, tf.Tensor]:
            return _by_name(self.model.posterior_parameters(x, *condition))

        def example(num: int) -> list[Array]:
            return [self.data(num), *self.conditions(num)]

        return ExportGraph(
            "encoder", {"x": self.model.data_shape, **self.condition}, encode, example
        )

    def prior(self) -> ExportGraph:
        names = _numbered("noise", self.model.noise_dims)
        condition = self.condition if self.model.prior.is_conditional else {}

        def prior(*inputs: tf.Tensor) -> Mapping[str, tf.Tensor]:
            noise = tf.concat(inputs[: len(names)], axis=-1)
            return {"z": self.model.from_noise(noise, *inputs[len(names) :])}

        def example(num: int) -> list[Array]:
            conditions = self.conditions(num) if condition else []
            return [*self.noise(num, self.model.noise_dims), *conditions]

        shapes = {name: (size,) for name, size in names.items()}
        return ExportGraph("prior", {**shapes, **condition}, prior, example)

    def sampler(self, sampler: Sampler) -> ExportGraph:
        condition = self.condition if sampler.is_conditional else {}

        def sample(noise: tf.Tensor, *condition: tf.Tensor) -> Mapping[str, tf.Tensor]:
            return {"z": sampler.from_noise(noise, *condition)}

        def example(num: int) -> list[Array]:
            noise = self.noise(num, [sampler.noise_dim])
            return [*noise, *(self.conditions(num) if condition else [])]

        inputs = {"noise": (sampler.noise_dim,), **condition}
        return ExportGraph("sampler", inputs, sample, example)

    def classifier(self) -> ExportGraph:
        def classify(x: tf.Tensor) -> Mapping[str, tf.Tensor]:
            return {"probabilities": tf.nn.softmax(self.model.label_posterior(x).logits)}

        inputs = {"x": self.model.data_shape}
        return ExportGraph("classifier", inputs, classify, lambda num: [self.data(num)])

    def step(self) -> ExportGraph:
        """The codes, with the one at `place` drawn. A loop draws them all."""
        prior = self.model.prior

        def step(codes: tf.Tensor, noise: tf.Tensor, place: tf.Tensor) -> Mapping[str, tf.Tensor]:
            return {"z": prior.step(codes, noise, place)}

        def example(num: int) -> list[Array]:
            (noise,) = self.noise(num, [prior.noise_dim])
            places = np.full((num, 1), prior.latent_dim // 2, np.float32)
            return [prior.from_noise(tf.constant(noise)).numpy(), noise, places]

        shapes = {"codes": (prior.latent_dim,), "noise": (prior.noise_dim,), "place": (1,)}
        return ExportGraph("step", shapes, step, example)

    def score(self) -> ExportGraph:
        names = _numbered("noise", self.model.posterior_noise_dims or ())
        condition = {} if self.model.sums_out_condition else self.condition

        def score(x: tf.Tensor, *inputs: tf.Tensor) -> Mapping[str, tf.Tensor]:
            noise = tf.concat(inputs[: len(names)], axis=-1) if names else None
            return {"log_weights": self.model.log_weights_of_noise(x, noise, *inputs[len(names) :])}

        def example(num: int) -> list[Array]:
            flat = self.noise(num * _SAMPLES, list(names.values()))
            noise = [part.reshape(num, _SAMPLES, -1) for part in flat]
            return [self.data(num), *noise, *(self.conditions(num) if condition else [])]

        shapes = {name: (None, size) for name, size in names.items()}
        inputs = {"x": self.model.data_shape, **shapes, **condition}
        return ExportGraph("score", inputs, score, example)

    @property
    def condition(self) -> Mapping[str, Shape]:
        """The input that a condition needs."""
        return {} if self.model.condition is None else {"condition": (self.model.condition.dim,)}

    def conditions(self, num: int) -> list[Array]:
        """Examples of it."""
        if self.model.condition is None:
            return []
        return [self.model.condition.sample(self.rng, num)]

    def noise(self, num: int, sizes: Sequence[int]) -> list[Array]:
        return [self.rng.standard_normal((num, size), dtype=np.float32) for size in sizes]

    def data(self, num: int) -> Array:
        """Random values that data may have; draws of the model where they have a location and unit
        of their own: far from the data, rounding is as large as what is computed."""
        likelihood = self.model.likelihood
        if isinstance(likelihood, Standardised) and likelihood.standardise is not None:
            z, *condition = self.decoder().example(num)
            p = self.model.likelihood_parameters(z, next(iter(condition), None))
            noise = self.rng.standard_normal((num, *self.model.data_shape), dtype=np.float32)
            return np.asarray(p["mean"] + p["scale"] * noise)
        if isinstance(likelihood, Table):
            z, *condition = self.decoder().example(num)
            return likelihood.draw(self.model.likelihood_parameters(z, next(iter(condition), None)))
        low, high = likelihood.value_range or (-1.0, 1.0)
        x = self.rng.uniform(low, min(high, low + 16), (num, *self.model.data_shape))
        return likelihood.nearest(x.astype(np.float32))


def _numbered(name: str, sizes: Sequence[int]) -> dict[str, int]:
    """Names of one array, or of several."""
    names = [name] if len(sizes) == 1 else [f"{name}_{i + 1}" for i in range(len(sizes))]
    return dict(zip(names, sizes, strict=True))


def _by_name(outputs: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
    """In the order that TensorFlow, and so the ONNX file, will give them."""
    return dict(sorted(outputs.items()))
