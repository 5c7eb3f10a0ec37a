"""The family of models whose latents are discrete codes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import check_shape, positive
from vaezoo._core.calls import call
from vaezoo._core.components import build, resolve
from vaezoo._core.types import KerasArguments
from vaezoo._model.base import LatentVariableModel
from vaezoo._trace import Latent, Samples, TraceInputs
from vaezoo.distributions import tfd
from vaezoo.likelihoods import LIKELIHOODS, Likelihood
from vaezoo.networks import GRIDS, apply
from vaezoo.objectives import Objective
from vaezoo.priors import Prior
from vaezoo.protocols import Spec
from vaezoo.quantisers import QUANTISERS, Quantiser


@keras.saving.register_keras_serializable("vaezoo")
class QuantisedVAE(LatentVariableModel):
    """Autoencoder whose latents are discrete codes, with a prior over them.

        c = codes(encoder(x))     p(c) = prior()     p(x|c) = likelihood(decoder(values of c))
        loss = -log p(x|c) - log p(c) + the quantiser's penalty

    q(c|x) is a point, so that log p(x|c) + log p(c) is a lower bound of log p(x), and the KL is
    -log p(c). After `freeze_codes` only the prior is trained: the second stage of van den Oord
    et al. 2017, sec. 3.3, https://arxiv.org/abs/1711.00937.

    To users, z is the vector of the T = P R codes of an example, as floats.

    Args:
        data_shape: shape of one example.
        channels: C, size of the vector at each position, before quantisation.
        network: of `vaezoo.networks.GRIDS`, with its arguments.
        quantiser: of `vaezoo.quantisers`.
        prior: p(c): "autoregressive_codes" or "uniform_codes", of `vaezoo.priors`.
        likelihood: p(x|c), of `vaezoo.likelihoods`.
        objective: of `vaezoo.objectives`.
        seed: decides the noise; None takes it from `keras.utils.set_random_seed`.
        keras_args: `name` and `dtype`, as for any Keras model.

    Reports, in addition to what every model does, `perplexity`: exp of the entropy of the codes
    of a batch, and `usage`: the fraction of the codebook that a batch uses.

    Example:
        >>> from vaezoo.models import QuantisedVAE
        >>> quantiser = {"name": "vector", "codebook_size": 16}
        >>> model = QuantisedVAE((8, 8, 1), 4, quantiser=quantiser, seed=0)
        >>> model.generate(3, seed=0).shape
        (3, 8, 8, 1)

    Raises:
        ConfigError: arguments that do not fit together.
        UnknownNameError: a component that no registry holds.
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
        data_shape = check_shape(data_shape)
        channels = positive("channels", channels)
        likelihood = build("likelihood", likelihood, LIKELIHOODS, data_shape=data_shape)
        quantiser = build("quantiser", quantiser, QUANTISERS, channels=channels)
        maker, arguments, what = resolve("network of codes", network, GRIDS)
        dtype = keras.dtype_policies.get(keras_args.get("dtype"))
        outputs = likelihood.output_shape
        grid = call(
            what, maker, likelihood.encoder_shape, outputs, channels, dtype=dtype, **arguments
        )
        super().__init__(
            data_shape,
            [grid.encoder.output_shape[1] * quantiser.num_codes],
            f"codes_{quantiser.codebook_size}",
            prior=prior,
            likelihood=likelihood,
            objective=objective,
            fixed={"codebook_size": quantiser.codebook_size},
            seed=seed,
            **keras_args,
        )
        self.quantiser = quantiser
        self.encoder, self.decoder = grid
        self.codebook_size = quantiser.codebook_size
        self.built = True

    @property
    def posterior_noise_dims(self) -> tuple[int, ...]:
        return ()

    @property
    def noise_dims(self) -> tuple[int, ...]:
        return (self.prior.noise_dim,)

    def encoder_outputs(
        self, x: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        return apply(self.encoder, self._encoder_inputs(x), training)

    def posterior_from(self, outputs: tf.Tensor) -> tfd.Distribution:
        return tfd.VectorDeterministic(self.parameters_from(outputs)["mean"])

    def parameters_from(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        quantised = self.quantiser.quantise(outputs, tf.constant([0, 0]), training=False)
        return {"mean": self._flat(quantised.codes)}

    def decoder_outputs(
        self, z: tf.Tensor, condition: tf.Tensor | None = None, training: bool = False
    ) -> tf.Tensor:
        z = tf.convert_to_tensor(z)
        shape = [*tf.unstack(tf.shape(z)[:-1]), -1, self.quantiser.num_codes]
        codes = tf.reshape(tf.cast(z, tf.int32), shape)
        return apply(self.decoder, self.quantiser.embed(codes), training)

    def draw_samples(self, inputs: TraceInputs) -> Samples:
        vectors = self.encoder_outputs(inputs.x, training=inputs.training)
        seed = tf.random.split(inputs.seed, 2)[0]
        # Quantisers of your own need to know of weights only if examples have some.
        share = 1.0 if inputs.share is None else inputs.share
        given = inputs.example_weights
        weights = {} if given is None else {"weights": share * given}
        quantised = self.quantiser.quantise(vectors, seed, inputs.training, **weights)
        codes = self._flat(quantised.codes)
        # q is a point: all K draws are the same.
        draws = codes[None] * tf.ones((inputs.num_samples, 1, 1))
        latent = Latent(tfd.VectorDeterministic(codes), self.prior.distribution(), draws)
        return Samples(
            (latent,),
            apply(self.decoder, quantised.values, inputs.training)[None],
            penalty=quantised.penalty,
            figures=self._figures(quantised.codes, inputs.example_weights),
        )

    def from_noise(self, noise: tf.Tensor, condition: tf.Tensor | None = None) -> tf.Tensor:
        return self.prior.from_noise(tf.convert_to_tensor(noise))

    def freeze_codes(self) -> None:
        """From now on `fit` trains the prior only; compile again first."""
        for part in (self.encoder, self.decoder, self.quantiser, self.likelihood):
            part.trainable = False

    def _flat(self, codes: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.reshape(codes, (-1, self.latent_dim)), tf.float32)

    def _figures(self, codes: tf.Tensor, weights: tf.Tensor | None) -> dict[str, tf.Tensor]:
        each = tf.one_hot(tf.reshape(codes, (-1, self.latent_dim)), self.codebook_size)
        if weights is not None:
            each *= weights[:, None, None]
        counts = tf.reduce_sum(each, axis=(0, 1))
        fractions = counts / tf.reduce_sum(counts)
        return {
            "perplexity": tf.exp(-tf.reduce_sum(tf.math.xlogy(fractions, fractions))),
            "usage": tf.reduce_mean(tf.cast(fractions > 0, tf.float32)),
        }
