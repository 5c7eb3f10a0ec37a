"""The linear-Gaussian model of principal components, as weights of a VAE's networks."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from vaezoo.metrics.components import Components
from vaezoo.protocols import Array


class LinearGaussian(NamedTuple):
    """q(z|x) and p(x|z) of probabilistic PCA: see `vaezoo.models.ProbabilisticPCA`.

        q(z|x) = N(z; x inward + centre, softplus(raw)^2)     E[x|z] = mean + z outward

    Attributes:
        inward: [V, D].
        centre: [D].
        raw: [D]; the softplus of it is the posterior's scale, whatever x is.
        outward: [D, V].
        mean: [V].
        noise: variance of x given z.
    """

    inward: Array
    centre: Array
    raw: Array
    outward: Array
    mean: Array
    noise: float


def linear_gaussian(found: Components, noise: float, floor: float) -> LinearGaussian:
    """Tipping & Bishop 1999, eqs. 6 to 8, of the first components; without noise, PCA.

    Args:
        found: the components.
        noise: variance of x given z, 0 for PCA.
        floor: a variance below which a direction counts as constant.
    """
    variances = np.maximum(found.variances, floor)
    gains = np.where(found.variances > floor, np.sqrt(np.maximum(variances - noise, 0.0)), 0.0)
    inward = found.directions.T * (gains / variances)
    with np.errstate(divide="ignore"):  # PCA has points, of scale 0
        raw = np.log(np.expm1(np.sqrt(noise / variances)))
    return LinearGaussian(
        inward, -found.mean @ inward, raw, gains[:, None] * found.directions, found.mean, noise
    )
