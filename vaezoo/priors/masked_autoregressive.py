"""Masked autoregressive flows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import tensorflow as tf

from vaezoo.distributions import TriangularAffine, tfb
from vaezoo.networks.made import MADE
from vaezoo.priors.flow import FlowPrior, bounded


@keras.saving.register_keras_serializable("vaezoo")
class MaskedAutoregressive(FlowPrior):
    """p(z) = N(f(z); 0, I) |det df/dz|,  f_l(z)_d = (z_d - mu_d) exp(-alpha_d).

    [mu_d, alpha_d] are of z_1 ... z_{d-1}, by a MADE, with the order of the dimensions turned
    round from one flow to the next. Papamakarios et al. 2017, eqs. 4 and 5,
    https://arxiv.org/abs/1705.07057. Densities take one pass, draws latent_dim passes a flow.

    Args:
        latent_dim: D, the size of z.
        num_flows: how many. The paper: 5 and 10.
        hidden: widths of each MADE's layers.
        prior_args: data_shape and condition_dim, as for every prior.

    Raises:
        ConfigError: a number below 1.
    """

    def __init__(
        self,
        latent_dim: int,
        *,
        num_flows: int = 5,
        hidden: Sequence[int] = (64,),
        **prior_args: Any,
    ) -> None:
        super().__init__(latent_dim, num_flows=num_flows, hidden=hidden, **prior_args)
        self.networks = [
            MADE(latent_dim, 2, hidden, backwards=flow % 2 == 1, name=f"made_{flow}")
            for flow in range(num_flows)
        ]

    def flows(self) -> list[tfb.Bijector]:
        return [TriangularAffine(_of(network), network.ranks) for network in self.networks]


def _of(network: MADE) -> Callable[[tf.Tensor], tuple[tf.Tensor, tf.Tensor]]:
    def coefficients(z: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        mu, alpha = network(z)
        log_scale = -bounded(alpha)
        return -mu * tf.exp(log_scale), log_scale

    return coefficients
