"""Posteriors by planar flows."""

from __future__ import annotations

import keras

from vaezoo.distributions import Planar
from vaezoo.posteriors.amortised_flow import AmortisedFlow


@keras.saving.register_keras_serializable("vaezoo")
class PlanarFlow(AmortisedFlow):
    """q(z|x): z_0 ~ N(mean(x), diag(scale(x)^2)),  z_k = z_{k-1} + u_k tanh(w_k.z_{k-1} + b_k).

    Rezende & Mohamed 2015, eqs. 10-12, https://arxiv.org/abs/1505.05770.

    Args:
        latent_dim: D, the size of z.
        num_flows: K, the number of maps. Default 10, the smallest in the paper.

    Raises:
        ConfigError: `num_flows` is not an integer of 1 or more.
    """

    flow = Planar
