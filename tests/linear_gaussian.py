"""A model whose every density has a closed form, in NumPy: x = W z + b + scale * noise."""

from __future__ import annotations

from typing import Any

import numpy as np

from vaezoo._bounds import Bounds
from vaezoo._noise import standard_normal
from vaezoo.metrics import ImportanceWeights
from vaezoo.protocols import NUM_SAMPLES, Array
from vaezoo.runtime.families import Normal


class LinearGaussian(Bounds):
    """`vaezoo.protocols.GenerativeModel`, probabilistic PCA with q(z|x) a diagonal normal.

    Tipping & Bishop 1999, https://doi.org/10.1111/1467-9868.00196. q has the mean of the true
    posterior, and the diagonal of its covariance, wider by `spread`: importance weights are
    needed, and are exact.
    """

    def __init__(self, data_shape: tuple[int, ...] = (5,), latent_dim: int = 2, **kw: Any) -> None:
        rng = np.random.default_rng(kw.get("seed", 0))
        self.data_shape, self.latent_dim = data_shape, latent_dim
        size = int(np.prod(data_shape))
        self.w = rng.normal(0, 1, (size, latent_dim))
        self.b, self.scale = rng.normal(0, 1, size), kw.get("scale", 0.5)
        self.cov = self.w @ self.w.T + self.scale**2 * np.eye(size)  # of x
        self.posterior_cov = np.linalg.inv(np.eye(latent_dim) + self.w.T @ self.w / self.scale**2)
        self.q_scale = kw.get("spread", 1.3) * np.sqrt(np.diag(self.posterior_cov))

    def encode(self, x: Any, *, condition: Any = None) -> Normal:
        return self.posterior(x)

    def posterior(self, x: Any) -> Normal:
        centred = np.reshape(x, (len(x), -1)) - self.b
        mean = centred @ self.w @ self.posterior_cov / self.scale**2
        return Normal({"mean": mean, "scale": np.broadcast_to(self.q_scale, mean.shape)})

    def encode_mean(self, x: Any, *, condition: Any = None) -> Array:
        return self.posterior(x).mean()

    def decode(self, z: Any, *, condition: Any = None) -> Normal:
        mean = (np.asarray(z) @ self.w.T + self.b).reshape(-1, *self.data_shape)
        return Normal({"mean": mean, "scale": np.full(mean.shape, self.scale)})

    def decode_mean(self, z: Any, *, condition: Any = None) -> Array:
        return self.decode(z).mean()

    def reconstruct(self, x: Any, *, condition: Any = None) -> Array:
        return self.decode_mean(self.encode_mean(x))

    def sample_latents(
        self, num: int, *, condition: Any = None, seed: Any = None, source: Any = None
    ) -> Array:
        return standard_normal(num, self.latent_dim, seed)

    def generate(
        self, num: int, *, condition: Any = None, seed: Any = None, source: Any = None
    ) -> Array:
        return self.decode_mean(self.sample_latents(num, seed=seed))

    def score(self, x: Any, *, noise: Any = None, condition: Any = None) -> Array:
        q, noise = self.posterior(x), np.asarray(noise)
        scores = []
        for k in range(noise.shape[1]):
            z = q.mean() + q.stddev() * noise[:, k]
            prior = Normal({"mean": np.zeros_like(z), "scale": np.ones_like(z)})
            scores.append(self.decode(z).log_prob(x) + prior.log_prob(z) - q.log_prob(z))
        return np.stack(scores, axis=1)

    def importance_weights(
        self,
        x: Any,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: Any = None,
        seed: int = 0,
        progress: bool = False,
    ) -> ImportanceWeights:
        weights = ImportanceWeights(len(x), num_samples)
        noise = np.random.default_rng(seed).standard_normal((len(x), num_samples, self.latent_dim))
        weights.add(slice(0, len(x)), self.score(x, noise=noise).T)
        return weights

    def draw(self, num: int, seed: int = 0) -> Array:
        """Draws of p(x), [num, *data_shape]."""
        size = len(self.b)
        noise = np.random.default_rng(seed).standard_normal((num, size))
        return (self.b + noise @ np.linalg.cholesky(self.cov).T).reshape(num, *self.data_shape)

    def conditional(self, x: Array, mask: Array) -> tuple[Array, Array]:
        """Mean and covariance of the values where `mask` is False, given the others, of one x."""
        x, mask = x.ravel(), mask.ravel()
        seen, missing = np.flatnonzero(mask), np.flatnonzero(~mask)
        gain = self.cov[np.ix_(missing, seen)] @ np.linalg.inv(self.cov[np.ix_(seen, seen)])
        mean = self.b[missing] + gain @ (x[seen] - self.b[seen])
        cov = self.cov[np.ix_(missing, missing)] - gain @ self.cov[np.ix_(seen, missing)]
        return mean, cov
