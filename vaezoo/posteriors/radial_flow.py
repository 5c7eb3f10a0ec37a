"""Posteriors by radial flows."""

from __future__ import annotations

import keras

from vaezoo.distributions import Radial
from vaezoo.posteriors.amortised_flow import AmortisedFlow


@keras.saving.register_keras_serializable("vaezoo")
class RadialFlow(AmortisedFlow):
    """q(z|x): z_0 ~ N(mean(x), diag(scale(x)^2)),  z_k = z + b_k (z - c_k) / (a_k + |z - c_k|).

    In the last formula z stands for z_{k-1}. Rezende & Mohamed 2015, eqs. 13-14,
    https://arxiv.org/abs/1505.05770.

    Args:
        latent_dim: D, the size of z.
        num_flows: K, the number of maps. Default 10, the smallest in the paper.

    Raises:
        ConfigError: `num_flows` is not an integer of 1 or more.
    """

    flow = Radial
