"""Normal posteriors with diagonal covariance."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.posteriors.base import Posterior


@keras.saving.register_keras_serializable("vaezoo")
class DiagonalNormal(Posterior):
    """q(z|x) = N(z; mean(x), diag(scale(x)^2)), scale = softplus(raw) + 1e-6.

    Kingma & Welling 2014, eq. 9, https://arxiv.org/abs/1312.6114.

    Args:
        latent_dim: D, the size of z.

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.posteriors import DiagonalNormal
        >>> posterior = DiagonalNormal(latent_dim=2)
        >>> posterior.num_outputs
        4
        >>> posterior.distribution(tf.zeros([5, 4])).mean().shape.as_list()
        [5, 2]
    """

    @property
    def num_outputs(self) -> int:
        return 2 * self.latent_dim

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        mean, raw = tf.split(tf.cast(outputs, tf.float32), 2, axis=-1)
        return {"mean": mean, "scale": tf.nn.softplus(raw) + 1e-6}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        parameters = self.parameters(outputs)
        return tfd.Independent(tfd.Normal(parameters["mean"], parameters["scale"]), 1)
