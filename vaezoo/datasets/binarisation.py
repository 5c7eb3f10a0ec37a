"""Grey levels -> binary values."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np

from vaezoo.datasets.base import SPLITS, Dataset, as_float, value_range
from vaezoo.errors import ConfigError, unknown_name
from vaezoo.protocols import Array
from vaezoo.runtime.preparation import BINARISE

_SEEDS = {split: seed for seed, split in enumerate(SPLITS)}  # no two splits share their noise


def binarise(x: Array, seed: int) -> Array:
    """x ~ Bernoulli(grey level): uint8 0 or 255, of the shape of `x`; 0…1 or uint8 0…255.

    Example:
        >>> import numpy as np
        >>> binarise(np.array([0, 255], np.uint8), seed=0).tolist()
        [0, 255]
    """
    uniform = np.random.default_rng(seed).random(x.shape, dtype=np.float32)
    return (uniform < as_float(x)) * np.uint8(255)


def binarised(dataset: Dataset, option: str) -> Dataset:
    """A data set, binarised by one of `BINARISE`.

    Raises:
        UnknownNameError: no such option.
        ConfigError: the data are binary already, or have values out of 0…1.
    """
    check_option(option)
    if option == "none":
        return dataset
    if dataset.binary:
        raise ConfigError(f"{dataset.name} is binary already: binarise = 'none', not {option!r}.")
    _check_levels(dataset)
    changes: dict[str, Any] = {
        split: _binary(dataset, split, seed)
        for split, seed in _SEEDS.items()
        if option == "static" or split != "train"
    }
    return dataclasses.replace(dataset, **changes, binary=option == "static")


def binarised_rows(dataset: Dataset) -> Dataset:
    """A data set whose splits are the same rows, with the noise of a test split. Raises
    `ConfigError`."""
    _check_levels(dataset)
    rows = _binary(dataset, "test", _SEEDS["test"])
    return dataclasses.replace(dataset, train=rows, validation=rows, test=rows, binary=True)


def _check_levels(dataset: Dataset) -> None:
    low, high = value_range(dataset.train)
    if low < 0 or high > 1:
        raise ConfigError(
            f"{dataset.name} has values from {low:g} to {high:g}: binarising needs 0 to 1."
        )


def check_option(option: str) -> None:
    """Raises `UnknownNameError` where it is not one of `BINARISE`."""
    if option not in BINARISE:
        raise unknown_name("binarise", option, BINARISE)


def _binary(dataset: Dataset, split: str, seed: int) -> Array:
    source = getattr(dataset, split)
    return binarise(source[np.arange(len(source))], seed)
