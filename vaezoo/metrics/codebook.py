"""How much of a codebook is used."""

from __future__ import annotations

from typing import Any

import numpy as np


def codebook_figures(codes: Any, codebook_size: int) -> dict[str, float]:
    """Share of the codebook in use, and exp of the entropy of its use.

    van den Oord et al. 2017, https://arxiv.org/abs/1711.00937, report the latter as perplexity:
    `codebook_size` where all codes are used alike, 1 where there is only one.

    Args:
        codes: whole numbers below `codebook_size`, of any shape.
        codebook_size: S.
    """
    counts = np.bincount(np.asarray(codes).astype(int).ravel(), minlength=codebook_size)
    shares = counts[counts > 0] / counts.sum()
    return {
        "codebook_usage": float((counts > 0).mean()),
        "perplexity": float(np.exp(-(shares * np.log(shares)).sum())),
    }
