"""Distributions over quantisation levels k / (levels - 1), k = 0 ... levels - 1."""

from __future__ import annotations

import numpy as np
import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd


class DiscretisedValue(tfd.Distribution):
    """A scalar distribution over quantisation levels, with vectors as parameters.

    Args:
        levels: the number of levels.
        parameters: by name, [..., size] each; each becomes an attribute.
    """

    def __init__(self, levels: int, **parameters: tf.Tensor) -> None:
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters={"levels": levels, **parameters},
            name=type(self).__name__,
        )
        self.levels = levels
        self.named_parameters = parameters
        for name, value in parameters.items():
            setattr(self, name, value)

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([], tf.int32)

    def _variance(self) -> tf.Tensor:
        """E[(x - m)^2] - (E[x] - m)^2, m the mean: one level at a time, so that memory does not
        grow with them."""
        mean = self.mean()

        def add(moments: tuple[tf.Tensor, tf.Tensor], level: tf.Tensor) -> tuple[tf.Tensor, ...]:
            mass, deviation = tf.exp(self.log_prob(tf.fill(tf.shape(mean), level))), level - mean
            return moments[0] + mass * deviation, moments[1] + mass * deviation**2

        zeros = tf.zeros_like(mean)
        first, second = tf.foldl(add, tf.linspace(0.0, 1.0, self.levels), (zeros, zeros))
        return tf.maximum(second - first**2, 0.0)


def _vectors(*names: str) -> dict[str, object]:
    return dict.fromkeys(names, tfp.util.ParameterProperties(event_ndims=1))


class CategoricalValue(DiscretisedValue):
    """p(x = k / (levels - 1)) = softmax(scores)[k].

    Args:
        levels: the number of levels.
        scores: logits, [..., levels].
    """

    def __init__(self, levels: int, scores: tf.Tensor) -> None:
        super().__init__(levels, scores=scores)

    @classmethod
    def _parameter_properties(
        cls, dtype: tf.DType, num_classes: int | None = None
    ) -> dict[str, object]:
        return _vectors("scores")

    def _log_prob(self, x: tf.Tensor) -> tf.Tensor:
        index = tf.cast(tf.round(x * (self.levels - 1)), tf.int32)
        return tfd.Categorical(logits=self.scores).log_prob(index)

    def _mean(self) -> tf.Tensor:
        values = np.linspace(0.0, 1.0, self.levels, dtype=np.float32)
        return tf.reduce_sum(tf.nn.softmax(self.scores) * values, axis=-1)

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        index = tfd.Categorical(logits=self.scores).sample(n, seed=seed)
        return tf.cast(index, tf.float32) / (self.levels - 1)


class LogisticValue(DiscretisedValue):
    """A mixture of logistic distributions, rounded to the nearest level.

        p(x) = sum_c pi_c [F((x + h - loc_c) / s_c) - F((x - h - loc_c) / s_c)],  F = sigmoid

    h is half a step; the lowest and the highest level take the tails. Salimans et al. 2017,
    eq. 2, https://arxiv.org/abs/1701.05517. The mean is that before rounding, which has a closed
    form: a sum over 256 levels would take 256 times the memory of an image. Its error is at
    most half a step, where s is far below a step.

    Args:
        levels: the number of levels.
        scores: logits of the components, [..., C].
        loc: their locations, [..., C].
        log_scale: log of s, [..., C].
    """

    def __init__(
        self, levels: int, scores: tf.Tensor, loc: tf.Tensor, log_scale: tf.Tensor
    ) -> None:
        super().__init__(levels, scores=scores, loc=loc, log_scale=log_scale)

    @classmethod
    def _parameter_properties(
        cls, dtype: tf.DType, num_classes: int | None = None
    ) -> dict[str, object]:
        return _vectors("scores", "loc", "log_scale")

    def _log_prob(self, x: tf.Tensor) -> tf.Tensor:
        log_mass = logistic_log_mass(x[..., None], self.loc, self.log_scale, self.levels)
        return tf.reduce_logsumexp(tf.nn.log_softmax(self.scores) + log_mass, axis=-1)

    def _mean(self) -> tf.Tensor:
        means = clipped_logistic_mean(self.loc, tf.exp(self.log_scale))
        return tf.reduce_sum(tf.nn.softmax(self.scores) * means, axis=-1)

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        components = tfd.Logistic(self.loc, tf.exp(self.log_scale))
        mixture = tfd.MixtureSameFamily(tfd.Categorical(logits=self.scores), components)
        return rounded(mixture.sample(n, seed=seed), self.levels)


def logistic_log_mass(x: tf.Tensor, loc: tf.Tensor, log_scale: tf.Tensor, levels: int) -> tf.Tensor:
    """log P(x) of a logistic that is rounded to the nearest level; the lowest and the highest take
    its tails."""
    half = 0.5 / (levels - 1)
    rate = tf.exp(-log_scale)
    above, below = (x + half - loc) * rate, (x - half - loc) * rate
    log_above, log_below = tf.math.log_sigmoid(above), tf.math.log_sigmoid(-below)
    # F(a) - F(b) = F(a) F(-b) (1 - e^(b - a)), without cancellation
    log_mass = log_above + log_below + tf.math.log(-tf.math.expm1(-2 * half * rate))
    return tf.where(x < half, log_above, tf.where(x > 1 - half, log_below, log_mass))


def clipped_logistic_mean(loc: tf.Tensor, scale: tf.Tensor) -> tf.Tensor:
    """E[min(max(x, 0), 1)] of a logistic x: the integral of P(x > t) for t from 0 to 1."""
    above_0, above_1 = loc / scale, (loc - 1) / scale
    return scale * (tf.nn.softplus(above_0) - tf.nn.softplus(above_1))


def rounded(x: tf.Tensor, levels: int) -> tf.Tensor:
    """The nearest of the levels 0 ... 1."""
    return tf.round(tf.clip_by_value(x, 0.0, 1.0) * (levels - 1)) / (levels - 1)
