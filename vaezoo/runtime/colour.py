"""Pictures in colour, whose pixels have channels that depend on each other."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vaezoo.protocols import Array
from vaezoo.runtime.discrete import (
    DiscretisedLogistic,
    choose,
    log_softmax,
    logistic_log_mass,
    sigmoid,
)
from vaezoo.runtime.families import ParametricDistribution


class ColourLogisticMixture(ParametricDistribution):
    """A mixture of logistics over the channels of a pixel, rounded to L = levels values.

    The location of each channel is linear in those before it. As in Keras, `mean()` is the one
    before rounding, and `stddev()` that of each channel by itself, taken as a mixture of rounded
    logistics.
    """

    needs = frozenset({"mean", "scores", "loc", "log_scale", "slopes", "levels"})

    def stddev(self) -> Array:
        marginals = {"mean": self.mean()} | self._marginals()
        return DiscretisedLogistic(marginals, self.numbers).stddev()

    def _marginals(self) -> dict[str, Array]:
        """As `vaezoo.distributions.LogisticPixel.marginals`."""
        scores, locs, log_scales, slopes = (
            np.asarray(self.parameters[name], np.float64)
            for name in ("scores", "loc", "log_scale", "slopes")
        )
        result = {"loc": np.empty_like(locs), "log_scale": np.empty_like(locs)}
        shifts: list[Array] = []
        spreads: list[Array] = []
        num_channels = locs.shape[-2]
        for c in range(num_channels):
            loc = locs[..., c, :] + _of_earlier(slopes, shifts)
            unit = np.eye(num_channels)[c].reshape(-1, *[1] * loc.ndim)
            spread = np.exp(log_scales[..., c, :]) * unit + _of_earlier(slopes, spreads)
            scale = np.sqrt((spread**2).sum(axis=0))
            above_0, above_1 = loc / scale, (loc - 1) / scale
            mean = scale * (np.logaddexp(0, above_0) - np.logaddexp(0, above_1))
            shifts.append(mean - locs[..., c, :])
            spreads.append(spread * (sigmoid(above_0) - sigmoid(above_1)))
            result["loc"][..., c, :], result["log_scale"][..., c, :] = loc, np.log(scale)
        return result | {"scores": np.broadcast_to(scores[..., None, :], locs.shape)}

    def _draw(self, rng: np.random.Generator) -> Array:
        steps = int(self.numbers["levels"]) - 1
        place = choose(self.parameters["scores"], rng)[..., None, None]
        loc, log_scale, slopes = (
            np.take_along_axis(self.parameters[name].astype(np.float64), place, axis=-1)
            for name in ("loc", "log_scale", "slopes")
        )
        noise = np.exp(log_scale) * rng.logistic(size=loc.shape)
        values: list[Array] = []
        deviations: list[Array] = []
        for c in range(loc.shape[-2]):
            x = loc[..., c, :] + _of_earlier(slopes, deviations) + noise[..., c, :]
            values.append(np.round(np.clip(x, 0, 1) * steps) / steps)
            deviations.append(values[-1] - loc[..., c, :])
        return np.concatenate(values, axis=-1)

    def _log_prob(self, x: Array) -> Array:
        """log sum_m pi_m prod_c P(x_c) of each pixel, [N, height, width]."""
        steps = int(self.numbers["levels"]) - 1
        loc, log_scale, slopes = map(self._exact, ("loc", "log_scale", "slopes"))
        log_masses = log_softmax(self._exact("scores"))
        deviations: list[Array] = []
        for c in range(loc.shape[-2]):
            centre = loc[..., c, :] + _of_earlier(slopes, deviations)
            value = x[..., c, None]
            log_masses = log_masses + logistic_log_mass(value, centre, log_scale[..., c, :], steps)
            deviations.append(value - loc[..., c, :])
        return np.logaddexp.reduce(log_masses, axis=-1)


def _of_earlier(slopes: Array, values: Sequence[Array]) -> Array | float:
    """sum_{j<c} a_cj values_j, where the values of c channels are given."""
    first = len(values) * (len(values) - 1) // 2
    return sum((slopes[..., first + j, :] * value for j, value in enumerate(values)), 0.0)
