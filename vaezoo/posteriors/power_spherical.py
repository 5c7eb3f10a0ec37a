"""Posteriors on the sphere."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo.distributions import OpenPowerSpherical, tfd
from vaezoo.distributions.spaces import two_or_more
from vaezoo.posteriors.base import Posterior


@keras.saving.register_keras_serializable("vaezoo")
class PowerSpherical(Posterior):
    """q(z|x) = (1 + m(x).z)^k(x) / normaliser on the sphere |z| = 1, m unit, k = softplus(raw).

    A density with respect to the sphere's surface. De Cao & Aziz 2020,
    https://arxiv.org/abs/2006.04437; it replaces the von Mises-Fisher distribution of Davidson
    et al. 2018, https://arxiv.org/abs/1804.00891, and is sampled without rejection.

    Args:
        latent_dim: D, the size of z: the sphere has D - 1 dimensions.

    Raises:
        ConfigError: `latent_dim` is below 2.
    """

    draws_from_noise = False  # they are functions of beta variables
    space = "sphere"

    def __init__(self, latent_dim: int, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(two_or_more(latent_dim, "sphere"), **keras_args)

    @property
    def num_outputs(self) -> int:
        return self.latent_dim + 1

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """As for every posterior; "mean" is the mean direction m, a point of the sphere."""
        raw, concentration = tf.split(tf.cast(outputs, tf.float32), [self.latent_dim, 1], axis=-1)
        return {
            "mean": tf.math.l2_normalize(raw, axis=-1),
            "concentration": tf.nn.softplus(concentration[..., 0]),
        }

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        parameters = self.parameters(outputs)
        return OpenPowerSpherical(parameters["mean"], parameters["concentration"])
