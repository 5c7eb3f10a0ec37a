"""How latent dimensions correspond to known factors of the data: all scores at once.

As in disentanglement_lib, https://github.com/google-research/disentanglement_lib, except where a
docstring says otherwise. Everywhere: latents are posterior means, [N, D], D of 2 or more; factors
are classes, integers of 0 or more, [N, F]; a factor with a single class is left out.
"""

from __future__ import annotations

import numpy as np

from vaezoo._checks import check_seed
from vaezoo.metrics.factor_vae import factor_vae_score
from vaezoo.metrics.factors import check_factors
from vaezoo.metrics.information import mig, modularity
from vaezoo.metrics.prediction import dci, sap
from vaezoo.protocols import ArrayLike


def disentanglement(latents: ArrayLike, factors: ArrayLike, seed: int = 0) -> dict[str, float]:
    """All scores of latents for factors: mig, dci_*, sap, factor_vae and modularity.

    SAP and DCI train on a random half of the rows and are measured on the other; the rest use all
    rows. Ten seconds for 10,000 rows, 10 dimensions and 5 factors. Needs scikit-learn.

    Args:
        factors: two or more that vary.
        seed: of the halves, the trees and the groups.

    Example:
        >>> import numpy as np
        >>> factors = np.indices((10, 10)).reshape(2, -1).T  # each dimension is one factor
        >>> sorted(disentanglement(factors, factors))[:3]
        ['dci_completeness', 'dci_disentanglement', 'dci_informativeness']
    """
    latents, factors = check_factors(latents, factors, least=2)
    order = np.random.default_rng(check_seed(seed)).permutation(len(latents))
    train, test = order[: len(order) // 2], order[len(order) // 2 :]
    halves = (latents[train], factors[train], latents[test], factors[test])
    return {
        "mig": mig(latents, factors),
        **{f"dci_{name}": value for name, value in dci(*halves, seed=seed).items()},
        "sap": sap(*halves),
        "factor_vae": factor_vae_score(latents, factors, seed=seed),
        "modularity": modularity(latents, factors),
    }
