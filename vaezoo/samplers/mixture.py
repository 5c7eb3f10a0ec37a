"""A Gaussian mixture of the codes."""

from __future__ import annotations

import numpy as np

from vaezoo.checks import positive
from vaezoo.priors import Mixture


def fit_mixture(z: np.ndarray, seed: int, num_components: int = 10) -> Mixture:
    """A mixture of normals with diagonal covariances, fitted by scikit-learn.

    Ghosh et al. 2020, sec. 4, https://arxiv.org/abs/1903.12436, "ex-post density estimation",
    there with full covariances.

    Args:
        z: codes, [N, D].
        seed: of the fit's start.
        num_components: how many; no more than N are taken.
    """
    from sklearn.mixture import GaussianMixture

    num_components = min(positive("num_components", num_components), len(z))
    fitted = GaussianMixture(num_components, covariance_type="diag", random_state=seed)
    fitted.fit(z.astype(np.float64))
    prior = Mixture(z.shape[1], num_components=num_components)
    prior.set_components(fitted.weights_, fitted.means_, np.sqrt(fitted.covariances_))
    return prior
