"""Noise for generation, drawn by NumPy: one seed, one picture, on every machine and runtime."""

from __future__ import annotations

import operator
from typing import SupportsIndex

import numpy as np

from vaezoo._checks import positive
from vaezoo._storage import memory
from vaezoo.errors import ConfigError


def generator(seed: int | None = None) -> np.random.Generator:
    """NumPy's generator; `seed=None` gives a new one each time. Raises `ConfigError` below 0."""
    if seed is not None and not (isinstance(seed, SupportsIndex) and operator.index(seed) >= 0):
        raise ConfigError(f"seed={seed!r}: give an integer of 0 or more.")
    return np.random.default_rng(seed)


def standard_normal(num: int, size: int, seed: int | None = None) -> np.ndarray:
    """N(0, I) noise of shape [num, size], float32; `seed=None` draws new noise each time.

    Raises:
        ConfigError: `num` is below 1, or too much for the memory, or `seed` is negative.
    """
    shape = (positive("num", num), size)
    memory.need(4 * shape[0] * size, f"noise for num={num:,} examples")
    return generator(seed).standard_normal(shape, dtype=np.float32)
