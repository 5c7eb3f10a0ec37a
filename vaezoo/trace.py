"""One pass x -> z -> p(x|z), and all that an objective may read of it.

Letters: B batch, K samples, D latent dimensions. The sample axis comes first: [K, B, ...].
All values are nats.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import tensorflow as tf

from vaezoo.distributions import kl_per_dimension, tfd


@dataclass(frozen=True)
class Latent:
    """One latent group.

    Attributes:
        posterior: q(z|x), batch shape [B] or [K, B].
        prior: p(z), batch shape [], [B] or [K, B].
        sample: z ~ q(z|x), [K, B, D].
    """

    posterior: tfd.Distribution
    prior: tfd.Distribution
    sample: tf.Tensor

    def log_ratio(self) -> tf.Tensor:
        """log p(z) - log q(z|x), [K, B]."""
        return self.prior.log_prob(self.sample) - self.posterior.log_prob(self.sample)

    def kl(self) -> tf.Tensor:
        """KL(q(z|x) || p(z)), [B]: in closed form where there is one, else from the samples."""
        try:
            kl = tfd.kl_divergence(self.posterior, self.prior)
        except NotImplementedError:
            kl = -self.log_ratio()
        # [K, B] too where a prior or posterior hangs on another group's samples
        return tf.reduce_mean(kl, axis=0) if kl.shape.rank == 2 else kl

    def kl_per_dimension(self) -> tf.Tensor:
        """KL(q(z_d|x) || p(z_d)), [B, D], for factorised posterior and prior."""
        return kl_per_dimension(self.posterior, self.prior)


@dataclass(frozen=True)
class Trace:
    """A data batch, its latents, and its likelihood.

    Attributes:
        x: data, [B, *data_shape].
        likelihood: p(x|z), batch shape [K, B].
        latents: the latent groups, from the data upwards.
        log_likelihood: log p(x|z), [K, B].
    """

    x: tf.Tensor
    likelihood: tfd.Distribution
    latents: tuple[Latent, ...]
    log_likelihood: tf.Tensor

    @property
    def num_samples(self) -> int:
        """K."""
        return self.log_likelihood.shape[0]

    def reconstruction(self) -> tf.Tensor:
        """E_q[log p(x|z)], estimated from the K samples, [B]."""
        return tf.reduce_mean(self.log_likelihood, axis=0)

    def kl(self) -> tf.Tensor:
        """KL of posterior from prior, summed over the latent groups, [B]."""
        return tf.add_n([latent.kl() for latent in self.latents])

    def elbo(self) -> tf.Tensor:
        """E_q[log p(x|z)] - KL(q(z|x) || p(z)), a lower bound of log p(x), [B]."""
        return self.reconstruction() - self.kl()

    def log_weights(self) -> tf.Tensor:
        """log p(x, z) - log q(z|x), [K, B]."""
        return self.log_likelihood + tf.add_n([latent.log_ratio() for latent in self.latents])

    def importance_weighted_bound(self) -> tf.Tensor:
        """log 1/K sum_k p(x, z_k) / q(z_k|x), [B]: Burda et al. 2016, eq. 8."""
        return tf.reduce_logsumexp(self.log_weights(), axis=0) - math.log(self.num_samples)
