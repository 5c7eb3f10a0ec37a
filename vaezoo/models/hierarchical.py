"""The family of models with several latent groups."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Unpack

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.base import LatentVariableModel
from vaezoo._core.components import build, naming_errors, resolve
from vaezoo._core.trace import Latent, Trace
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import ChooseLatent, TopDown, draws, tfd
from vaezoo.errors import ConfigError, DataError, unknown_name
from vaezoo.likelihoods import LIKELIHOODS, Likelihood
from vaezoo.networks import HIERARCHIES, apply
from vaezoo.objectives import OBJECTIVES, Objective
from vaezoo.posteriors.group_posteriors import GROUP_POSTERIORS, normal_from_outputs
from vaezoo.priors import PRIORS, Prior
from vaezoo.priors.base import Context
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class HierarchicalVAE(LatentVariableModel):
    """Variational autoencoder with L latent groups, drawn from the top down.

        q(z|x) = prod_i q(z_i|x, z_<i)     p(z) = p(z_1) prod_i p(z_i|z_<i)     p(x|z)
        loss   = -E_q[log p(x|z)] + sum_i E_q KL(q(z_i|x, z_<i) || p(z_i|z_<i))

    Outside, z is one vector: the groups one after the other, z_1, the farthest from the data,
    first. So encode, decode, generation and samplers are those of every model.

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
        UnknownNameError: a part that no registry holds.
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
        data_shape = tuple(positive("data_shape", size) for size in data_shape)
        likelihood = build("likelihood", likelihood, LIKELIHOODS, data_shape=data_shape)
        if posterior not in GROUP_POSTERIORS:
            raise unknown_name("posterior of a hierarchy", posterior, GROUP_POSTERIORS)
        maker, arguments, what = resolve("network of a hierarchy", network, HIERARCHIES)
        dtype = keras.dtype_policies.get(keras_args.get("dtype"))
        with naming_errors(what):
            hierarchy = maker(data_shape, likelihood.output_shape, dtype=dtype, **arguments)
        top = hierarchy.groups[0].latent_dim
        fixed = {"latent_dim": top, "data_shape": data_shape}
        objective = build("objective", objective, OBJECTIVES, **fixed)
        super().__init__(
            data_shape,
            objective=objective,
            prior=build("prior", prior, PRIORS, **fixed),
            likelihood=likelihood,
            has_density=objective.fits_likelihood,
            num_groups=len(hierarchy.groups),
            seed=seed,
            **keras_args,
        )
        if self.prior.space != "real":
            raise ConfigError(
                f"the prior {type(self.prior).__name__} lives in {self.prior.space!r}: the "
                "groups of a hierarchy live in 'real'."
            )
        self.relative = GROUP_POSTERIORS[posterior]
        self.bottom_up, self.groups, self.decoder = hierarchy
        self.latent_dims = tuple(group.latent_dim for group in self.groups)
        self.latent_dim = sum(self.latent_dims)
        self.built = True

    @property
    def posterior_noise_dims(self) -> tuple[int, ...]:
        return self.latent_dims

    @property
    def noise_dims(self) -> tuple[int, ...]:
        return (self.prior.noise_dim, *self.latent_dims[1:])

    def encode(self, x: Any, condition: Any = None, training: bool = False) -> TopDown:
        features = self._features(x, training)

        def top_down_pass(choose: ChooseLatent) -> None:
            self._top_down_pass(
                lambda step: choose(step.place, step.posterior()), features, training
            )

        return TopDown(top_down_pass, self.latent_dims, features[0].shape[:1], {"x": x})

    def code(self, x: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        codes = []

        def mean(step: Step) -> tf.Tensor:
            codes.append(step.posterior().mean())
            return codes[-1]

        self._top_down_pass(mean, self._features(x, training), training)
        return tf.concat(codes, axis=-1)

    def decoder_outputs(self, z: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        z = tf.convert_to_tensor(z)
        if z.shape[-1] != self.latent_dim:
            raise DataError(f"z has shape {list(z.shape)}: expected [..., {self.latent_dim}].")
        groups = tf.split(z, self.latent_dims, axis=-1)
        state = self._top_down_pass(lambda step: groups[step.place], training=training)
        return apply(self.decoder, state, training)

    def trace(
        self,
        x: Any,
        num_samples: int = 1,
        condition: Any = None,
        seed: Any = None,
        training: bool = False,
        noise: Any = None,
    ) -> Trace:
        x = tf.cast(tf.convert_to_tensor(x), tf.float32)
        seed = self._seed(seed)
        sources = draws(num_samples, seed, noise).split([*self.latent_dims, 0])
        latents: list[Latent] = []

        def draw(step: Step) -> tf.Tensor:
            posterior = step.posterior()
            # Once drawn K times, the groups below hang on each of the draws.
            source = sources[step.place]
            z = source.sample(posterior, once=bool(latents))
            latents.append(Latent(posterior, step.prior, z, noise=source.noise_of(posterior)))
            return z

        state = self._top_down_pass(draw, self._features(x, training), training)
        outputs = apply(self.decoder, state, training)
        fit = self.likelihood.training_distribution(outputs, x) if training else None
        likelihood = fit or self.likelihood.distribution(outputs)
        return Trace(
            x,
            likelihood,
            tuple(latents),
            likelihood.log_prob(x),
            decode=lambda z: self.decode(z, training=training),
            seed=tf.random.split(seed, len(self.groups) + 1)[-1],
            training=training,
        )

    def from_noise(self, noise: Any, condition: Any = None) -> tf.Tensor:
        parts = tf.split(tf.convert_to_tensor(noise), self.noise_dims, axis=-1)
        drawn: list[tf.Tensor] = []

        def draw(step: Step) -> tf.Tensor:
            if step.state is None:
                drawn.append(self.prior.from_noise(parts[0], self._context()))
            else:
                scaled = step.prior.stddev() * parts[step.place]
                drawn.append(step.prior.mean() + scaled)
            return drawn[-1]

        self._top_down_pass(draw)
        return tf.concat(drawn, axis=-1)

    def generative_parts(self) -> tuple[Any, ...]:
        inner = [part for group in self.groups for part in (group.merge, group.prior) if part]
        return (*super().generative_parts(), *inner)

    def _features(self, x: Any, training: bool) -> list[tf.Tensor]:
        seen = self.likelihood.encoder_inputs(tf.cast(tf.convert_to_tensor(x), tf.float32))
        return tf.nest.flatten(self.bottom_up(seen, training=training))  # Keras lists no single one

    def _top(self, x: Any) -> tfd.Distribution:
        return normal_from_outputs(apply(self.groups[0].posterior, [self._features(x, False)[0]]))

    def _context(self) -> Context:
        return Context(self._top)

    def _top_down_pass(
        self,
        choose: Callable[[Step], tf.Tensor],
        features: Sequence[tf.Tensor] | None = None,
        training: bool = False,
    ) -> tf.Tensor:
        """Goes through the groups, each time with the z that is chosen; the last state."""
        state = None
        for place, group in enumerate(self.groups):
            seen = None if features is None else features[place]
            z = choose(Step(self, place, state, seen, training))
            state = apply(group.merge, [z] if state is None else [state, z], training)
        return state


@dataclass(frozen=True)
class Step:
    """A group on the way down: what is known when its z is chosen.

    Attributes:
        model: whose group it is.
        place: of the group, from 0.
        state: made of the groups above, [..., *state_shape]; None for the first group.
        features: of x for this group, [B, ...]; None where there is no x.
        training: as for a Keras layer.
    """

    model: HierarchicalVAE
    place: int
    state: tf.Tensor | None
    features: tf.Tensor | None
    training: bool

    @functools.cached_property
    def prior(self) -> tfd.Distribution:
        """p(z_i|z_<i)."""
        if self.state is None:
            return self.model.prior.distribution(self.model._context())
        return normal_from_outputs(
            apply(self.model.groups[self.place].prior, self.state, self.training)
        )

    def posterior(self) -> tfd.Distribution:
        """q(z_i|x, z_<i)."""
        network = self.model.groups[self.place].posterior
        if self.state is None:
            return normal_from_outputs(apply(network, [self.features], self.training))
        inputs = [self.features, self.state][: len(network.inputs)]
        return self.model.relative(apply(network, inputs, self.training), self.prior)
