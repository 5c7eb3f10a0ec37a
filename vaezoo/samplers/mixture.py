"""A Gaussian mixture of the latents."""

from __future__ import annotations

import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.constructors import CheckedConstructor
from vaezoo.distributions import category_from_noise, tfd
from vaezoo.errors import ConfigError
from vaezoo.protocols import Array


class NormalMixture(metaclass=CheckedConstructor):
    """sum_c pi_c N(z; mean_c, L_c L_c').

    Args:
        weights: pi, [C].
        means: [C, D].
        factors: L, lower triangles, [C, D, D].
    """

    is_conditional = False

    def __init__(self, weights: Array, means: Array, factors: Array) -> None:
        self.weights = np.asarray(weights, np.float32)
        self.means = np.asarray(means, np.float32)
        self.factors = np.asarray(factors, np.float32)
        shapes = [list(array.shape) for array in (self.weights, self.means, self.factors)]
        num, dim = (*self.means.shape, 0, 0)[:2]
        if shapes != [[num], [num, dim], [num, dim, dim]]:
            raise ConfigError(
                f"weights, means and factors have shapes {shapes}: expected [C], [C, D], [C, D, D]."
            )

    @property
    def noise_dim(self) -> int:
        """One number selects the component, the others are scaled and shifted."""
        return 1 + self.means.shape[1]

    def distribution(self) -> tfd.Distribution:
        """p(z)."""
        components = tfd.MultivariateNormalTriL(self.means, self.factors)
        return tfd.MixtureSameFamily(tfd.Categorical(probs=self.weights), components)

    def from_noise(self, noise: tf.Tensor) -> tf.Tensor:
        """As `Sampler.from_noise`."""
        component = tf.cast(category_from_noise(self.weights, noise[:, 0]), tf.int32)
        offset = tf.linalg.matvec(tf.gather(self.factors, component), noise[:, 1:])
        return tf.gather(self.means, component) + offset


def fit_mixture(z: Array, seed: int, num_components: int = 10) -> NormalMixture:
    """A mixture of normals with full covariances, fitted by scikit-learn.

    Ghosh et al. 2020, sec. 4, https://arxiv.org/abs/1903.12436, "ex-post density estimation".

    Args:
        z: latents, [N, D].
        seed: of the initialisation.
        num_components: how many; at most N. The paper: 10.
    """
    from sklearn.mixture import GaussianMixture

    num_components = min(positive("num_components", num_components), len(z))
    mixture = GaussianMixture(num_components, random_state=seed).fit(z.astype(np.float64))
    factors = np.linalg.cholesky(mixture.covariances_)
    return NormalMixture(mixture.weights_, mixture.means_, factors)
