"""A flow of the codes."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.components import build
from vaezoo.priors import PRIORS, Prior
from vaezoo.samplers.standardised import Standardised, mean_and_scale


def fit_flow(
    z: np.ndarray,
    seed: int,
    prior: Any = "masked_autoregressive",
    num_steps: int = 2000,
    batch_size: int = 256,
    learning_rate: float = 2e-3,
) -> Standardised:
    """A flow of the standardised codes y, fitted by maximum likelihood: loss = -mean log p(y).

    Args:
        z: codes, [N, D].
        seed: of the weights and of the batches.
        prior: "masked_autoregressive", "real_nvp", or either with its arguments.
        num_steps: of Adam, with a learning rate that falls to zero along a cosine.
        batch_size: codes a step.
        learning_rate: at its highest.
    """
    mean, scale = mean_and_scale(z)
    y = (z - mean) / scale
    keras.utils.set_random_seed(seed)
    flow: Prior = build("prior", prior, PRIORS, latent_dim=z.shape[1])
    steps = positive("num_steps", num_steps)
    batch_size = positive("batch_size", batch_size)
    optimizer = keras.optimizers.Adam(keras.optimizers.schedules.CosineDecay(learning_rate, steps))
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
