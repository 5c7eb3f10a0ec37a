"""Which latent dimensions carry anything."""

from __future__ import annotations

import numpy as np


def active_units(means: np.ndarray, threshold: float = 1e-2) -> int:
    """How many latent dimensions move with the data: Var_x(E[z_d|x]) > threshold.

    Burda et al. 2016, sec. 5.2, https://arxiv.org/abs/1509.00519.

    Args:
        means: posterior means, [N, D].
        threshold: least variance of an active dimension.
    """
    return int((np.var(means, axis=0, dtype=np.float64) > threshold).sum())
