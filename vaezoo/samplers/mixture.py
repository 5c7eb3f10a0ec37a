"""A Gaussian mixture of the codes."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo.distributions import category_from_noise, tfd


class NormalMixture:
    """sum_c pi_c N(z; mean_c, L_c L_c').

    Args:
        shares: pi, [C].
        means: [C, D].
        factors: L, lower triangles, [C, D, D].
    """

    def __init__(self, shares: np.ndarray, means: np.ndarray, factors: np.ndarray) -> None:
        self.shares = np.asarray(shares, np.float32)
        self.means = np.asarray(means, np.float32)
        self.factors = np.asarray(factors, np.float32)

    @property
    def noise_dim(self) -> int:
        """One number chooses the component, the others are scaled and shifted."""
        return 1 + self.means.shape[1]

    def distribution(self) -> tfd.Distribution:
        """p(z)."""
        components = tfd.MultivariateNormalTriL(self.means, self.factors)
        return tfd.MixtureSameFamily(tfd.Categorical(probs=self.shares), components)

    def from_noise(self, noise: tf.Tensor) -> tf.Tensor:
        """As `Sampler.from_noise`."""
        index = tf.cast(category_from_noise(self.shares, noise[:, 0]), tf.int32)
        moved = tf.linalg.matvec(tf.gather(self.factors, index), noise[:, 1:])
        return tf.gather(self.means, index) + moved


def fit_mixture(z: np.ndarray, seed: int, num_components: int = 10) -> NormalMixture:
    """A mixture of normals with full covariances, fitted by scikit-learn.

    Ghosh et al. 2020, sec. 4, https://arxiv.org/abs/1903.12436, "ex-post density estimation".

    Args:
        z: codes, [N, D].
        seed: of the fit's start.
        num_components: how many; no more than N are taken. The paper: 10.
    """
    from sklearn.mixture import GaussianMixture

    num_components = min(positive("num_components", num_components), len(z))
    fitted = GaussianMixture(num_components, random_state=seed).fit(z.astype(np.float64))
    factors = np.linalg.cholesky(fitted.covariances_)
    return NormalMixture(fitted.weights_, fitted.means_, factors)
