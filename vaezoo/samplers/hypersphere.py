"""Directions and radii of the codes."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from vaezoo._checks import positive


class Hypersphere:
    """z = r d: a uniform direction d, and a radius r by the quantiles of the codes' radii.

    For codes that lie on a shell around the origin, as those of many dimensions do.

    Args:
        radii: of the codes, in ascending order, [Q].
        latent_dim: D, the size of z.
    """

    def __init__(self, radii: np.ndarray, latent_dim: int) -> None:
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
        share = place - tf.cast(below, tf.float32)
        radius = tf.gather(self.radii, below) * (1 - share)
        radius += tf.gather(self.radii, below + 1) * share
        return radius[:, None] * tf.math.l2_normalize(noise[:, 1:], axis=-1)


def fit_hypersphere(z: np.ndarray, seed: int, num_quantiles: int = 999) -> Hypersphere:
    """A uniform direction and the codes' own radii.

    Args:
        z: codes, [N, D].
        seed: of nothing: the fit is exact.
        num_quantiles: of the radii, evenly spaced, that are kept, the ends not counted.
    """
    radii = np.linalg.norm(z, axis=1)
    return Hypersphere(
        np.quantile(radii, np.linspace(0, 1, positive("num_quantiles", num_quantiles) + 2)),
        z.shape[1],
    )
