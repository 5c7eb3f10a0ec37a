"""Priors by affine coupling layers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._core.types import PriorArguments
from vaezoo.distributions import TriangularAffine, tfb
from vaezoo.distributions.triangular import Coefficients
from vaezoo.errors import ConfigError
from vaezoo.networks import apply, mlp
from vaezoo.priors.flow import FlowPrior, bounded


@keras.saving.register_keras_serializable("vaezoo")
class RealNVP(FlowPrior):
    """p(z) = N(f(z); 0, I) |det df/dz|, f a composition of coupling layers:

        f_l(z) = b z + (1 - b) (z exp(s(b z)) + t(b z)),  b masks every second number

    Dinh et al. 2017, eqs. 7 to 9, https://arxiv.org/abs/1605.08803. Densities take
    one pass per flow, samples two.

    Args:
        latent_dim: D, the size of z.
        num_flows: the number of flows; masks alternate.
        hidden: widths of each flow's network.
        prior_args: `data_shape`, `condition_dim`, `name` and `dtype`, as for every prior.

    Raises:
        ConfigError: an argument below 1, or a latent_dim of 1, which cannot be masked by half.
    """

    def __init__(
        self,
        latent_dim: int,
        *,
        num_flows: int = 4,
        hidden: Sequence[int] = (64,),
        **prior_args: Unpack[PriorArguments],
    ) -> None:
        super().__init__(latent_dim, num_flows=num_flows, hidden=hidden, **prior_args)
        if latent_dim < 2:
            raise ConfigError("RealNVP masks half of z: give a latent_dim of 2 or more.")
        shapes = ((latent_dim,), (2 * latent_dim,))
        self.networks = [
            mlp(*shapes, hidden=hidden, activation="tanh", name=f"coupling_{flow}")
            for flow in range(num_flows)
        ]
        for network in self.networks:  # flows start near the identity
            kernel = network.layers[-2].kernel
            kernel.assign(kernel * 0.1)

    def flows(self) -> list[tfb.Bijector]:
        parity = np.arange(self.latent_dim) % 2
        masks = [(parity == flow % 2).astype(np.float32) for flow in range(self.num_flows)]
        return [
            TriangularAffine(_coefficients(network, mask), 1 - mask)
            for network, mask in zip(self.networks, masks, strict=True)
        ]


def _coefficients(network: keras.Model, mask: np.ndarray) -> Coefficients:
    def coefficients(z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        shift, raw = tf.split(apply(network, z * mask), 2, axis=-1)
        return (1 - mask) * shift, (1 - mask) * bounded(raw)

    return coefficients
