"""Distributions of pixels whose channels depend on each other."""

from __future__ import annotations

from collections.abc import Sequence

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd

from vaezoo.distributions.discretised import (
    LogisticValue,
    clipped_logistic_mean,
    logistic_log_mass,
    rounded,
)


class LogisticPixel(tfd.Distribution):
    """A mixture of logistics over the channels of a pixel, rounded to the nearest levels.

        p(x) = sum_m pi_m prod_c P(x_c; loc_mc + sum_{j<c} a_mcj (x_j - loc_mj), s_mc)

    P is a rounded logistic as in `LogisticValue`. The channels of a pixel have one component, and
    the location of each is linear in the values of those before it. Salimans et al. 2017,
    sec. 2.2, https://arxiv.org/abs/1701.05517, which has x_j instead of x_j - loc_mj: the same
    distributions.

    Args:
        levels: the number of levels of a value, from 0 to 1.
        scores: logits of the components, [..., M].
        loc: their locations, [..., C, M].
        log_scale: log of s, [..., C, M].
        slopes: a, [..., C (C - 1) / 2, M], in the order (1, 0), (2, 0), (2, 1), (3, 0), ...
    """

    def __init__(
        self,
        levels: int,
        scores: tf.Tensor,
        loc: tf.Tensor,
        log_scale: tf.Tensor,
        slopes: tf.Tensor,
    ) -> None:
        named = {"scores": scores, "loc": loc, "log_scale": log_scale, "slopes": slopes}
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.NOT_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters={"levels": levels, **named},
            name=type(self).__name__,
        )
        self.levels, self.named_parameters = levels, named
        self.scores, self.slopes = scores, slopes
        self.loc, self.log_scale = loc, log_scale

    @classmethod
    def _parameter_properties(
        cls, dtype: tf.DType, num_classes: int | None = None
    ) -> dict[str, object]:
        ranks = {"scores": 1, "loc": 2, "log_scale": 2, "slopes": 2}
        return {k: tfp.util.ParameterProperties(event_ndims=rank) for k, rank in ranks.items()}

    def _event_shape(self) -> tf.TensorShape:
        return self.loc.shape[-2:-1]

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.shape(self.loc)[-2:-1]

    def marginals(self) -> LogisticValue:
        """Each channel by itself, batch shape [..., C], as a mixture of rounded logistics.

        A channel deviates with those before it, by a a times their deviations, as if it had a
        wider logistic. That is right up to rounding where values hardly leave 0…1; what is cut
        off there counts to first order.
        """
        locs, log_scales = [], []
        shifts: list[tf.Tensor] = []  # of the mean of each channel from its location
        spreads: list[tf.Tensor] = []  # deviations by the noise of each channel, [C, ..., M]
        num_channels = self.loc.shape[-2]
        for c, own in enumerate(tf.unstack(tf.exp(self.log_scale), axis=-2)):
            loc = self.loc[..., c, :] + _of_earlier(self.slopes, shifts)
            unit = tf.reshape(tf.one_hot(c, num_channels), [-1] + [1] * own.shape.rank)
            spread = own * unit + _of_earlier(self.slopes, spreads)
            scale = tf.sqrt(tf.reduce_sum(spread**2, axis=0))
            inside = tf.sigmoid(loc / scale) - tf.sigmoid((loc - 1) / scale)
            shifts.append(clipped_logistic_mean(loc, scale) - self.loc[..., c, :])
            spreads.append(spread * inside)
            locs.append(loc)
            log_scales.append(tf.math.log(scale))
        loc = tf.stack(locs, axis=-2)
        scores = tf.broadcast_to(self.scores[..., None, :], tf.shape(loc))
        return LogisticValue(self.levels, scores, loc, tf.stack(log_scales, axis=-2))

    def _mean(self) -> tf.Tensor:
        return self.marginals().mean()

    def _variance(self) -> tf.Tensor:
        return self.marginals().variance()

    def _log_prob(self, x: tf.Tensor) -> tf.Tensor:
        log_masses: list[tf.Tensor] = []
        deviations: list[tf.Tensor] = []
        for c, value in enumerate(tf.unstack(x[..., None], axis=-2)):
            loc = self.loc[..., c, :] + _of_earlier(self.slopes, deviations)
            scale = self.log_scale[..., c, :]
            log_masses.append(logistic_log_mass(value, loc, scale, self.levels))
            deviations.append(value - self.loc[..., c, :])
        return tf.reduce_logsumexp(tf.nn.log_softmax(self.scores) + tf.add_n(log_masses), axis=-1)

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        seeds = tf.unstack(tf.random.split(seed, 2))
        component = tfd.OneHotCategorical(logits=self.scores, dtype=tf.float32)
        chosen = component.sample(n, seed=seeds[0])[..., None, :]
        loc, slopes = (
            tf.reduce_sum(chosen * each, axis=-1, keepdims=True) for each in (self.loc, self.slopes)
        )
        scale = tf.exp(tf.reduce_sum(chosen * self.log_scale, axis=-1, keepdims=True))
        noise = tfd.Logistic(0.0, 1.0).sample(tf.shape(loc), seed=seeds[1])
        values: list[tf.Tensor] = []
        deviations: list[tf.Tensor] = []
        for c in range(self.loc.shape[-2]):
            centre = loc[..., c, :] + _of_earlier(slopes, deviations)
            value = rounded(centre + scale[..., c, :] * noise[..., c, :], self.levels)
            values.append(value)
            deviations.append(value - loc[..., c, :])
        return tf.concat(values, axis=-1)


def _of_earlier(slopes: tf.Tensor, values: Sequence[tf.Tensor]) -> tf.Tensor | float:
    """sum_{j<c} a_cj values_j, where the values of c channels are given.

    Args:
        slopes: a, [..., C (C - 1) / 2, M].
        values: c of them, [..., M] each, with any further leading axes.
    """
    first = len(values) * (len(values) - 1) // 2
    terms = [slopes[..., first + j, :] * value for j, value in enumerate(values)]
    return tf.add_n(terms) if terms else 0.0
