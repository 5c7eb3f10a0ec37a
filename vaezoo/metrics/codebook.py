"""How much of a codebook is in use."""

from __future__ import annotations

import numpy as np

from vaezoo.protocols import ArrayLike


def codebook_figures(codes: ArrayLike, codebook_size: int) -> dict[str, float]:
    """Fraction of the codebook in use, and exp of the entropy of its use.

    van den Oord et al. 2017, https://arxiv.org/abs/1711.00937, report the latter as perplexity:
    `codebook_size` where all codes are equally frequent, 1 where only one occurs.

    Args:
        codes: whole numbers below `codebook_size`, of any shape.
        codebook_size: S.

    Example:
        >>> codebook_figures([0, 0, 1, 1], codebook_size=4)
        {'codebook_usage': 0.5, 'perplexity': 2.0}
    """
    counts = np.bincount(np.asarray(codes).astype(int).ravel(), minlength=codebook_size)
    fractions = counts[counts > 0] / counts.sum()
    return {
        "codebook_usage": float((counts > 0).mean()),
        "perplexity": float(np.exp(-(fractions * np.log(fractions)).sum())),
    }
