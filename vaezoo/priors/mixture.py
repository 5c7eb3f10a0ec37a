"""Mixture-of-normals priors."""

from __future__ import annotations

from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import PriorArguments
from vaezoo.distributions import mixture_from_noise, tfd
from vaezoo.priors.base import NO_CONTEXT, Context, Prior
from vaezoo.protocols import ArrayLike

_MIN_SCALE = 1e-4


@keras.saving.register_keras_serializable("vaezoo")
class Mixture(Prior):
    """p(z) = sum_c pi_c N(z; mean_c, diag(scale_c^2)), all parameters learned.

    Jiang et al. 2017, eqs. 2 to 4, https://arxiv.org/abs/1611.05148. Means are initialised
    as samples of N(0, I), scales as 1, probabilities as equal.

    Args:
        latent_dim: D, the size of z.
        num_components: C, the number of components.
        prior_args: `data_shape`, `condition_dim`, `name` and `dtype`, as for every prior.

    Raises:
        ConfigError: `num_components` is below 1.
    """

    def __init__(
        self, latent_dim: int, *, num_components: int = 10, **prior_args: Unpack[PriorArguments]
    ) -> None:
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
        """One number chooses the component, the others are scaled and shifted by it."""
        return self.latent_dim + 1

    def set_components(self, probabilities: ArrayLike, means: ArrayLike, scales: ArrayLike) -> None:
        """Sets pi [C], the means [C, D] and the scales [C, D], which have to be above 1e-4."""
        self.logits.assign(np.log(probabilities))
        self.means.assign(means)
        # the inverse of softplus, in a form that does not overflow for large scales
        rest = np.maximum(np.asarray(scales) - _MIN_SCALE, 1e-6)
        self.raw_scales.assign(rest + np.log(-np.expm1(-rest)))

    def components(self) -> tfd.Distribution:
        """N(z; mean_c, diag(scale_c^2)), batch shape [C]."""
        means, raw = map(tf.convert_to_tensor, (self.means, self.raw_scales))
        return tfd.Independent(tfd.Normal(means, tf.nn.softplus(raw) + _MIN_SCALE), 1)

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        index = tfd.Categorical(logits=tf.convert_to_tensor(self.logits))
        return tfd.MixtureSameFamily(index, self.components())

    def responsibilities(self, z: ArrayLike) -> tf.Tensor:
        """p(c|z), [..., D] -> [..., C]: Jiang et al. 2017, eq. 16."""
        z = tf.cast(tf.convert_to_tensor(z), tf.float32)[..., None, :]
        return tf.nn.softmax(self.components().log_prob(z) + tf.nn.log_softmax(self.logits))

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        probabilities = tf.nn.softmax(tf.convert_to_tensor(self.logits))
        return mixture_from_noise(self.components(), probabilities, noise)
