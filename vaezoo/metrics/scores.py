"""How latent dimensions and known factors of the data correspond: all scores at once.

As in disentanglement_lib, https://github.com/google-research/disentanglement_lib, but where a
docstring says otherwise. Everywhere: codes are posterior means, [N, D], D of 2 or more; factors
are classes, integers of 0 or more, [N, F]; a factor with one class only is left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from vaezoo._checks import check_seed
from vaezoo.metrics.factor_vae import factor_vae_score
from vaezoo.metrics.factors import checked
from vaezoo.metrics.information import mig, modularity
from vaezoo.metrics.prediction import dci, sap


def disentanglement(codes: Any, factors: Any, seed: int = 0) -> dict[str, float]:
    """All scores of codes for factors: mig, dci_*, sap, factor_vae and modularity.

    SAP and DCI learn from one half of the rows, at random, and are scores of the other; the rest
    read all rows. Ten seconds for 10,000 rows, 10 dimensions and 5 factors. Needs scikit-learn.

    Args:
        factors: two or more that vary.
        seed: of the halves, the trees and the groups.
    """
    codes, factors = checked(codes, factors, least=2)
    order = np.random.default_rng(check_seed(seed)).permutation(len(codes))
    train, test = order[: len(order) // 2], order[len(order) // 2 :]
    halves = (codes[train], factors[train], codes[test], factors[test])
    return {
        "mig": mig(codes, factors),
        **{f"dci_{name}": value for name, value in dci(*halves, seed=seed).items()},
        "sap": sap(*halves),
        "factor_vae": factor_vae_score(codes, factors, seed=seed),
        "modularity": modularity(codes, factors),
    }
