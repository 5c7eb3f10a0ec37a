"""Wrapped normal priors of hyperbolic space."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import PriorArguments
from vaezoo.distributions import BallExponential, spaces, tfd
from vaezoo.priors.base import NO_CONTEXT, Context, Prior
from vaezoo.priors.standard_normal import StandardNormal


@keras.saving.register_keras_serializable("vaezoo")
class WrappedNormal(Prior):
    """p(z): z = exp_0(v / 2), v ~ N(0, I), in the Poincare ball |z| < 1/sqrt(c).

    A density with respect to the Lebesgue measure. Mathieu et al. 2019,
    https://arxiv.org/abs/1901.06033.

    Args:
        latent_dim: D, the size of z.
        curvature: c; the ball's curvature is -c, as the posterior's. Default 1.

    Raises:
        ConfigError: `curvature` is not a finite number above 0.
    """

    def __init__(
        self, latent_dim: int, curvature: float = 1.0, **prior_args: Unpack[PriorArguments]
    ) -> None:
        super().__init__(latent_dim, **prior_args)
        self.space = spaces.ball(curvature)
        self.curvature = curvature
        self.tangent = StandardNormal(latent_dim)

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        return tfd.TransformedDistribution(
            self.tangent.distribution(), BallExponential(self.curvature)
        )

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        return BallExponential(self.curvature).forward(noise)
