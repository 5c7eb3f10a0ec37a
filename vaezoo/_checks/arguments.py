"""Checks of arguments: numbers, sizes, seeds and shapes."""

from __future__ import annotations

import math
import operator
from collections.abc import Iterable
from typing import SupportsIndex

import numpy as np

from vaezoo.errors import ConfigError

_MOST_SAMPLES = 2**31 - 1


def check_num_samples(num: object) -> int:
    """K, draws of each example; raises `ConfigError` unless a tensor can have so many."""
    found = positive("num_samples", num)
    if found > _MOST_SAMPLES:
        raise ConfigError(f"num_samples={found}: give an integer of 1 to {_MOST_SAMPLES}.")
    return found


def check_shape(data_shape: object) -> tuple[int, ...]:
    """The shape of one example; raises `ConfigError` unless its sizes are 1 or more."""
    if isinstance(data_shape, np.ndarray) and data_shape.ndim != 1:
        raise ConfigError(
            f"data_shape is an array of shape {list(data_shape.shape)}: give the shape of one "
            "example, x.shape[1:]."
        )
    is_text = isinstance(data_shape, (str, bytes))
    sizes = tuple(data_shape) if isinstance(data_shape, Iterable) and not is_text else ()
    if not sizes:
        raise ConfigError(
            f"data_shape={data_shape!r}: give the shape of one example, such as (28, 28, 1)."
        )
    return tuple(positive("data_shape", size) for size in sizes)


def _integer(value: object, otherwise: int) -> int:
    """`value` as an integer; `otherwise` for what is none, as an array is not."""
    try:
        return operator.index(value) if isinstance(value, SupportsIndex) else otherwise
    except TypeError:
        return otherwise


def positive(name: str, value: object) -> int:
    """`value` as an integer of 1 or more; raises `ConfigError` otherwise."""
    number = _integer(value, 0)
    if number < 1 or isinstance(value, bool):
        raise ConfigError(f"{name}={value!r}: give an integer of 1 or more.")
    return number


def not_negative_integer(name: str, value: object) -> int:
    """`value` as an integer of 0 or more; raises `ConfigError` otherwise."""
    number = operator.index(value) if isinstance(value, SupportsIndex) else -1
    if number < 0 or isinstance(value, bool):
        raise ConfigError(f"{name}={value!r}: give an integer of 0 or more.")
    return number


def check_seed(seed: object) -> int:
    """`seed` as an integer that TensorFlow takes too; raises `ConfigError` otherwise."""
    number = _integer(seed, -1)
    if not 0 <= number < 2**31:
        raise ConfigError(f"seed={seed!r}: give an integer from 0 to 2^31 - 1.")
    return number


def above_zero(name: str, value: object) -> float:
    """`value` as a number above 0; raises `ConfigError` otherwise."""
    number = not_negative(name, value)
    if not number:
        raise ConfigError(f"{name}={value!r}: give a finite number above 0.")
    return number


def not_negative(name: str, value: object) -> float:
    """`value` as a finite number of 0 or more; raises `ConfigError` otherwise."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < math.inf:
        raise ConfigError(f"{name}={value!r}: give a finite number of 0 or more.")
    return value
