"""Directions and radii of the latents."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.constructors import CheckedConstructor
from vaezoo.protocols import Array


class Hypersphere(metaclass=CheckedConstructor):
    """z = r d: a uniform direction d, and a radius r by the quantiles of the latents' radii.

    For latents that lie on a shell around the origin, as they do in many dimensions.

    Args:
        radii: of the latents, in ascending order, [Q].
        latent_dim: D, the size of z.
    """

    is_conditional = False

    def __init__(self, radii: Array, latent_dim: int) -> None:
        self.radii = np.asarray(radii, np.float32)
        self.latent_dim = latent_dim

    @property
    def noise_dim(self) -> int:
        """One number for the radius, the others for the direction."""
        return self.latent_dim + 1

    def from_noise(self, noise: tf.Tensor) -> tf.Tensor:
        """As `Sampler.from_noise`."""
        uniform = 0.5 * (1 + tf.math.erf(noise[:, 0] / 2**0.5))
        place = uniform * (len(self.radii) - 1)
        below = tf.minimum(tf.cast(place, tf.int32), len(self.radii) - 2)
        fraction = place - tf.cast(below, tf.float32)
        radius = tf.gather(self.radii, below) * (1 - fraction)
        radius += tf.gather(self.radii, below + 1) * fraction
        return radius[:, None] * tf.math.l2_normalize(noise[:, 1:], axis=-1)


def fit_hypersphere(z: Array, seed: int, num_quantiles: int = 999) -> Hypersphere:
    """A uniform direction and the latents' own radii.

    Args:
        z: latents, [N, D].
        seed: not used: the fit is deterministic.
        num_quantiles: evenly spaced quantiles of the radii, not counting the ends.
    """
    radii = np.linalg.norm(z, axis=1)
    return Hypersphere(
        np.quantile(radii, np.linspace(0, 1, positive("num_quantiles", num_quantiles) + 2)),
        z.shape[1],
    )
