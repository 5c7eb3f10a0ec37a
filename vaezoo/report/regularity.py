"""How regular a latent space is, as figures: does every z from the prior decode to something real
(completeness), and do decodings change steadily between two latents (continuity)?"""

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
from vaezoo.protocols import Array
from vaezoo.report.reference import Reference

STEPS = 17  # along an interpolation
Decoder = Callable[[Array], Array]


def completeness(
    decode: Decoder, samples: Array, latents: Array | None, reference: Reference
) -> dict[str, Any]:
    """Compares decodings of z ~ p(z), or of a sampler's z, with data.

    Args:
        decode: [N, D] -> examples.
        samples: the z, [N, D].
        latents: draws of q(z|x) of test examples, [N, D], to compare `samples` with; None where
            there are none.
        reference: to compare the decodings with.

    Returns:
        Figures of `Reference.compare`, and code_accuracy: of a classifier that distinguishes
        `samples` from `latents`, 0.5 for equal distributions.
    """
    figures = reference.compare(decode(samples))
    if latents is None:
        return figures
    result = two_sample_accuracy(latents, samples)
    accuracy = {"mean": result["accuracy"], "standard_error": result["standard_error"]}
    return figures | {"code_accuracy": accuracy}


def continuity(
    decode: Decoder, latents: Array, reference: Reference, *, num: int = 200, seed: int = 0
) -> dict[str, Any]:
    """Decodes straight lines between the posterior means of test examples.

    Args:
        decode: [N, D] -> examples.
        latents: means of q(z|x), [N, D].
        reference: whose classifier's features define the distance of two examples.
        num: lines, and latents at which the Jacobian is estimated.
        seed: chooses them.

    Returns:
        Figures of `path_lengths`, of the classifier's features; confident_share of all decodings
        between the ends; jacobian_norm, of dx/dz.
    """
    rng = np.random.default_rng(seed)
    ends = latents[rng.permutation(len(latents))[: 2 * num]]
    paths = lines(ends[::2][: len(ends) // 2], ends[1::2], STEPS)
    predictions = reference.reference_classifier(decode(paths.reshape(-1, paths.shape[-1])))
    features = predictions.features.reshape(*paths.shape[:2], -1)
    inner = predictions.probabilities.reshape(*paths.shape[:2], -1)[:, 1:-1]
    norms = jacobian_norm(decode, ends[::2], seed=seed)
    return {
        **path_lengths(features),
        "confident_share": confident_share(inner.reshape(-1, inner.shape[-1])),
        "jacobian_norm": mean_and_standard_error(norms),
    }
