"""Checks of an optimiser: with a learning rate of NaN every weight becomes NaN at the first step,
with one below 0 the loss is made as large as possible."""

from __future__ import annotations

import math

import keras

from vaezoo.errors import ConfigError


def check(optimizer: keras.optimizers.Optimizer) -> None:
    """Raises `ConfigError` unless the learning rate is a finite number of 0 or more; and where
    another number of the optimiser or its schedule is NaN."""
    name = type(optimizer).__name__
    given = getattr(optimizer, "_learning_rate", None)  # a variable, or what computes it
    rate = float(keras.ops.convert_to_numpy(optimizer.learning_rate))
    if not 0 <= rate < math.inf:
        raise ConfigError(
            f"the optimizer {name} has a learning rate of {rate:g}: give a finite number of 0 or "
            "more, such as keras.optimizers.Adam(1e-3)."
        )
    for part in (optimizer, given):
        for key, value in getattr(part, "__dict__", {}).items():
            if isinstance(value, float) and math.isnan(value):
                raise ConfigError(f"the optimizer {name} has {key.strip('_')}=nan: give a number.")
