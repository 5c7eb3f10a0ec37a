"""A flow of the latents."""

from __future__ import annotations

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import above_zero, positive
from vaezoo._core.components import build
from vaezoo.priors import PRIORS, Prior
from vaezoo.protocols import Array, Spec
from vaezoo.samplers.standardised import Standardised, mean_and_scale


def fit_flow(
    z: Array,
    seed: int,
    prior: Spec = "masked_autoregressive",
    num_steps: int = 2000,
    batch_size: int = 256,
    learning_rate: float = 2e-3,
) -> Standardised:
    """A flow of the standardised latents y, fitted by maximum likelihood: loss = -mean log p(y).

    Args:
        z: latents, [N, D].
        seed: of the weights and of the batches.
        prior: "masked_autoregressive", "real_nvp", or either with its arguments.
        num_steps: of Adam, with a learning rate that falls to zero along a cosine.
        batch_size: latents per step.
        learning_rate: its maximum.
    """
    mean, scale = mean_and_scale(z)
    y = (z - mean) / scale
    keras.utils.set_random_seed(seed)
    flow: Prior = build("prior", prior, PRIORS, latent_dim=z.shape[1])
    steps = positive("num_steps", num_steps)
    batch_size = positive("batch_size", batch_size)
    rate = above_zero("learning_rate", learning_rate)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(rate, steps))
    weights = flow.trainable_weights
    optimizer.build(weights)

    @tf.function
    def step(batch: tf.Tensor) -> None:
        with tf.GradientTape() as tape:
            loss = -tf.reduce_mean(flow.distribution().log_prob(batch))
        optimizer.apply(tape.gradient(loss, weights), weights)

    rng = np.random.default_rng(seed)
    for _ in range(steps):
        step(tf.constant(y[rng.integers(len(y), size=batch_size)]))
    return Standardised(flow, mean, scale)
