"""The tutorial's two words, measured: is every z of the prior something real (completeness), and
is what lies between two codes between what they stand for (continuity)?"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from vaezoo.metrics import (
    confident_share,
    jacobian_norm,
    lines,
    mean_and_standard_error,
    path_lengths,
    two_sample_accuracy,
)
from vaezoo.report.reference import Reference

STEPS = 17  # along an interpolation
Decoder = Callable[[np.ndarray], np.ndarray]


def completeness(
    decode: Decoder, drawn: np.ndarray, codes: np.ndarray | None, reference: Reference
) -> dict[str, Any]:
    """What becomes of z ~ p(z), or of what a sampler draws in its place.

    Args:
        decode: [N, D] -> examples.
        drawn: the z, [N, D].
        codes: draws of q(z|x) of test examples, [N, D], to be told from `drawn`; None where there
            are none.
        reference: to compare with.

    Returns:
        Figures of `Reference.compare`, and code_accuracy: of a classifier that tells `drawn` from
        `codes`, 0.5 where they are alike.
    """
    figures = reference.compare(decode(drawn))
    if codes is None:
        return figures
    told = two_sample_accuracy(codes, drawn)
    known = {"mean": told["accuracy"], "standard_error": told["standard_error"]}
    return figures | {"code_accuracy": known}


def continuity(
    decode: Decoder, codes: np.ndarray, reference: Reference, *, num: int = 200, seed: int = 0
) -> dict[str, Any]:
    """What lies on straight lines between the codes of test examples.

    Args:
        decode: as above.
        codes: means of q(z|x), [N, D].
        reference: whose judge's features say how far two examples are from each other.
        num: of lines, and of codes at which the Jacobian is taken.
        seed: chooses them.

    Returns:
        Figures of `path_lengths`, of the judge's features; confident_share of all that lies
        between the ends; jacobian_norm, of dx/dz.
    """
    rng = np.random.default_rng(seed)
    ends = codes[rng.permutation(len(codes))[: 2 * num]]
    paths = lines(ends[::2][: len(ends) // 2], ends[1::2], STEPS)
    seen = reference.reference_classifier(decode(paths.reshape(-1, paths.shape[-1])))
    features = seen.features.reshape(*paths.shape[:2], -1)
    inner = seen.probabilities.reshape(*paths.shape[:2], -1)[:, 1:-1]
    norms = jacobian_norm(decode, ends[::2], seed=seed)
    return {
        **path_lengths(features),
        "confident_share": confident_share(inner.reshape(-1, inner.shape[-1])),
        "jacobian_norm": mean_and_standard_error(norms),
    }
