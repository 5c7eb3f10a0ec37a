"""Normal posteriors with full covariance."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import tfb, tfd
from vaezoo.posteriors.base import Posterior


@keras.saving.register_keras_serializable("vaezoo")
class FullCovariance(Posterior):
    """q(z|x) = N(z; mean(x), L(x) L(x)'), L lower triangular, diag(L) = softplus(raw) + 1e-6.

    Kingma & Welling 2019, sec. 2.5.1, https://arxiv.org/abs/1906.02691.

    Args:
        latent_dim: D, the size of z. The encoder outputs D (D + 3) / 2 numbers.
    """

    @property
    def num_outputs(self) -> int:
        return self.latent_dim * (self.latent_dim + 3) // 2

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        mean, raw = tf.split(tf.cast(outputs, tf.float32), [self.latent_dim, -1], axis=-1)
        lower = tfb.FillTriangular().forward(raw)
        diagonal = tf.cast(tf.eye(self.latent_dim), tf.bool)
        return {"mean": mean, "scale_tril": tf.where(diagonal, tf.nn.softplus(lower) + 1e-6, lower)}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        parameters = self.parameters(outputs)
        return tfd.MultivariateNormalTriL(parameters["mean"], parameters["scale_tril"])
