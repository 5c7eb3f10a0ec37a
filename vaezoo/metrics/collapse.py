"""How many latent dimensions are in use."""

from __future__ import annotations

import numpy as np

from vaezoo.protocols import ArrayLike


def active_units(means: ArrayLike, threshold: float = 1e-2) -> int:
    """How many latent dimensions depend on the data: Var_x(E[z_d|x]) > threshold.

    Burda et al. 2016, sec. 5.2, https://arxiv.org/abs/1509.00519.

    Args:
        means: posterior means, [N, D].
        threshold: least variance of an active dimension.

    Example:
        >>> import numpy as np
        >>> active_units(np.array([[0.0, 5.0], [1.0, 5.0]]))
        1
    """
    return int((np.asarray(means, np.float64).var(axis=0) > threshold).sum())
