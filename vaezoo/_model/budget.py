"""A limit to the variables that a configuration makes: those that its weights file has, or, where
Keras opens the file itself, those that memory has room for."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Any

import keras
import tensorflow as tf

from vaezoo._storage import memory
from vaezoo.errors import ConfigError, DamagedFileError, VaezooError

_OTHERS = 2**18  # bytes of variables that are not weights, such as metrics
_EACH = 1024  # what a file needs at least for a variable, beside its numbers


def limited(num_bytes: int, named: object) -> AbstractContextManager[None]:
    """Whatever makes variables in the block makes as many as fit into a file of `num_bytes`.

    Their sizes are known before memory is taken for them.

    Raises:
        DamagedFileError: it makes more. `named` is what holds the configuration.
    """
    return _at_most(
        num_bytes + _OTHERS,
        DamagedFileError(
            f"{named} describes a model with more weights than the {num_bytes:,} bytes of its "
            "weights file can hold: it was not built."
        ),
    )


def in_memory(named: str) -> AbstractContextManager[None]:
    """Whatever makes variables in the block makes as many as fit into memory.

    Raises:
        ConfigError: it makes more. `named` is the model.
    """
    have = memory.available() or 2**40
    return _at_most(
        have,
        ConfigError(
            f"the configuration of this {named} describes more weights than the "
            f"{have / 1e9:,.1f} GB of memory that are available: it was not built."
        ),
    )


@contextlib.contextmanager
def _at_most(left: int, error: VaezooError) -> Iterator[None]:
    """Raises `error` before variables take more than `left` bytes."""
    graph = tf.__internal__.FuncGraph("shapes")

    def create(next_creator: Any, **arguments: Any) -> Any:
        nonlocal left
        left -= _EACH + _bytes_of(arguments.get("initial_value"), graph)
        if left < 0:
            raise error
        return next_creator(**arguments)

    try:
        with tf.variable_creator_scope(create):
            yield
    except Exception:  # what Keras makes of the error above
        if left < 0:
            raise error from None
        raise


def _bytes_of(initial_value: Any, graph: tf.Graph) -> int:
    if callable(initial_value):
        variable = _variable(initial_value)
        initial_value = _in_graph(initial_value, graph) if variable is None else variable
    shape, dtype = getattr(initial_value, "shape", ()), getattr(initial_value, "dtype", "float32")
    return int(math.prod(tf.TensorShape(shape).as_list())) * int(tf.as_dtype(dtype).size)


def _variable(initial_value: Any) -> keras.Variable | None:
    """The variable whose first value Keras is about to compute, by a function within a method of
    the variable."""
    cells = getattr(initial_value, "__closure__", None) or ()
    found = (cell.cell_contents for cell in cells)
    return next((value for value in found if isinstance(value, keras.Variable)), None)


def _in_graph(initial_value: Any, graph: tf.Graph) -> Any:
    """The value as a tensor of a graph that is never run."""
    with graph.as_default():
        return initial_value()
