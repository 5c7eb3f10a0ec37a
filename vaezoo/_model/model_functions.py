"""What a family of models implements, and the functions of tensors that follow from it."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

import keras
import tensorflow as tf

from vaezoo._core.components import build, own_name
from vaezoo._core.types import KerasArguments
from vaezoo._model.checked_inputs import CheckedInputs
from vaezoo._model.passes import weighted_examples
from vaezoo._trace import Samples, TraceInputs
from vaezoo.conditions import Condition
from vaezoo.corruptions import Corruption
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.latent.spaces import LatentSpace
from vaezoo.likelihoods import LIKELIHOODS, Likelihood
from vaezoo.objectives import OBJECTIVES, Objective
from vaezoo.posteriors import Posterior
from vaezoo.priors import PRIORS, Prior
from vaezoo.protocols import ArrayLike, Spec


class ModelFunctions(CheckedInputs):
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
        ConfigError: prior and latents do not live in the same space, or y would give both a
            condition and what the objective learns from.
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
        if condition is not None and self.objective.target is not None:
            raise ConfigError(
                f"{type(self.objective).__name__} learns from {self.objective.target.kind} in "
                f"fit(x, y), which gives the condition ({condition.name}) here: leave one of them "
                "out."
            )
        self._space = prior.space if space is None and self.codebook_size else space or "real"
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

    @property
    def latent_space(self) -> LatentSpace:
        """What z are, as `vaezoo.latent` takes it."""
        one_group = len(self.latent_dims) == 1
        c = (
            self.condition
            if self.condition is not None and self.condition.kind == "labels"
            else None
        )
        return LatentSpace(
            self._space,
            self._space == "real" and one_group and self.prior.export_graph is None,
            None if c is None else c.dim,
            () if c is None else tuple(c.names),
        )

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


def as_float(x: ArrayLike | tf.Tensor) -> tf.Tensor:
    """x as a float32 tensor."""
    return tf.cast(tf.convert_to_tensor(x), tf.float32)


def _weight_ids(parts: Iterable[keras.layers.Layer]) -> set[int]:
    return {id(weight) for part in parts for weight in part.trainable_weights}
