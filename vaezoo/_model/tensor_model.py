"""A model as functions of tensors: what a family implements, and what follows from it.

These run in graphs too: training, evaluation and export are made of them. Nothing is checked.
"""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._core.components import build, own_name
from vaezoo._core.types import KerasArguments
from vaezoo._model.checked_inputs import CheckedInputs
from vaezoo._model.passes import weighted_examples
from vaezoo._trace import Samples, Trace, TraceInputs
from vaezoo.conditions import Condition
from vaezoo.corruptions import Corruption
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods import LIKELIHOODS, Likelihood
from vaezoo.objectives import OBJECTIVES, Objective
from vaezoo.posteriors import Posterior
from vaezoo.priors import PRIORS, Prior
from vaezoo.protocols import ArrayLike, Spec

_fold_in = tf.random.experimental.stateless_fold_in


class TensorModel(CheckedInputs):
    """A model p(x) = E_p(z)[p(x|z)] with an approximate posterior q(z|x), in tensors.

    A family implements `encoder_outputs`, `posterior_from`, `parameters_from`, `decoder_outputs`,
    `draw_samples`, `from_noise` and the two sizes of noise.

    Args:
        data_shape: shape of one example, such as (28, 28, 1) or (64,).
        latent_dims: sizes of the latent groups; the prior is of the first.
        space: that z lives in; None where q(z|x) is a point and has no density.
        prior: p(z), of `vaezoo.priors`.
        likelihood: p(x|z), of `vaezoo.likelihoods`.
        objective: what is minimised, of `vaezoo.objectives`.
        condition: c, where the model is one of p(x|c), of `vaezoo.conditions`.
        fixed: further arguments that the model sets for its components.
        seed: decides the noise; None takes it from `keras.utils.set_random_seed`.
        keras_args: `name` and `dtype`, as for any Keras model.

    Raises:
        ConfigError: prior and latents do not live in the same space.
    """

    # Makes q(z|x) of the encoder's outputs; None where no single component does.
    posterior: Posterior | None = None
    # Corrupts x before the encoder sees it in training.
    corruption: Corruption | None = None
    # Number of values that each dimension of z may have, where z consists of codes.
    codebook_size: int | None = None
    # Whether the condition is a latent too, so that p(x) needs none.
    sums_out_condition = False

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dims: Sequence[int],
        space: str | None,
        *,
        prior: Spec | Prior,
        likelihood: Spec | Likelihood,
        objective: Spec | Objective,
        condition: Condition | None = None,
        fixed: Mapping[str, object] | None = None,
        seed: int | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        sizes = {"latent_dim": latent_dims[0], "data_shape": data_shape, **(fixed or {})}
        objective = build("objective", objective, OBJECTIVES, **sizes)
        prior = build("prior", prior, PRIORS, **sizes)
        likelihood = build("likelihood", likelihood, LIKELIHOODS, **sizes)
        if space not in (None, prior.space):
            raise ConfigError(
                f"the latents live in {space!r}, the prior {type(prior).__name__} lives in "
                f"{prior.space!r}: choose a pair."
            )
        super().__init__(
            objective=objective,
            condition=condition,
            has_density=space is not None and objective.fits_likelihood,
            num_groups=len(latent_dims),
            seed=seed,
            **{"name": own_name(self)} | keras_args,
        )
        self.data_shape = tuple(data_shape)
        self.latent_dims = tuple(latent_dims)
        self.latent_dim = sum(latent_dims)
        self.prior = prior
        self.likelihood = likelihood

    # ── what a family implements ──────────────────────────────────────────────

    @abc.abstractmethod
    def encoder_outputs(
        self, x: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> Any:
        """What q(z|x) is made of, a tensor [B, ...] or several, for x of shape [B, *data_shape]."""

    @abc.abstractmethod
    def posterior_from(self, outputs: Any) -> tfd.Distribution:
        """q(z|x), never a sample of it: batch shape [B], for encoder outputs."""

    @abc.abstractmethod
    def parameters_from(self, outputs: Any) -> dict[str, tf.Tensor]:
        """The parameters of q(z|x) by name, for encoder outputs; "mean", [B, D], among them: the
        mean of q(z|x), or the point that replaces it."""

    @abc.abstractmethod
    def decoder_outputs(
        self, z: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """What p(x|z) is made of, [..., *likelihood.output_shape], for z of shape [..., D]."""

    @abc.abstractmethod
    def draw_samples(self, inputs: TraceInputs) -> Samples:
        """K draws z ~ q(z|x) for each x, and the decoder's outputs for them."""

    @property
    @abc.abstractmethod
    def noise_dims(self) -> tuple[int, ...]:
        """How many unit normals make each latent group."""

    @abc.abstractmethod
    def from_noise(self, noise: tf.Tensor, condition: tf.Tensor | None = None) -> tf.Tensor:
        """z ~ p(z) as a function of noise ~ N(0, I), [N, sum of noise_dims] -> [N, D]."""

    @property
    @abc.abstractmethod
    def posterior_noise_dims(self) -> tuple[int, ...] | None:
        """How many unit normals make each latent group's draw of q(z|x), as `trace` takes them;
        None where z is not a function of normal noise."""

    def generative_parts(self) -> tuple[keras.layers.Layer, ...]:
        """The layers of p(x, z): all other weights, except the objective's, are the encoder's."""
        return (self.decoder, self.likelihood, self.prior)

    def assumed_condition(self, x: tf.Tensor, condition: tf.Tensor | None) -> tf.Tensor:
        """The condition of x, for a model that can infer one that is not given."""
        return condition

    # ── what follows ──────────────────────────────────────────────────────────

    def posterior_of(
        self, x: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tfd.Distribution:
        """q(z|x), batch shape [B], for x of shape [B, *data_shape]."""
        return self.posterior_from(self.encoder_outputs(x, condition, training))

    def posterior_parameters(
        self, x: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> dict[str, tf.Tensor]:
        """What an exported encoder outputs, by name: "mean", [B, D], among them."""
        return self.parameters_from(self.encoder_outputs(x, condition, training))

    def likelihood_of(
        self, z: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tfd.Distribution:
        """p(x|z): batch shape [...], for z of shape [..., D]; [..., B, D] with a condition."""
        return self.likelihood.distribution(self.decoder_outputs(z, condition, training))

    def likelihood_parameters(
        self, z: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> dict[str, tf.Tensor]:
        """What an exported decoder outputs, by name: "mean", [..., *data_shape], among them."""
        return self.likelihood.parameters(self.decoder_outputs(z, condition, training))

    def reconstruction(
        self, x: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        """The mean of p(x|z) at the mean of q(z|x), [B, *data_shape]."""
        condition = self.assumed_condition(x, condition)
        mean = self.posterior_parameters(x, condition, training)["mean"]
        return self.likelihood_of(mean, condition, training).mean()

    def call(self, inputs: tf.Tensor | Sequence[tf.Tensor], training: bool = False) -> tf.Tensor:
        """`reconstruction` for x, or for (x, condition)."""
        x, condition = inputs if isinstance(inputs, (tuple, list)) else (inputs, None)
        return self.reconstruction(x, condition, training)

    def trace(
        self,
        x: ArrayLike | tf.Tensor,
        num_samples: int = 1,
        condition: ArrayLike | tf.Tensor | None = None,
        seed: int | tf.Tensor | None = None,
        training: bool = False,
        noise: tf.Tensor | None = None,
        *,
        clean: tf.Tensor | None = None,
        example_weights: tf.Tensor | None = None,
        rows: int | None = None,
    ) -> Trace:
        """One pass x -> z -> p(x|z) with K = `num_samples`; the same seed, the same noise.

        Given `noise` ~ N(0, I), [K, B, sum of posterior_noise_dims], z is a function of it. Given
        `clean`, a model with a corruption encodes x and scores `clean`; other models ignore it.
        `example_weights`, [B], and `rows` as in `Trace` and `TraceInputs`.
        """
        key = self._seed(seed)
        encoded, x = self._encoded_and_scored(as_float(x), clean, _fold_in(key, 2), training)
        noise = None if noise is None else as_float(noise)

        def likelihood_of(z: tf.Tensor) -> tfd.Distribution:
            return self.likelihood_of(z, condition, training)

        samples = self.draw_samples(
            TraceInputs(
                encoded,
                condition,
                num_samples,
                key,
                noise,
                lambda z: likelihood_of(z).log_prob(x),
                training,
                example_weights,
                rows,
            )
        )
        outputs, weights = samples.decoder_outputs, samples.weights
        if training:
            counts = _counts(weights, example_weights, num_samples)
            likelihood = self.likelihood.training_distribution(outputs, x, counts)
        else:
            likelihood = self.likelihood.distribution(outputs)
        return Trace(
            x,
            likelihood,
            samples.latents,
            likelihood.log_prob(x),
            weights=weights,
            penalty=samples.penalty,
            figures=samples.figures,
            label_log_prob=samples.label_log_prob,
            decode=samples.decode or likelihood_of,
            seed=_fold_in(key, 1),
            training=training,
            example_weights=example_weights,
        )

    @tf.function(autograph=False)  # not compiled by XLA: on a CPU that takes twice as long
    def log_weights(
        self,
        x: tf.Tensor,
        num_samples: int,
        condition: tf.Tensor | None,
        seed: tf.Tensor,
        rows: int | None = None,
    ) -> tf.Tensor:
        """log p(x, z_k) - log q(z_k|x) for `num_samples` draws of z, as one graph: [K, B]; `rows`
        as in `TraceInputs`."""
        return self.trace(x, num_samples, condition, seed, rows=rows).log_weights()

    def log_weights_of_noise(
        self, x: tf.Tensor, noise: tf.Tensor | None = None, condition: tf.Tensor | None = None
    ) -> tf.Tensor:
        """log p(x, z) - log q(z|x) for the z made of noise [B, K, size], [B, K]."""
        if noise is not None:
            noise = tf.transpose(as_float(noise), [1, 0, 2])
        return tf.transpose(self.trace(x, 1, condition, seed=0, noise=noise).log_weights())

    def no_score(self) -> str | None:
        """Why there is no `log_weights_of_noise`; None where there is."""
        if not self.has_density:
            return "it has no density that was fitted"
        if self.posterior_noise_dims is None:
            return "draws of its posterior are no function of normal noise"
        return None

    def parameter_groups(self) -> Mapping[str, Sequence[keras.Variable]]:
        decoder = _weight_ids(self.generative_parts())
        critic = _weight_ids([self.objective])
        weights = [weight for weight in self.trainable_weights if id(weight) not in critic]
        return {
            "model": weights,
            "encoder": [weight for weight in weights if id(weight) not in decoder],
            "decoder": [weight for weight in weights if id(weight) in decoder],
            "critic": self.objective.trainable_weights,
        }

    def adapt(
        self, x: Any, sample_weight: ArrayLike | None = None, *, steps: int | None = None
    ) -> None:
        """Computes from the training data what the likelihood takes from them, once; see `fit`."""
        if not self.likelihood.is_adapted:
            self.likelihood.adapt(weighted_examples(x, sample_weight, steps))

    def _encoder_inputs(self, x: tf.Tensor) -> tf.Tensor:
        """x as the encoder takes it."""
        return self.likelihood.encoder_inputs(as_float(x))

    def _encoded_and_scored(
        self, x: tf.Tensor, clean: tf.Tensor | None, seed: tf.Tensor, training: bool
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """What the encoder sees, and what p(x|z) is taken of."""
        if self.corruption is None:
            return x, x
        scored = x if clean is None else as_float(clean)
        corrupted = self.corruption.corrupt(scored, seed) if training else scored
        if clean is None:
            return corrupted, scored
        # Keras' habit of giving x as its own target leaves the damage to the model.
        return tf.where(tf.reduce_all(x == scored), corrupted, x), scored

    def _seed(self, seed: int | tf.Tensor | None) -> tf.Tensor:
        """A stateless seed [2]: from the model's generator, from an integer, or as given."""
        if seed is None:
            return tf.cast(self.seed_generator.next(), tf.int32)
        return tf.stack([0, seed]) if isinstance(seed, (int, np.integer)) else seed


def _counts(
    weights: tf.Tensor | None, example_weights: tf.Tensor | None, num_samples: int
) -> tf.Tensor | None:
    """How much each sample of each example counts, [K, B]; None: all the same."""
    if example_weights is None:
        return weights
    scaled = example_weights * tf.cast(tf.size(example_weights), tf.float32)
    shares = scaled / tf.reduce_sum(example_weights)
    return shares * (tf.fill([num_samples, 1], 1 / num_samples) if weights is None else weights)


def as_float(x: ArrayLike | tf.Tensor) -> tf.Tensor:
    """x as a float32 tensor."""
    return tf.cast(tf.convert_to_tensor(x), tf.float32)


def _weight_ids(parts: Iterable[keras.layers.Layer]) -> set[int]:
    return {id(weight) for part in parts for weight in part.trainable_weights}
