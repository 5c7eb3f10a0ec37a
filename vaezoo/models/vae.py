"""The variational autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.base import LatentVariableModel
from vaezoo._core.components import build, naming_errors, resolve
from vaezoo._core.trace import Trace
from vaezoo._core.types import KerasArguments
from vaezoo.conditions import CONDITIONS, Condition
from vaezoo.conditions.base import append_condition
from vaezoo.corruptions import CORRUPTIONS, Corruption
from vaezoo.distributions import draws, tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods import LIKELIHOODS, Likelihood
from vaezoo.networks import NETWORKS, apply
from vaezoo.objectives import OBJECTIVES, Objective
from vaezoo.posteriors import POSTERIORS, Posterior
from vaezoo.priors import PRIORS, Prior
from vaezoo.priors.base import Context
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class VAE(LatentVariableModel):
    """Variational autoencoder with one latent group.

        q(z|x) = posterior(encoder(x))     p(z) = prior()     p(x|z) = likelihood(decoder(z))
        loss   = -E_q[log p(x|z)] + KL(q(z|x) || p(z))

    Kingma & Welling 2014, eq. 3, https://arxiv.org/abs/1312.6114.

    Parts are given by name ("normal"), by name and arguments ({"name": "normal",
    "scale": 0.1}), or as objects.

    Args:
        data_shape: shape of one example, such as (28, 28, 1) or (64,).
        latent_dim: D, the size of z.
        likelihood: p(x|z), of `vaezoo.likelihoods`.
        network: of `vaezoo.networks`; makes the encoder and the decoder.
        encoder: the user's own, in place of `network`'s: a built `keras.Model` from
            [B, *data_shape] to [B, posterior.num_outputs].
        decoder: likewise, from [B, latent_dim] to [B, *likelihood.output_shape].
        posterior: q(z|x), of `vaezoo.posteriors`.
        prior: p(z), of `vaezoo.priors`.
        objective: what is minimised, of `vaezoo.objectives`.
        condition: c, of `vaezoo.conditions`, such as {"name": "labels", "num_classes": 10}: the
            model is then one of p(x|c), and `fit` takes c as y. The networks see it as
            further channels of x and further dimensions of z.
        corruption: of `vaezoo.corruptions`: what is done to x before the encoder sees it in
            training, in a denoising model.
        seed: decides the noise; None takes it from `keras.utils.set_random_seed`.
        keras_args: `name` and `dtype`, as for any Keras model.

    Example:
        >>> from vaezoo.models import VAE
        >>> model = VAE((8, 8, 1), 4, likelihood="normal", prior={"name": "vamp"}, seed=0)
        >>> model.generate(3, seed=0).shape
        (3, 8, 8, 1)

    Raises:
        ConfigError: arguments that do not fit together.
        UnknownNameError: a part that no registry holds.
    """

    posterior: Posterior

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        likelihood: Spec | Likelihood = "bernoulli",
        network: Spec = "mlp",
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        posterior: Spec | Posterior = "diagonal_normal",
        prior: Spec | Prior = "standard_normal",
        objective: Spec | Objective = "elbo",
        condition: Spec | Condition | None = None,
        corruption: Spec | Corruption | None = None,
        seed: int | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        data_shape = tuple(positive("data_shape", size) for size in data_shape)
        latent_dim = positive("latent_dim", latent_dim)
        condition = build("condition", condition, CONDITIONS) if condition else None
        condition_dim = condition.dim if condition else 0
        fixed = {"latent_dim": latent_dim, "data_shape": data_shape, "condition_dim": condition_dim}
        posterior = build("posterior", posterior, POSTERIORS, **fixed)
        objective = build("objective", objective, OBJECTIVES, **fixed)
        super().__init__(
            data_shape,
            objective=objective,
            prior=build("prior", prior, PRIORS, **fixed),
            likelihood=build("likelihood", likelihood, LIKELIHOODS, **fixed),
            condition=condition,
            has_density=posterior.space is not None and objective.fits_likelihood,
            seed=seed,
            **keras_args,
        )
        self.latent_dim = latent_dim
        self.posterior = posterior
        self.corruption = build("corruption", corruption, CORRUPTIONS) if corruption else None
        self._check_parts()
        *axes, channels = data_shape
        seen = (*axes, channels + condition_dim)
        code = (latent_dim + condition_dim,)
        outputs = (posterior.num_outputs,)
        self.encoder = self._network("encoder", encoder, network, seen, outputs)
        self.decoder = self._network(
            "decoder", decoder, network, code, self.likelihood.output_shape
        )
        self.built = True

    def _check_parts(self) -> None:
        name, space = type(self.posterior).__name__, self.posterior.space
        if space is None and self.objective.needs_density:
            raise ConfigError(
                f"{type(self.objective).__name__} needs a posterior that is a density, which "
                f"{name} is not: choose an objective such as 'regularised'."
            )
        if space not in (None, self.prior.space):
            raise ConfigError(
                f"the posterior {name} lives in {space!r}, the prior "
                f"{type(self.prior).__name__} in {self.prior.space!r}: choose a pair."
            )

    def _network(
        self, role: str, own: keras.Model | None, network: Spec, inputs: tuple, outputs: tuple
    ) -> keras.Model:
        if own is None:
            makers, arguments, what = resolve("network", network, NETWORKS)
            own_args = {"dtype": self.dtype_policy, "name": role, **arguments}
            with naming_errors(what):
                return getattr(makers, role)(inputs, outputs, **own_args)
        if (own.input_shape[1:], own.output_shape[1:]) != (inputs, outputs):
            raise ConfigError(
                f"the {role} maps {list(own.input_shape)} to {list(own.output_shape)}: "
                f"expected [None, {', '.join(map(str, inputs))}] to "
                f"[None, {', '.join(map(str, outputs))}]."
            )
        return own

    def encode(self, x: Any, condition: Any = None, training: bool = False) -> tfd.Distribution:
        return self.posterior.distribution(self.encoder_outputs(x, condition, training))

    def code(self, x: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        outputs = self.encoder_outputs(x, condition, training)
        return self.posterior.parameters(outputs)["mean"]

    def posterior_parameters(self, x: Any, condition: Any = None) -> dict[str, tf.Tensor]:
        return self.posterior.parameters(self.encoder_outputs(x, condition))

    def encoder_outputs(self, x: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        """What the posterior reads: [B, posterior.num_outputs]."""
        seen = self.likelihood.encoder_inputs(tf.cast(tf.convert_to_tensor(x), tf.float32))
        inputs = self._with_condition(seen, condition, len(self.data_shape))
        return apply(self.encoder, inputs, training)

    def decoder_outputs(self, z: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        return apply(self.decoder, self._with_condition(z, condition, 1), training)

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

        def decode(z: tf.Tensor) -> tfd.Distribution:
            return self.decode(z, condition, training)

        seen = x
        if training and self.corruption is not None:
            seen = self.corruption.corrupt(x, tf.random.experimental.stateless_fold_in(seed, 2))
        latent = self.posterior.latent(
            self.encoder_outputs(seen, condition, training),
            self.prior.distribution(self._context(condition)),
            draws(num_samples, seed, noise),
            lambda z: decode(z).log_prob(x),
        )
        outputs = self.decoder_outputs(latent.sample, condition, training)
        fit = self.likelihood.training_distribution(outputs, x) if training else None
        likelihood = fit or self.likelihood.distribution(outputs)
        return Trace(
            x,
            likelihood,
            (latent,),
            likelihood.log_prob(x),
            decode=decode,
            seed=tf.random.experimental.stateless_fold_in(seed, 1),
            training=training,
        )

    @property
    def posterior_noise_dims(self) -> tuple[int, ...] | None:
        return (self.posterior.noise_dim,) if self.posterior.draws_from_noise else None

    @property
    def noise_dims(self) -> tuple[int, ...]:
        return (self.prior.noise_dim,)

    def from_noise(self, noise: Any, condition: Any = None) -> tf.Tensor:
        return self.prior.from_noise(tf.convert_to_tensor(noise), self._context(condition))

    def _context(self, condition: Any) -> Context:
        if self.condition is None or condition is None:
            return Context(self.encode)
        return Context(self.encode, self.condition.as_vector(condition))

    def _with_condition(self, x: Any, condition: Any, event_rank: int) -> tf.Tensor:
        """x as the networks take it: with the condition, if the model has one."""
        x = tf.cast(tf.convert_to_tensor(x), tf.float32)
        if self.condition is None:
            return x
        if condition is None:
            raise ConfigError(
                f"this {type(self).__name__} has a condition ({self.condition.name}): give "
                "condition=, in fit() as y."
            )
        return append_condition(x, self.condition.as_vector(condition), event_rank)
