"""Priors by masked autoregressive flows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import PriorArguments
from vaezoo.distributions import TriangularAffine, tfb
from vaezoo.distributions.triangular import Coefficients
from vaezoo.networks.made import MADE
from vaezoo.priors.flow import FlowPrior, bounded


@keras.saving.register_keras_serializable("vaezoo")
class MaskedAutoregressive(FlowPrior):
    """p(z) = N(f(z); 0, I) |det df/dz|,  f_l(z)_d = (z_d - mu_d) exp(-alpha_d).

    [mu_d, alpha_d] are functions of z_1 ... z_{d-1}, by a MADE, with the order of the dimensions
    reversed from one flow to the next. Papamakarios et al. 2017, eqs. 4 and 5,
    https://arxiv.org/abs/1705.07057. Densities take one pass per flow, samples latent_dim.

    Args:
        latent_dim: D, the size of z.
        num_flows: the number of flows. The paper: 5 and 10.
        hidden: widths of each MADE's layers.
        prior_args: `data_shape`, `condition_dim`, `name` and `dtype`, as for every prior.

    Raises:
        ConfigError: an argument below 1.
    """

    def __init__(
        self,
        latent_dim: int,
        *,
        num_flows: int = 5,
        hidden: Sequence[int] = (64,),
        **prior_args: Unpack[PriorArguments],
    ) -> None:
        super().__init__(latent_dim, num_flows=num_flows, hidden=hidden, **prior_args)
        self.networks = [
            MADE(latent_dim, 2, hidden, backwards=flow % 2 == 1, name=f"made_{flow}")
            for flow in range(num_flows)
        ]

    def flows(self) -> list[tfb.Bijector]:
        return [
            TriangularAffine(_coefficients(network), network.ranks) for network in self.networks
        ]


def _coefficients(network: MADE) -> Coefficients:
    def coefficients(z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        mu, alpha = network(z)
        log_scale = -bounded(alpha)
        return -mu * tf.exp(log_scale), log_scale

    return coefficients
