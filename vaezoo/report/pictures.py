"""What a model draws: samples, reconstructions, traversals, interpolations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vaezoo import images
from vaezoo.metrics import lines
from vaezoo.runtime.model import Model

ROWS, STEPS = 8, 12
_LARGEST = 512  # codes whose numbers can be looked at one by one


def pictures(
    model: Model, x: np.ndarray, condition: Any, kl_per_dimension: list[float] | None
) -> Mapping[str, np.ndarray]:
    """Pictures by title, uint8 [H, W, 1 or 3].

    Args:
        model: from `vaezoo.load`.
        x: test examples, [N, *data_shape].
        condition: of each, where the model takes one.
        kl_per_dimension: which dimensions are traversed: those that tell most; None: those whose
            codes vary most.
    """
    drawn = {
        f"Samples, z of the {source}": images.grid(
            model.generate(64, condition=_some(condition, 64), seed=0, source=source),
            2 * images.COLUMNS,
        )
        for source in model.sources
    }
    few = min(32, len(x))
    copies = model.reconstruct(x[:few], condition=_some(condition, few))
    drawn["Test data, each row above its reconstructions"] = images.pairs(
        x[:few], copies, 2 * images.COLUMNS
    )
    if model.manifest.codebook_size is not None or model.latent_dim > _LARGEST:
        return drawn
    drawn["From one test example to another, on a straight line in z"] = _interpolations(
        model, x, condition
    )
    codes = model.encode_mean(x, condition=condition)
    told = codes.var(axis=0) if kl_per_dimension is None else np.asarray(kl_per_dimension)
    dims = np.argsort(-told)[:ROWS]
    title = "One dimension of z a row, the most telling first, from −3 to 3 standard deviations"
    drawn[title] = _traversals(model, codes, dims, condition)
    return drawn


def _some(condition: Any, num: int) -> Any:
    return None if condition is None else np.resize(condition, num)


def _interpolations(model: Model, x: np.ndarray, condition: Any) -> np.ndarray:
    rows = np.arange(min(2 * ROWS, len(x) // 2 * 2))
    if condition is not None:  # both ends of a line under the label of the first
        rows = np.concatenate([np.flatnonzero(condition == c)[:2] for c in np.unique(condition)])
        rows = rows[: 2 * ROWS]
    given = None if condition is None else condition[rows]
    ends = model.encode_mean(x[rows], condition=given)
    paths = lines(ends[::2], ends[1::2], STEPS)
    flat = paths.reshape(-1, paths.shape[-1])
    labels = None if given is None else given[::2].repeat(STEPS)
    return images.grid(model.decode_mean(flat, condition=labels), STEPS)


def _traversals(model: Model, codes: np.ndarray, dims: np.ndarray, condition: Any) -> np.ndarray:
    """Around the code of the first example, by standard deviations of the codes."""
    z = np.repeat(codes[:1], len(dims) * STEPS, axis=0)
    seen = codes[:, dims]
    steps = np.linspace(-3, 3, STEPS)
    values = seen.mean(axis=0)[:, None] + np.outer(seen.std(axis=0), steps)
    z[np.arange(len(z)), dims.repeat(STEPS)] = values.ravel()
    given = None if condition is None else np.resize(condition[:1], len(z))
    return images.grid(model.decode_mean(z, condition=given), STEPS)
