"""The variational autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import keras
import tensorflow as tf

from vaezoo._checks import check_shape, positive
from vaezoo._core.calls import call
from vaezoo._core.components import build, resolve
from vaezoo._core.types import KerasArguments
from vaezoo._model.base import LatentVariableModel
from vaezoo._model.model_functions import as_float
from vaezoo._model.passes import weighted_examples
from vaezoo._trace import Samples, TraceInputs
from vaezoo.conditions import CONDITIONS, Condition
from vaezoo.conditions.base import append_condition
from vaezoo.corruptions import CORRUPTIONS, Corruption
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods import Likelihood
from vaezoo.models._linear_start import start_linearly
from vaezoo.networks import NETWORKS, apply
from vaezoo.networks.shortcut import has_open_shortcut
from vaezoo.objectives import Objective
from vaezoo.posteriors import POSTERIORS, Posterior
from vaezoo.priors import Prior
from vaezoo.priors.base import Context
from vaezoo.protocols import ArrayLike, Spec


@keras.saving.register_keras_serializable("vaezoo")
class VAE(LatentVariableModel):
    """Variational autoencoder with one latent group.

        q(z|x) = posterior(encoder(x))     p(z) = prior()     p(x|z) = likelihood(decoder(z))
        loss   = -E_q[log p(x|z)] + KL(q(z|x) || p(z))

    Kingma & Welling 2014, eq. 3, https://arxiv.org/abs/1312.6114.

    A component is given by its name ("normal"), by its name and arguments ({"name": "normal",
    "scale": 0.1}), or as an object.

    Args:
        data_shape: shape of one example, such as (28, 28, 1) or (64,).
        latent_dim: D, the size of z.
        likelihood: p(x|z), of `vaezoo.likelihoods`.
        network: of `vaezoo.networks`; builds the encoder and the decoder. With `shortcut`, linear
            maps are added to both; `fit` sets them to probabilistic PCA of the training examples
            before the first step, as far as posterior ("diagonal_normal") and likelihood allow.
        encoder: your own, instead of `network`'s: a built `keras.Model` from
            [B, *data_shape] to [B, posterior.num_outputs].
        decoder: in the same way, from [B, latent_dim] to [B, *likelihood.output_shape].
        posterior: q(z|x), of `vaezoo.posteriors`.
        prior: p(z), of `vaezoo.priors`.
        objective: what is minimised, of `vaezoo.objectives`.
        condition: c, of `vaezoo.conditions`, such as {"name": "labels", "num_classes": 10}: the
            model is then one of p(x|c), and `fit` takes c as y. The networks see it as
            further channels of x and further dimensions of z.
        corruption: of x before the encoder sees it in training, of `vaezoo.corruptions`: a
            denoising model.
        seed: decides the noise and the order of the data; None takes it from
            `keras.utils.set_random_seed`, which alone decides the initial weights: call it before
            the model is made.
        keras_args: `name` and `dtype`, as for any Keras model.

    Example:
        >>> from vaezoo.models import VAE
        >>> model = VAE((8, 8, 1), 4, likelihood="normal", prior={"name": "vamp"}, seed=0)
        >>> model.generate(3, seed=0).shape
        (3, 8, 8, 1)

    Raises:
        ConfigError: arguments that do not fit together.
        UnknownNameError: a component that no registry holds.
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
        data_shape = check_shape(data_shape)
        latent_dim = positive("latent_dim", latent_dim)
        condition = build("condition", condition, CONDITIONS) if condition else None
        condition_dim = condition.dim if condition else 0
        sizes = {"latent_dim": latent_dim, "data_shape": data_shape, "condition_dim": condition_dim}
        posterior = build("posterior", posterior, POSTERIORS, **sizes)
        super().__init__(
            data_shape,
            [latent_dim],
            posterior.space,
            prior=prior,
            likelihood=likelihood,
            objective=objective,
            condition=condition,
            fixed={"condition_dim": condition_dim},
            seed=seed,
            **keras_args,
        )
        if self.objective.needs_density and not posterior.space:
            raise ConfigError(
                f"{type(self.objective).__name__} needs a posterior that has a density, which "
                f"{type(posterior).__name__} has not: choose an objective such as 'regularised'."
            )
        self.posterior = posterior
        self.corruption = build("corruption", corruption, CORRUPTIONS) if corruption else None
        *axes, channels = self.likelihood.encoder_shape
        data, latents = (*axes, channels + condition_dim), (latent_dim + condition_dim,)
        outputs = self.likelihood.output_shape
        self.encoder = self._network("encoder", encoder, network, data, (posterior.num_outputs,))
        self.decoder = self._network("decoder", decoder, network, latents, outputs)
        _refuse_shared(self.encoder, self.decoder)
        self.built = True

    def _network(
        self,
        role: str,
        own: keras.Model | None,
        network: Spec,
        inputs: tuple[int, ...],
        outputs: tuple[int, ...],
    ) -> keras.Model:
        if own is None:
            makers, arguments, what = resolve("network", network, NETWORKS)
            own_args = {"dtype": self.dtype_policy, "name": role, **arguments}
            return call(what, getattr(makers, role), inputs, outputs, **own_args)
        if not isinstance(own, keras.Model):
            raise ConfigError(f"{role}={own!r}: give a built keras.Model, or network=.")
        if not hasattr(own, "input_shape"):
            raise ConfigError(
                f"the {role} is a {type(own).__name__} that does not know its shapes: give a "
                f"keras.Sequential that begins with keras.Input({inputs}), or "
                "keras.Model(inputs, outputs), in which layers of your own can do the work."
            )
        if (own.input_shape[1:], own.output_shape[1:]) != (inputs, outputs):
            raise ConfigError(
                f"the {role} maps {list(own.input_shape)} to {list(own.output_shape)}: "
                f"expected [None, {', '.join(map(str, inputs))}] to "
                f"[None, {', '.join(map(str, outputs))}]."
            )
        return own

    def encoder_outputs(
        self, x: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        inputs = self._with_condition(self._encoder_inputs(x), condition, len(self.data_shape))
        return apply(self.encoder, inputs, training)

    def adapt(
        self, x: Any, sample_weight: ArrayLike | None = None, *, steps: int | None = None
    ) -> None:
        super().adapt(x, sample_weight, steps=steps)
        if has_open_shortcut(self.encoder) and has_open_shortcut(self.decoder):
            examples = weighted_examples(x, sample_weight, steps)
            inputs = ((self._encoder_inputs(rows).numpy(), weights) for rows, weights in examples)
            start_linearly(self, inputs)

    def posterior_from(self, outputs: tf.Tensor) -> tfd.Distribution:
        return self.posterior.distribution(outputs)

    def parameters_from(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return self.posterior.parameters(outputs)

    def decoder_outputs(
        self, z: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        return apply(self.decoder, self._with_condition(z, condition, 1), training)

    def draw_samples(self, inputs: TraceInputs) -> Samples:
        latent = self.posterior.latent(
            self.encoder_outputs(inputs.x, inputs.condition, inputs.training),
            self.prior.distribution(self._context(inputs.condition)),
            inputs.draws,
            inputs.log_likelihood,
        )
        outputs = self.decoder_outputs(latent.sample, inputs.condition, inputs.training)
        return Samples((latent,), outputs)

    @property
    def posterior_noise_dims(self) -> tuple[int, ...] | None:
        return (self.posterior.noise_dim,) if self.posterior.draws_from_noise else None

    @property
    def noise_dims(self) -> tuple[int, ...]:
        return (self.prior.noise_dim,)

    def from_noise(self, noise: tf.Tensor, condition: tf.Tensor | None = None) -> tf.Tensor:
        return self.prior.from_noise(tf.convert_to_tensor(noise), self._context(condition))

    def _context(self, condition: tf.Tensor | None) -> Context:
        if self.condition is None or condition is None:
            return Context(self.posterior_of)
        return Context(self.posterior_of, self.condition.as_vector(condition))

    def _with_condition(
        self, x: tf.Tensor, condition: tf.Tensor | None, event_rank: int
    ) -> tf.Tensor:
        """x as the networks take it: with the condition, if the model has one."""
        x = as_float(x)
        if self.condition is None:
            return x
        if condition is None:
            raise ConfigError(
                f"this {type(self).__name__} has a condition ({self.condition.name}): give "
                "condition=, in fit() as y."
            )
        return append_condition(x, self.condition.as_vector(condition), event_rank)


def _refuse_shared(encoder: keras.Model, decoder: keras.Model) -> None:
    """Raises `ConfigError` for networks with a layer in common, which could not be loaded again:
    each is saved by itself."""
    layers = {id(layer) for layer in encoder._flatten_layers()}
    shared = [layer.name for layer in decoder._flatten_layers() if id(layer) in layers]
    if shared:
        raise ConfigError(
            f"encoder and decoder share the layer {shared[0]!r}: give each its own; weights that "
            "are to be the same cannot be saved with a model."
        )
