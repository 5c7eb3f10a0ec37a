"""A model as functions of tensors: one pass over a batch, and the weights of its samples.

These run in graphs too: training, evaluation and export are made of them. Nothing is checked.
"""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from vaezoo._model.model_functions import ModelFunctions, as_float
from vaezoo._trace import Trace, TraceInputs
from vaezoo.distributions import tfd
from vaezoo.protocols import ArrayLike

_fold_in = tf.random.experimental.stateless_fold_in


class TensorModel(ModelFunctions):
    """The trace x -> z -> p(x|z) of a model, from the functions that its family implements."""

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
        share: tf.Tensor | None = None,
        rows: int | None = None,
        first: int | tf.Tensor | None = None,
    ) -> Trace:
        """One pass x -> z -> p(x|z) with K = `num_samples`; the same seed, the same noise.

        Given `noise` ~ N(0, I), [K, B, sum of posterior_noise_dims], z is a function of it. Given
        `clean`, a model with a corruption encodes x and scores `clean`; other models ignore it.
        `example_weights`, [B], and `share`, [], as in `Trace`, `rows` and `first` as in
        `TraceInputs`.
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
                first,
                share,
            )
        )
        outputs, weights = samples.decoder_outputs, samples.weights
        if training:
            counts = _counts(weights, example_weights, share, num_samples)
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
            seed=_fold_in(_fold_in(key, 1), first) if first is not None else _fold_in(key, 1),
            training=training,
            example_weights=example_weights,
            share=share,
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
    weights: tf.Tensor | None,
    example_weights: tf.Tensor | None,
    share: tf.Tensor | None,
    num_samples: int,
) -> tf.Tensor | None:
    """How much each sample of each example counts, [K, B]; None: all the same."""
    if example_weights is None:
        return weights
    scaled = example_weights * tf.cast(tf.size(example_weights), tf.float32)
    scaled *= 1.0 if share is None else share
    shares = scaled / tf.reduce_sum(example_weights)
    return shares * (tf.fill([num_samples, 1], 1 / num_samples) if weights is None else weights)
