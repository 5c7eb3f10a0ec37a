"""The family of models with several latent groups."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import check_shape
from vaezoo._core.calls import call
from vaezoo._core.components import build, resolve
from vaezoo._core.types import KerasArguments
from vaezoo._model.base import LatentVariableModel
from vaezoo._trace import Latent, Samples, TraceInputs
from vaezoo.distributions import ChooseLatent, TopDown, tfd
from vaezoo.errors import unknown_name
from vaezoo.likelihoods import LIKELIHOODS, Likelihood
from vaezoo.networks import HIERARCHIES, apply
from vaezoo.objectives import Objective
from vaezoo.posteriors.group_posteriors import GROUP_POSTERIORS, normal_from_outputs
from vaezoo.priors import Prior
from vaezoo.priors.base import Context
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class HierarchicalVAE(LatentVariableModel):
    """Variational autoencoder with L latent groups, drawn from the top down.

        q(z|x) = prod_i q(z_i|x, z_<i)     p(z) = p(z_1) prod_i p(z_i|z_<i)     p(x|z)
        loss   = -E_q[log p(x|z)] + sum_i E_q KL(q(z_i|x, z_<i) || p(z_i|z_<i))

    To users, z is one vector: the groups concatenated, from z_1, the farthest from the data, on.
    So encoding, decoding, generation and samplers are those of every model.

    Args:
        data_shape: shape of one example.
        network: of `vaezoo.networks.HIERARCHIES`, with its arguments.
        likelihood: p(x|z), of `vaezoo.likelihoods`.
        posterior: how q(z_i|x, z_<i) depends on p(z_i|z_<i), of
            `vaezoo.posteriors.GROUP_POSTERIORS`.
        prior: p(z_1), of `vaezoo.priors`.
        objective: what is minimised, of `vaezoo.objectives`.
        seed: decides the noise; None takes it from `keras.utils.set_random_seed`.
        keras_args: `name` and `dtype`, as for any Keras model.

    Example:
        >>> from vaezoo.models import HierarchicalVAE
        >>> network = {"name": "two_level", "latent_dims": [2, 3], "width": 32}
        >>> model = HierarchicalVAE((8, 8, 1), network=network, seed=0)
        >>> model.latent_dims, model.latent_dim
        ((2, 3), 5)

    Raises:
        ConfigError: arguments that do not fit together.
        UnknownNameError: a component that no registry holds.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        *,
        network: Spec,
        likelihood: Spec | Likelihood = "bernoulli",
        posterior: str = "own",
        prior: Spec | Prior = "standard_normal",
        objective: Spec | Objective = "elbo",
        seed: int | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        data_shape = check_shape(data_shape)
        likelihood = build("likelihood", likelihood, LIKELIHOODS, data_shape=data_shape)
        if posterior not in GROUP_POSTERIORS:
            raise unknown_name("posterior of a hierarchy", posterior, GROUP_POSTERIORS)
        maker, arguments, what = resolve("network of a hierarchy", network, HIERARCHIES)
        dtype = keras.dtype_policies.get(keras_args.get("dtype"))
        outputs = likelihood.output_shape
        hierarchy = call(what, maker, likelihood.encoder_shape, outputs, dtype=dtype, **arguments)
        super().__init__(
            data_shape,
            [group.latent_dim for group in hierarchy.groups],
            "real",
            prior=prior,
            likelihood=likelihood,
            objective=objective,
            seed=seed,
            **keras_args,
        )
        self.group_posterior = GROUP_POSTERIORS[posterior]
        self.bottom_up, self.groups, self.decoder = hierarchy
        self.built = True

    @property
    def posterior_noise_dims(self) -> tuple[int, ...]:
        return self.latent_dims

    @property
    def noise_dims(self) -> tuple[int, ...]:
        return (self.prior.noise_dim, *self.latent_dims[1:])

    def encoder_outputs(
        self, x: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> list[tf.Tensor]:
        """Features of x for each group."""
        features = self.bottom_up(self._encoder_inputs(x), training=training)
        return tf.nest.flatten(features)  # Keras returns a single output without a list

    def posterior_from(self, outputs: list[tf.Tensor]) -> TopDown:
        def top_down_pass(choose: ChooseLatent) -> None:
            self._top_down_pass(lambda step: choose(step.index, step.posterior()), outputs)

        batch = outputs[0].shape[:1]
        return TopDown(top_down_pass, self.latent_dims, batch, {"outputs": outputs})

    def parameters_from(self, outputs: list[tf.Tensor]) -> dict[str, tf.Tensor]:
        means: list[tf.Tensor] = []

        def mean(step: Step) -> tf.Tensor:
            means.append(step.posterior().mean())
            return means[-1]

        self._top_down_pass(mean, outputs)
        return {"mean": tf.concat(means, axis=-1)}

    def decoder_outputs(
        self, z: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        groups = tf.split(tf.convert_to_tensor(z), self.latent_dims, axis=-1)
        state = self._top_down_pass(lambda step: groups[step.index], training=training)
        return apply(self.decoder, state, training)

    def draw_samples(self, inputs: TraceInputs) -> Samples:
        sources = inputs.draws.split([*self.latent_dims, 0])
        latents: list[Latent] = []

        def draw(step: Step) -> tf.Tensor:
            posterior, source = step.posterior(), sources[step.index]
            # Once drawn K times, the groups below depend on each of the draws.
            z = source.sample(posterior, once=bool(latents))
            latents.append(Latent(posterior, step.prior, z, noise=source.noise_of(posterior)))
            return z

        features = self.encoder_outputs(inputs.x, training=inputs.training)
        state = self._top_down_pass(draw, features, inputs.training)
        return Samples(tuple(latents), apply(self.decoder, state, inputs.training))

    def from_noise(self, noise: tf.Tensor, condition: tf.Tensor | None = None) -> tf.Tensor:
        noises = tf.split(tf.convert_to_tensor(noise), self.noise_dims, axis=-1)
        samples: list[tf.Tensor] = []

        def draw(step: Step) -> tf.Tensor:
            if step.state is None:
                z = self.prior.from_noise(noises[0], self._context())
            else:
                z = step.prior.mean() + step.prior.stddev() * noises[step.index]
            samples.append(z)
            return z

        self._top_down_pass(draw)
        return tf.concat(samples, axis=-1)

    def generative_parts(self) -> tuple[keras.layers.Layer, ...]:
        inner = [part for group in self.groups for part in (group.merge, group.prior) if part]
        return (*super().generative_parts(), *inner)

    def _context(self) -> Context:
        return Context(self._first_posterior)

    def _first_posterior(self, x: tf.Tensor) -> tfd.Distribution:
        """q(z_1|x)."""
        features = self.encoder_outputs(x)
        return normal_from_outputs(apply(self.groups[0].posterior, [features[0]]))

    def _top_down_pass(
        self,
        choose: Callable[[Step], tf.Tensor],
        features: Sequence[tf.Tensor] | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Visits the groups from the top down, with the z that `choose` returns for each; returns
        the last state."""
        state = None
        for index, group in enumerate(self.groups):
            feature = None if features is None else features[index]
            z = choose(Step(self, index, state, feature, training))
            state = apply(group.merge, [z] if state is None else [state, z], training)
        return state


@dataclass(frozen=True)
class Step:
    """One group of a top-down pass: all that its z may depend on.

    Attributes:
        model: whose group it is.
        index: of the group, from 0.
        state: made of the groups above, [..., *state_shape]; None for the first group.
        features: of x for this group, [B, ...]; None where there is no x.
        training: as for a Keras layer.
    """

    model: HierarchicalVAE
    index: int
    state: tf.Tensor | None
    features: tf.Tensor | None
    training: bool

    @functools.cached_property
    def prior(self) -> tfd.Distribution:
        """p(z_i|z_<i)."""
        if self.state is None:
            return self.model.prior.distribution(self.model._context())
        return normal_from_outputs(
            apply(self.model.groups[self.index].prior, self.state, self.training)
        )

    def posterior(self) -> tfd.Distribution:
        """q(z_i|x, z_<i)."""
        network = self.model.groups[self.index].posterior
        if self.state is None:
            return normal_from_outputs(apply(network, [self.features], self.training))
        inputs = [self.features, self.state][: len(network.inputs)]
        return self.model.group_posterior(apply(network, inputs, self.training), self.prior)
