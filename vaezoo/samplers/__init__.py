"""Samplers fitted to a model's codes after it was trained, by name.

z = codes(model, x_train)
sampler = fit_sampler("mixture", z, num_components=10)
model.generate(64, seed=0, sampler=sampler)
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo import _training  # noqa: F401
from vaezoo._checks import check_seed
from vaezoo._core.components import naming_errors, resolve
from vaezoo.errors import ConfigError, DataError
from vaezoo.samplers.base import Sampler
from vaezoo.samplers.flow import fit_flow
from vaezoo.samplers.hypersphere import Hypersphere, fit_hypersphere
from vaezoo.samplers.mixture import NormalMixture, fit_mixture
from vaezoo.samplers.standardised import Standardised
from vaezoo.samplers.two_stage import TwoStage, fit_two_stage

SAMPLERS: dict[str, Callable[..., Sampler]] = {
    "mixture": fit_mixture,
    "flow": fit_flow,
    "two_stage": fit_two_stage,
    "hypersphere": fit_hypersphere,
}

__all__ = [
    "SAMPLERS",
    "Hypersphere",
    "NormalMixture",
    "Sampler",
    "Standardised",
    "TwoStage",
    "codes",
    "fit_sampler",
]

_BATCH = 1024


def codes(model: Any, x: Any, condition: Any = None, *, seed: int = 0) -> np.ndarray:
    """One draw z ~ q(z|x) for each example, or its point where q has no density: [N, D].

    Together they are draws of the aggregate posterior. Raises `DataError` as `model.fit`.
    """
    x = model.check_data(x)
    found = []
    for start in range(0, len(x), _BATCH):
        rows = slice(start, start + _BATCH)
        given = None if condition is None else np.asarray(condition)[rows]
        key = tf.constant([check_seed(seed), start])
        found.append(model.trace(x[rows], 1, given, key).latent().sample[0].numpy())
    return np.concatenate(found)


def fit_sampler(
    name: str | Mapping[str, Any], z: Any, *, seed: int = 0, **arguments: Any
) -> Sampler:
    """A sampler of codes like z.

    Args:
        name: of `SAMPLERS`: "mixture", "flow", "two_stage" or "hypersphere"; or a mapping of the
            name and arguments, as recipes hold it.
        z: codes, [N, D], such as `codes` gives.
        seed: decides what is random in the fit; networks take theirs by way of
            `keras.utils.set_random_seed`.
        arguments: the sampler's own.

    Raises:
        UnknownNameError: no such sampler.
        DataError: z is not [N, D] with N of 2 or more, or not finite.
        ConfigError: the arguments do not fit.
    """
    fit, given, what = resolve("sampler", name, SAMPLERS)
    z = np.asarray(z, np.float32)
    if z.ndim != 2 or len(z) < 2 or not np.isfinite(z).all():
        raise DataError(
            f"codes have shape {list(z.shape)}: expected [N, D], finite, with N of 2 or more."
        )
    with naming_errors(what):
        try:
            return fit(z, check_seed(seed), **given, **arguments)
        except np.linalg.LinAlgError as error:
            raise ConfigError(f"{what}: {error}") from None
