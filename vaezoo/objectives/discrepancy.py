"""Maximum mean discrepancy between aggregate posterior and prior."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.errors import ConfigError, unknown_name
from vaezoo.objectives.base import AggregateObjective

# The scales over which WAE sums inverse multiquadratic kernels.
_SCALES = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


def rbf(squares: tf.Tensor, width: float) -> tf.Tensor:
    """exp(-|a - b|^2 / (2 width))."""
    return tf.exp(-squares / (2 * width))


def inverse_multiquadratic(squares: tf.Tensor, width: float) -> tf.Tensor:
    """sum_s s width / (s width + |a - b|^2): Tolstikhin et al. 2018, sec. 4."""
    return tf.add_n([s * width / (s * width + squares) for s in _SCALES])


Kernel = Callable[[tf.Tensor, float], tf.Tensor]
KERNELS: dict[str, Kernel] = {"rbf": rbf, "imq": inverse_multiquadratic}


def mean_discrepancy(
    a: tf.Tensor,
    b: tf.Tensor,
    kernel: Kernel,
    width: float,
    weights: tf.Tensor | None = None,
) -> tf.Tensor:
    """Unbiased estimate of MMD^2 = E k(a, a') + E k(b, b') - 2 E k(a, b), a scalar.

    Gretton et al. 2012, eq. 3, https://jmlr.org/papers/v13/gretton12a.html.

    Args:
        a, b: samples, [N, D] each, N of 2 or more: with fewer there are no pairs to compare.
        kernel: (squared distances, width) -> similarities.
        width: of the kernel.
        weights: of the rows of both, [N], 0 or more; None: all the same.

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.objectives.discrepancy import mean_discrepancy, rbf
        >>> near, far = tf.constant([[0.0], [1.0]]), tf.constant([[8.0], [9.0]])
        >>> bool(mean_discrepancy(near, far, rbf, 1.0) > mean_discrepancy(near, near, rbf, 1.0))
        True
    """

    def pairs(left: tf.Tensor, right: tf.Tensor) -> tf.Tensor:
        squares = tf.reduce_sum((left[:, None] - right[None]) ** 2, axis=-1)
        return kernel(squares, width)

    size = tf.cast(tf.shape(a)[0], tf.float32)
    others = 1 - tf.eye(tf.shape(a)[0])
    within = (pairs(a, a) + pairs(b, b)) * others
    if weights is None:
        distinct = size * tf.maximum(size - 1, 1)
        return tf.reduce_sum(within) / distinct - 2 * tf.reduce_mean(pairs(a, b))
    products = weights[:, None] * weights
    products /= tf.reduce_sum(products)
    distinct = tf.reduce_sum(products * others)
    mean_within = tf.math.divide_no_nan(tf.reduce_sum(within * products), distinct)
    return mean_within - 2 * tf.reduce_sum(pairs(a, b) * products)


@keras.saving.register_keras_serializable("vaezoo")
class MeanDiscrepancy(AggregateObjective):
    """loss = -E_q[log p(x|z)] + kl_weight KL(q(z|x) || p(z)) + weight MMD^2(q(z), p(z)).

    q(z) is the aggregate posterior: one z per example of the batch, compared with as many samples
    of the prior. InfoVAE: Zhao et al. 2019, eq. 6, https://arxiv.org/abs/1706.02262, with
    kl_weight = 1 - alpha and weight = alpha + lambda - 1. WAE-MMD, which needs no density:
    Tolstikhin et al. 2018, algorithm 2, https://arxiv.org/abs/1711.01558, with kl_weight = 0.

    Args:
        weight: of the discrepancy, 0 or more, in nats.
        kl_weight: of the KL term, 0 or more.
        kernel: "rbf" or "imq", the inverse multiquadratic.
        width: of the kernel; None for 2 latent_dim, the mean squared distance of two
            samples of a unit normal.
        num_samples: K, samples of z per x.

    Reports `discrepancy`, MMD^2 without its weight.

    Raises:
        ConfigError: a weight is negative, or `width` is not positive.
        UnknownNameError: no such kernel.
    """

    reports = ("discrepancy",)

    def __init__(
        self,
        weight: float = 10.0,
        kl_weight: float = 0.0,
        kernel: str = "imq",
        width: float | None = None,
        num_samples: int = 1,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.weight = not_negative("weight", weight)
        self.kl_weight = not_negative("kl_weight", kl_weight)
        if kernel not in KERNELS:
            raise unknown_name("kernel", kernel, KERNELS)
        self.kernel = kernel
        if width is not None and not width > 0:
            raise ConfigError(f"width={width!r}: give a number above 0.")
        self.width = width
        self.needs_density = kl_weight > 0

    def example_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        loss = -trace.reconstruction()
        return {"model": loss + self.kl_weight * trace.kl() if self.kl_weight else loss}

    def aggregate_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"model": self.weight * self.report(trace)["discrepancy"]}

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        latent = trace.latent()
        z = latent.sample[0]
        prior_z = prior_samples(trace)
        width = self.width or 2.0 * z.shape[-1]
        kernel, weights = KERNELS[self.kernel], trace.example_weights
        return {"discrepancy": mean_discrepancy(z, prior_z, kernel, width, weights)}


def prior_samples(trace: Trace) -> tf.Tensor:
    """One sample of the prior per example of the batch, [B, D]."""
    latent = trace.latent()
    shape = [] if latent.prior.batch_shape.rank else tf.shape(latent.sample)[1]
    return latent.prior.sample(shape, seed=trace.seed)
