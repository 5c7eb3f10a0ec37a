"""The family of models whose latents are codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import keras
import tensorflow as tf

from vaezoo._checks import check_codes, positive
from vaezoo._core.base import LatentVariableModel
from vaezoo._core.components import build, naming_errors, resolve
from vaezoo._core.trace import Latent, Trace
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError, DataError
from vaezoo.likelihoods import LIKELIHOODS, Likelihood
from vaezoo.networks import GRIDS, apply
from vaezoo.objectives import OBJECTIVES, Objective
from vaezoo.priors import PRIORS, Prior
from vaezoo.protocols import Spec
from vaezoo.quantisers import QUANTISERS, Quantiser


@keras.saving.register_keras_serializable("vaezoo")
class QuantisedVAE(LatentVariableModel):
    """Autoencoder whose codes are whole numbers, with a prior over them.

        c = codes(encoder(x))     p(c) = prior()     p(x|c) = likelihood(decoder(values of c))
        loss = -log p(x|c) - log p(c) + the quantiser's penalty

    q(c|x) is a point, so that log p(x|c) + log p(c) is a lower bound of log p(x), and the KL is
    -log p(c). The prior learns the codes as they are; `freeze_codes` lets it learn them alone,
    the second stage of van den Oord et al. 2017, sec. 3.3, https://arxiv.org/abs/1711.00937.

    Outside, z is the vector of the T = P R codes of an example, as floats.

    Args:
        data_shape: shape of one example.
        channels: C, numbers at a position, before they are quantised.
        network: of `vaezoo.networks.GRIDS`, with its arguments.
        quantiser: of `vaezoo.quantisers`.
        prior: p(c): "autoregressive_codes" or "uniform_codes", of `vaezoo.priors`.
        likelihood: p(x|c), of `vaezoo.likelihoods`.
        objective: of `vaezoo.objectives`.
        seed: decides the noise; None takes it from `keras.utils.set_random_seed`.
        keras_args: `name` and `dtype`, as for any Keras model.

    Reports, beside what every model does, `perplexity`: exp of the entropy of the codes of a
    batch, and `usage`: the share of the codebook that a batch uses.

    Example:
        >>> from vaezoo.models import QuantisedVAE
        >>> quantiser = {"name": "vector", "codebook_size": 16}
        >>> model = QuantisedVAE((8, 8, 1), 4, quantiser=quantiser, seed=0)
        >>> model.generate(3, seed=0).shape
        (3, 8, 8, 1)

    Raises:
        ConfigError: arguments that do not fit together.
        UnknownNameError: a part that no registry holds.
    """

    reports = ("perplexity", "usage")

    def __init__(
        self,
        data_shape: Sequence[int],
        channels: int = 16,
        *,
        network: Spec = "conv",
        quantiser: Spec | Quantiser = "vector",
        prior: Spec | Prior = "autoregressive_codes",
        likelihood: Spec | Likelihood = "bernoulli",
        objective: Spec | Objective = "elbo",
        seed: int | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        data_shape = tuple(positive("data_shape", size) for size in data_shape)
        channels = positive("channels", channels)
        likelihood = build("likelihood", likelihood, LIKELIHOODS, data_shape=data_shape)
        quantiser = build("quantiser", quantiser, QUANTISERS, channels=channels)
        maker, arguments, what = resolve("network of codes", network, GRIDS)
        dtype = keras.dtype_policies.get(keras_args.get("dtype"))
        with naming_errors(what):
            grid = maker(data_shape, likelihood.output_shape, channels, dtype=dtype, **arguments)
        positions = grid.encoder.output_shape[1]
        fixed = {
            "latent_dim": positions * quantiser.num_codes,
            "codebook_size": quantiser.codebook_size,
            "data_shape": data_shape,
        }
        objective = build("objective", objective, OBJECTIVES, **fixed)
        super().__init__(
            data_shape,
            objective=objective,
            prior=build("prior", prior, PRIORS, **fixed),
            likelihood=likelihood,
            has_density=objective.fits_likelihood,
            seed=seed,
            **keras_args,
        )
        space = f"codes_{quantiser.codebook_size}"
        if self.prior.space != space:
            raise ConfigError(
                f"the prior {type(self.prior).__name__} lives in {self.prior.space!r}, the codes "
                f"in {space!r}: choose 'autoregressive_codes' or 'uniform_codes'."
            )
        self.quantiser = quantiser
        self.encoder, self.decoder = grid
        self.latent_dim = fixed["latent_dim"]
        self.codebook_size = quantiser.codebook_size
        self.built = True

    @property
    def posterior_noise_dims(self) -> tuple[int, ...]:
        return ()

    @property
    def noise_dims(self) -> tuple[int, ...]:
        return (self.prior.noise_dim,)

    def encode(self, x: Any, condition: Any = None, training: bool = False) -> tfd.Distribution:
        return tfd.VectorDeterministic(self.code(x, condition, training))

    def code(self, x: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        h = self._vectors(x, training)
        return self._flat(self.quantiser.quantise(h, tf.constant([0, 0]), training=False).codes)

    def decoder_outputs(self, z: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        z = tf.convert_to_tensor(z)
        if z.shape[-1] != self.latent_dim:
            raise DataError(f"z has shape {list(z.shape)}: expected [..., {self.latent_dim}].")
        if tf.executing_eagerly():
            check_codes(z.numpy(), self.codebook_size)
        shape = [*tf.unstack(tf.shape(z)[:-1]), -1, self.quantiser.num_codes]
        codes = tf.reshape(tf.cast(z, tf.int32), shape)
        return apply(self.decoder, self.quantiser.embed(codes), training)

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
        seeds = tf.random.split(self._seed(seed), 2)
        quantised = self.quantiser.quantise(self._vectors(x, training), seeds[0], training)
        codes = self._flat(quantised.codes)
        outputs = apply(self.decoder, quantised.values, training)[None]
        fit = self.likelihood.training_distribution(outputs, x) if training else None
        likelihood = fit or self.likelihood.distribution(outputs)
        # q is a point: every draw is the same.
        each = tf.ones((num_samples, 1))
        posterior = tfd.VectorDeterministic(codes)
        latent = Latent(posterior, self.prior.distribution(), codes[None] * each[..., None])
        shares = self._shares(quantised.codes)
        return Trace(
            x,
            likelihood,
            (latent,),
            likelihood.log_prob(x) * each,
            penalty=quantised.penalty,
            figures={
                "perplexity": tf.exp(-tf.reduce_sum(tf.math.xlogy(shares, shares))),
                "usage": tf.reduce_mean(tf.cast(shares > 0, tf.float32)),
            },
            decode=lambda z: self.decode(z, training=training),
            seed=seeds[1],
            training=training,
        )

    def from_noise(self, noise: Any, condition: Any = None) -> tf.Tensor:
        return self.prior.from_noise(tf.convert_to_tensor(noise))

    def freeze_codes(self) -> None:
        """From now on `fit` moves the prior only; compile again before."""
        for part in (self.encoder, self.decoder, self.quantiser, self.likelihood):
            part.trainable = False

    def _vectors(self, x: Any, training: bool) -> tf.Tensor:
        seen = self.likelihood.encoder_inputs(tf.cast(tf.convert_to_tensor(x), tf.float32))
        return apply(self.encoder, seen, training)

    def _flat(self, codes: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.reshape(codes, (-1, self.latent_dim)), tf.float32)

    def _shares(self, codes: tf.Tensor) -> tf.Tensor:
        counts = tf.reduce_sum(tf.one_hot(tf.reshape(codes, [-1]), self.codebook_size), axis=0)
        return counts / tf.reduce_sum(counts)
