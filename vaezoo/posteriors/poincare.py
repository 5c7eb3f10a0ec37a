"""Posteriors in hyperbolic space."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo.distributions import BallExponential, BallTranslation, spaces, tfb, tfd
from vaezoo.posteriors.base import Posterior
from vaezoo.posteriors.diagonal_normal import DiagonalNormal


@keras.saving.register_keras_serializable("vaezoo")
class Poincare(Posterior):
    """q(z|x): z = m(x) + exp_0(v / 2), v ~ N(0, diag(scale(x)^2)), + the Moebius addition.

    log q(z|x) = log N(v; 0, scale^2) - (D - 1) log(sinh(s |v|) / (s |v|)) + D log(l(z))

    with s = sqrt(c) and l(z) = 2 / (1 - c |z|^2): the wrapped normal of the Poincare ball
    |z| < 1/s, its mean m(x) = exp_0(raw / 2), as a density with respect to the
    Lebesgue measure.
    Nagano et al. 2019, https://arxiv.org/abs/1902.02992; Mathieu et al. 2019,
    https://arxiv.org/abs/1901.06033. Points are clipped to |z| <= (1 - 1e-5)/s.

    Args:
        latent_dim: D, the size of z.
        curvature: c; the ball's curvature is -c. Default 1.

    Raises:
        ConfigError: `curvature` is not a finite number above 0.
    """

    def __init__(
        self, latent_dim: int, curvature: float = 1.0, **keras_args: Unpack[KerasArguments]
    ) -> None:
        super().__init__(latent_dim, **keras_args)
        self.space = spaces.ball(curvature)
        self.curvature = curvature
        self.tangent = DiagonalNormal(latent_dim)

    @property
    def num_outputs(self) -> int:
        return self.tangent.num_outputs

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """As for every posterior; "mean" is m, the image of the tangent normal's mean."""
        parameters = self.tangent.parameters(outputs)
        return parameters | {"mean": BallExponential(self.curvature).forward(parameters["mean"])}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        parameters = self.parameters(outputs)
        scale = parameters["scale"]
        return tfd.TransformedDistribution(
            tfd.Independent(tfd.Normal(tf.zeros_like(scale), scale), 1),
            tfb.Chain(
                [
                    BallTranslation(parameters["mean"], self.curvature),
                    BallExponential(self.curvature),
                ]
            ),
        )
