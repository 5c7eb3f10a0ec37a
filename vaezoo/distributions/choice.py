"""One of several, as a function of normal noise."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import distributions as tfd


def draw_component(components: tfd.Distribution, shares: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """A draw of a mixture of normals, as a function of noise ~ N(0, I).

    Args:
        components: independent normals, batch shape [C], event shape [D].
        shares: of the components, [C].
        noise: [N, 1 + D]: the first number chooses, the others are scaled and shifted.

    Returns:
        [N, D].
    """
    chosen = choose(shares, noise[:, 0])
    means, scales = components.mean(), components.stddev()
    return tf.gather(means, chosen) + tf.gather(scales, chosen) * noise[:, 1:]


def choose(shares: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """Which of C components noise ~ N(0, 1) stands for, [N] -> [N], given their shares [C]."""
    return tf.cast(choose_each(shares, noise), tf.int32)


def choose_each(shares: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """As `choose`, with shares [C] or [..., C] for noise [...]; float32 [...]."""
    uniform = 0.5 * (1 + tf.math.erf(noise[..., None] / 2**0.5))
    passed = tf.cast(uniform > tf.cumsum(shares, axis=-1)[..., :-1], tf.float32)
    return tf.reduce_sum(passed, axis=-1)
