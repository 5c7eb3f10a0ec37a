"""One pass x -> z -> p(x|z): what it starts from, what a family draws, what objectives read.

Letters: B batch, K samples, D latent dimensions. The sample axis comes first: [K, B, ...].
All values are nats.
"""

from __future__ import annotations

from vaezoo import _training  # noqa: F401  # before TensorFlow

# isort: split
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import tensorflow as tf

from vaezoo.distributions import (
    Draws,
    draws,
    kl_per_dimension,
    log_prob_of_noise,
    path_log_prob,
    tfd,
)
from vaezoo.errors import ConfigError


@dataclass(frozen=True)
class Latent:
    """One latent group.

    Attributes:
        posterior: q(z|x), batch shape [B] or [K, B].
        prior: p(z), batch shape [], [B] or [K, B].
        sample: z ~ q(z|x), [K, B, D].
        log_posterior: log q(z|x) of the sample, [K, B], where z was drawn by other means than
            `posterior.sample`, so that its density is not `posterior.log_prob`.
        noise: [K, B, D], unit normals of which the sample is mean + stddev noise, where
            `posterior` is normal and they are known: they give its density exactly, while
            (z - mean) / stddev loses digits where stddev is small.
    """

    posterior: tfd.Distribution
    prior: tfd.Distribution
    sample: tf.Tensor
    log_posterior: tf.Tensor | None = None
    noise: tf.Tensor | None = None

    def log_ratio(self) -> tf.Tensor:
        """log p(z) - log q(z|x), [K, B]."""
        return self.prior.log_prob(self.sample) - self._log_posterior()

    def _log_posterior(self) -> tf.Tensor:
        if self.log_posterior is not None:
            return self.log_posterior
        if self.noise is not None:
            return log_prob_of_noise(self.posterior, self.noise)
        return self.posterior.log_prob(self.sample)

    def path_log_ratio(self) -> tf.Tensor:
        """`log_ratio`, with q's parameters as constants where they score z, [K, B].

        Raises:
            ConfigError: q(z|x) cannot be evaluated at every z.
        """
        if self.log_posterior is not None:
            raise ConfigError(
                "this gradient estimator differentiates log q(z|x) by z: the posterior has no "
                "such density; choose another posterior or objective."
            )
        return self.prior.log_prob(self.sample) - path_log_prob(self.posterior, self.sample)

    def kl(self) -> tf.Tensor:
        """KL(q(z|x) || p(z)): in closed form where there is one, [B], else from the samples,
        [K, B]; [K, B] too where prior or posterior depends on another group's samples."""
        return self._kl

    @functools.cached_property
    def _kl(self) -> tf.Tensor:  # once: losses and several figures read it
        if self.log_posterior is not None:
            return -self.log_ratio()
        try:
            return tfd.kl_divergence(self.posterior, self.prior)
        except NotImplementedError:
            return -self.log_ratio()

    def kl_per_dimension(self) -> tf.Tensor:
        """KL(q(z_d|x) || p(z_d)), [B, D], for factorised posterior and prior."""
        return kl_per_dimension(self.posterior, self.prior)


@dataclass(frozen=True)
class TraceInputs:
    """What a family draws its latents from.

    Attributes:
        x: data as the encoder sees them, possibly corrupted, [B, *data_shape].
        condition: c, for a model that has one.
        num_samples: K.
        seed: [2].
        noise: ~ N(0, I), [K, B, size], which the draws are then functions of; or None.
        log_likelihood: z -> log p(x|z) of the data as they are, [K, B, D] -> [K, B].
        training: whether a training step follows.
        example_weights: as in `Trace`.
        rows: z is drawn as for the first examples of a batch of so many; None: of this one.
        first: place of the first example among all of a data set, []: z then hangs on an example's
            place, and not on the batch; None: on the batch.
        share: as in `Trace`.
    """

    x: tf.Tensor
    condition: tf.Tensor | None
    num_samples: int
    seed: tf.Tensor
    noise: tf.Tensor | None
    log_likelihood: Callable[[tf.Tensor], tf.Tensor]
    training: bool
    example_weights: tf.Tensor | None = None
    rows: int | None = None
    first: int | tf.Tensor | None = None
    share: tf.Tensor | None = None

    @property
    def draws(self) -> Draws:
        """Where the samples' randomness comes from."""
        return draws(self.num_samples, self.seed, self.noise, self.rows, self.first)


@dataclass(frozen=True)
class Samples:
    """What a family draws: latents, and the decoder's outputs for them.

    Attributes:
        latents: the latent groups, in the order in which they were drawn.
        decoder_outputs: [K, B, *output_shape]; K is 1 where all samples are the same.
        weights, penalty, figures, label_log_prob: as in `Trace`.
        decode: z -> p(x|z), where it is not that under the condition of the trace.
    """

    latents: tuple[Latent, ...]
    decoder_outputs: tf.Tensor
    weights: tf.Tensor | None = None
    penalty: tf.Tensor | float = 0.0
    figures: Mapping[str, tf.Tensor] = field(default_factory=dict)
    label_log_prob: tf.Tensor | None = None
    decode: Callable[[tf.Tensor], tfd.Distribution] | None = None


@dataclass(frozen=True)
class Trace:
    """A data batch, its latents, and its likelihood.

    Attributes:
        x: data, [B, *data_shape].
        likelihood: p(x|z), batch shape [K, B].
        latents: the latent groups, in the order in which they were drawn.
        log_likelihood: log p(x|z), [K, B]; [1, B] where all samples are the same.
        weights: of the samples, [K, B], with sum 1 over K; None: 1/K each.
        penalty: the model's own term of the loss, [B], such as a quantiser's.
        figures: further ones that the model reports, [B] or [].
        label_log_prob: log q(y|x) of the known labels, 0 for the others, [B], where the model
            has a classifier.
        decode: z -> p(x|z), for objectives that decode other z than the samples.
        seed: [2], for objectives that draw noise of their own.
        step: training steps before this one, for objectives that change with time.
        training: whether a training step follows.
        example_weights: how much each example counts, [B], with mean 1 over those above 0; the
            rows of weight 0 come last. None: all the same. `over_examples` takes means by them.
        target: what the objective learns from in addition to x, [B, A], if y gave it.
        share: how much the weights of this replica's examples are beside those of the other
            replicas, [], with mean 1 over them; 0 where none of its examples counts. None: 1.
    """

    x: tf.Tensor
    likelihood: tfd.Distribution
    latents: tuple[Latent, ...]
    log_likelihood: tf.Tensor
    weights: tf.Tensor | None = None
    penalty: tf.Tensor | float = 0.0
    figures: Mapping[str, tf.Tensor] = field(default_factory=dict)
    label_log_prob: tf.Tensor | None = None
    decode: Callable[[tf.Tensor], tfd.Distribution] | None = None
    seed: tf.Tensor | None = None
    step: tf.Tensor | int = 0
    training: bool = False
    example_weights: tf.Tensor | None = None
    target: tf.Tensor | None = None
    share: tf.Tensor | None = None

    @property
    def num_samples(self) -> int:
        """K."""
        return self.latents[0].sample.shape[0]

    def num_examples(self) -> tf.Tensor:
        """How many examples count, int32 []."""
        if self.example_weights is None:
            return tf.shape(self.x)[0]
        return tf.math.count_nonzero(self.example_weights, dtype=tf.int32)

    def shares(self) -> tf.Tensor:
        """Weights of the examples with sum 1, [B]."""
        if self.example_weights is None:
            size = tf.shape(self.x)[0]
            return tf.fill([size], 1 / tf.cast(size, tf.float32))
        return self.example_weights / tf.reduce_sum(self.example_weights)

    def over_examples(self, values: tf.Tensor) -> tf.Tensor:
        """Mean over the examples by their weights, [B, ...] -> [...]."""
        if self.example_weights is None:
            return tf.reduce_mean(values, axis=0)
        return tf.tensordot(self.shares(), values, 1)

    def mean(self, values: tf.Tensor) -> tf.Tensor:
        """Mean over the samples, [K, B] -> [B]; values [B] are left as they are."""
        if values.shape.rank == 1:
            return values
        if self.weights is None:
            return tf.reduce_mean(values, axis=0)
        return tf.reduce_sum(self.weights * values, axis=0)

    def latent(self) -> Latent:
        """The one latent group. Raises `ConfigError` where there are several."""
        if len(self.latents) > 1:
            raise ConfigError(
                f"this objective or figure needs a single latent group, the model has "
                f"{len(self.latents)}: choose one that is made of the KL or of log-weights."
            )
        return self.latents[0]

    def reconstruction(self) -> tf.Tensor:
        """E_q[log p(x|z)], estimated from the K samples, [B]."""
        return self.mean(self.log_likelihood)

    def kl_per_group(self) -> list[tf.Tensor]:
        """KL of posterior from prior of each latent group, [B] each."""
        return [self.mean(latent.kl()) for latent in self.latents]

    def kl(self) -> tf.Tensor:
        """KL of posterior from prior, summed over the latent groups, [B]; 0 without any."""
        groups = self.kl_per_group()
        return tf.add_n(groups) if groups else tf.zeros_like(self.log_likelihood[0])

    def elbo(self) -> tf.Tensor:
        """E_q[log p(x|z)] - KL(q(z|x) || p(z)), a lower bound of log p(x), [B]."""
        return self.reconstruction() - self.kl()

    def log_weights(self) -> tf.Tensor:
        """log p(x, z) - log q(z|x), [K, B].

        Raises:
            ConfigError: the samples are not draws: they have weights of their own.
        """
        if self.weights is not None:
            raise ConfigError("importance weights need draws of the labels: leave the labels out.")
        return self.log_likelihood + tf.add_n([latent.log_ratio() for latent in self.latents])

    def path_log_weights(self) -> tf.Tensor:
        """`log_weights`, whose gradient reaches the encoder only through z, [K, B].

        The part left out has expectation zero: Roeder et al. 2017, eq. 8,
        https://arxiv.org/abs/1703.09194.

        Raises:
            ConfigError: there are several latent groups: a constant in one group's density is a
                path to another's z.
        """
        return self.log_likelihood + self.latent().path_log_ratio()

    def importance_weighted_bound(self) -> tf.Tensor:
        """log 1/K sum_k p(x, z_k) / q(z_k|x), [B]: Burda et al. 2016, eq. 8."""
        return log_mean_exp(self.log_weights())


def log_mean_exp(values: tf.Tensor, axis: int = 0) -> tf.Tensor:
    """log of the mean of exp(values) over an axis."""
    return tf.reduce_logsumexp(values, axis) - math.log(values.shape[axis])
