"""Checks of the arguments of `fit`, `evaluate` and `predict` that are no data: before anything is
trained, and before Keras does without a word whatever follows from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import not_negative_integer, positive
from vaezoo.errors import ConfigError

_VERBOSE = ("auto", 0, 1, 2)


def checked(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The arguments, integers of NumPy as Python's, which Keras compares with.

    Raises:
        ConfigError: one is of another type, or out of its range.
    """
    found = {
        name: _CHECKS[name](name, value) if _is_checked(name, value) else value
        for name, value in arguments.items()
    }
    epochs, first = found.get("epochs", 1), found.get("initial_epoch", 0)
    if first and first > epochs:
        raise ConfigError(
            f"initial_epoch={first}, epochs={epochs}: nothing is left to train; epochs= counts "
            f"from 0, as initial_epoch= does: for {epochs} more give epochs={first + epochs}."
        )
    return found


def _is_checked(name: str, value: object) -> bool:
    return name in _CHECKS and (value is not None or name in ("epochs", "initial_epoch"))


def _epochs_of_validation(name: str, value: object) -> int | list[int]:
    """Every so many epochs, or a list of epochs, from 1 on."""
    if isinstance(value, (list, tuple, np.ndarray)):
        return [positive(f"{name}[{place}]", item) for place, item in enumerate(value)]
    return positive(name, value)


def _callbacks(name: str, value: Any) -> Any:
    if isinstance(value, keras.callbacks.CallbackList):
        return value
    for callback in tf.nest.flatten(value):
        if not isinstance(callback, keras.callbacks.Callback):
            raise ConfigError(
                f"{name}={callback!r}: give a keras.callbacks.Callback, such as "
                "keras.callbacks.TerminateOnNaN(), or a list of them."
            )
    return value


def _verbose(name: str, value: object) -> Any:
    if not any(value == known for known in _VERBOSE):
        raise ConfigError(f"{name}={value!r}: give 'auto', 0, 1 or 2.")
    return value


_CHECKS: dict[str, Callable[[str, Any], Any]] = {
    "batch_size": positive,
    "callbacks": _callbacks,
    "epochs": not_negative_integer,
    "initial_epoch": not_negative_integer,
    "steps": positive,
    "steps_per_epoch": positive,
    "validation_batch_size": positive,
    "validation_freq": _epochs_of_validation,
    "validation_steps": positive,
    "verbose": _verbose,
}
