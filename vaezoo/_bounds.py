"""The two bounds on log p(x) that follow from importance weights, in Keras and in the runtime."""

from __future__ import annotations

import abc

from vaezoo.metrics import ImportanceWeights
from vaezoo.protocols import NUM_SAMPLES, Array, ArrayLike


class Bounds(abc.ABC):
    """`log_likelihood` and `elbo`, for models that have `importance_weights`."""

    @abc.abstractmethod
    def importance_weights(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> ImportanceWeights:
        """The weights p(x, z_k) / q(z_k|x)."""

    def log_likelihood(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> Array:
        """Importance-weighted estimate of log p(x), nats per example, [N].

        log 1/K sum_k p(x, z_k) / q(z_k|x): Burda et al. 2016, eq. 8,
        https://arxiv.org/abs/1509.00519. Its expectation is a lower bound that grows with K.
        Examples unlike the training data score low. Arguments and errors as
        `importance_weights`.
        """
        return self.importance_weights(
            x, num_samples=num_samples, condition=condition, seed=seed, progress=progress
        ).log_likelihood()

    def elbo(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> Array:
        """The evidence lower bound, estimated by K draws, nats per example, [N].
        Arguments and errors as `importance_weights`."""
        return self.importance_weights(
            x, num_samples=num_samples, condition=condition, seed=seed, progress=progress
        ).elbo()
