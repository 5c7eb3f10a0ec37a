"""A learned mixture of normals."""

from __future__ import annotations

from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo.distributions import draw_component, tfd
from vaezoo.priors.base import NOTHING, Context, Prior

LEAST = 1e-4  # of the scales


@keras.saving.register_keras_serializable("vaezoo")
class Mixture(Prior):
    """p(z) = sum_c pi_c N(z; mean_c, diag(scale_c^2)), all of it learned.

    Jiang et al. 2017, eqs. 2 to 4, https://arxiv.org/abs/1611.05148. Means start as draws of
    N(0, I), scales at 1, shares equal.

    Args:
        latent_dim: D, the size of z.
        num_components: C.
        prior_args: data_shape and condition_dim, as for every prior.

    Raises:
        ConfigError: `num_components` is below 1.
    """

    def __init__(self, latent_dim: int, *, num_components: int = 10, **prior_args: Any) -> None:
        super().__init__(latent_dim, **prior_args)
        self.num_components = positive("num_components", num_components)
        shape = (num_components, latent_dim)
        spread = keras.initializers.RandomNormal(stddev=1.0)
        self.logits = self.add_weight((num_components,), "zeros", "float32", name="logits")
        self.means = self.add_weight(shape, spread, "float32", name="means")
        # softplus(0.5413) = 1
        self.raw_scales = self.add_weight(
            shape, keras.initializers.Constant(0.5413), "float32", name="raw_scales"
        )

    @property
    def noise_dim(self) -> int:
        """One number chooses the component, the others are scaled and shifted."""
        return self.latent_dim + 1

    def set_components(self, shares: Any, means: Any, scales: Any) -> None:
        """Sets pi [C], the means [C, D] and the scales [C, D], which are above 1e-4."""
        self.logits.assign(np.log(shares))
        self.means.assign(means)
        # the softplus undone, in a form that holds for large scales too
        rest = np.maximum(np.asarray(scales) - LEAST, 1e-6)
        self.raw_scales.assign(rest + np.log(-np.expm1(-rest)))

    def components(self) -> tfd.Distribution:
        """N(z; mean_c, diag(scale_c^2)), batch shape [C]."""
        means, raw = map(tf.convert_to_tensor, (self.means, self.raw_scales))
        return tfd.Independent(tfd.Normal(means, tf.nn.softplus(raw) + LEAST), 1)

    def distribution(self, context: Context = NOTHING) -> tfd.Distribution:
        shares = tfd.Categorical(logits=tf.convert_to_tensor(self.logits))
        return tfd.MixtureSameFamily(shares, self.components())

    def responsibilities(self, z: Any) -> tf.Tensor:
        """p(c|z), [..., D] -> [..., C]: Jiang et al. 2017, eq. 16."""
        z = tf.cast(tf.convert_to_tensor(z), tf.float32)[..., None, :]
        return tf.nn.softmax(self.components().log_prob(z) + tf.nn.log_softmax(self.logits))

    def from_noise(self, noise: tf.Tensor, context: Context = NOTHING) -> tf.Tensor:
        shares = tf.nn.softmax(tf.convert_to_tensor(self.logits))
        return draw_component(self.components(), shares, noise)
