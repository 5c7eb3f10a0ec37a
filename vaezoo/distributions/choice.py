"""Categories and mixtures as functions of normal noise."""

from __future__ import annotations

import tensorflow as tf
from tensorflow_probability import distributions as tfd


def mixture_from_noise(
    components: tfd.Distribution, probabilities: tf.Tensor, noise: tf.Tensor
) -> tf.Tensor:
    """A sample of a mixture of normals, as a function of noise ~ N(0, I).

    Args:
        components: independent normals, batch shape [C], event shape [D].
        probabilities: of the components, [C].
        noise: [N, 1 + D]: the first number chooses the component, the others are scaled and
            shifted by it.

    Returns:
        [N, D].
    """
    index = tf.cast(category_from_noise(probabilities, noise[:, 0]), tf.int32)
    means, scales = components.mean(), components.stddev()
    return tf.gather(means, index) + tf.gather(scales, index) * noise[:, 1:]


def category_from_noise(probabilities: tf.Tensor, noise: tf.Tensor) -> tf.Tensor:
    """A category 0 ... C - 1 of given probabilities, as a function of noise ~ N(0, 1).

    Args:
        probabilities: [C] or [..., C].
        noise: [...].

    Returns:
        float32, [...].

    Example:
        >>> from vaezoo.distributions import category_from_noise
        >>> category_from_noise([0.5, 0.5], [-1.0, 2.0]).numpy().tolist()
        [0.0, 1.0]
    """
    uniform = 0.5 * (1 + tf.math.erf(tf.convert_to_tensor(noise)[..., None] / 2**0.5))
    above = tf.cast(uniform > tf.cumsum(probabilities, axis=-1)[..., :-1], tf.float32)
    return tf.reduce_sum(above, axis=-1)
