"""Checks of what `fit` and its companions are given: whole arrays, or every batch of other data.

They run in NumPy, beside the steps and not in them: XLA has no assertions, and a step that cannot
fail is not slower.
"""

from __future__ import annotations

import contextlib
import functools
import itertools
import re
import types
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo import errors
from vaezoo._checks import check_array
from vaezoo._model.changed_batches import ChangedBatches
from vaezoo._model.example_weights import checked, without_y
from vaezoo._model.steps import EMPTY
from vaezoo.conditions import Condition
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array

# An error of this package inside a function that TensorFlow called.
_INSIDE = re.compile(r"\b(DataError|ConfigError): (.*?)(?:\]?\n|$)")
_OWN = "made_by_vaezoo"
_NOTHING = np.zeros((1, 0), np.float32)


@dataclass(frozen=True)
class BatchChecks:
    """What a model takes.

    Attributes:
        model: its name, for messages.
        data_shape: shape of one example.
        value_range: least and greatest value of x; None: any.
        reason: what asks for that range.
        condition: that y gives; None for a model without.
        takes_pairs: whether y may be what is scored, with x as what is encoded.
    """

    model: str
    data_shape: tuple[int, ...]
    value_range: tuple[float, float] | None
    reason: str
    condition: Condition | None
    takes_pairs: bool

    def check(self, x: Any, y: Any = None, what: str = "x") -> Any:
        """Checks examples x and what comes with them.

        Returns:
            y as steps take it: conditions as vectors, [N, dim]; or what is scored; None for none.

        Raises:
            DataError: x of another shape, not finite or out of range; y that is no condition of
                as many examples, or that is another image than x.
            ConfigError: y for a model that has no condition.
        """
        if y is None or np.shape(y)[1:] == (0,):  # [N, 0] says nothing
            self._examples(x, what)
            return y
        if self.condition is not None:
            return self._conditions(y, len(self._examples(x, what)))
        return self._target(x, y, what)

    def check_others(self, x: Any, y: Any, weights: Any = None, *more: object) -> tuple[Any, ...]:
        """`check` of a batch, which may have weights of the examples: y, or (y, weights [B]).

        Raises:
            DataError: as `check`, or weights that are none, or more than these.
        """
        if more:
            raise DataError(
                f"x gives batches of {3 + len(more)} parts: expected x, (x, y), or (x, y, "
                "sample_weight)."
            )
        y = self.check(x, y)
        if weights is None:
            return (y,)
        weights = checked(weights, len(x))
        return without_y(len(weights)) if y is None else y, weights

    def check_inputs(self, inputs: Any) -> Any:
        """`check` of what `call` is given: x, or (x, condition)."""
        x, y = inputs if _is_pair(inputs) else (inputs, None)
        return self.check(x, y)

    def _examples(self, x: Any, what: str, *, any_value: bool = False) -> Array:
        value_range = None if any_value else self.value_range
        return check_array(
            x, self.data_shape, what=what, value_range=value_range, reason=self.reason
        )

    def _conditions(self, y: Any, num: int) -> Array:
        assert self.condition is not None
        rows = self.condition.check(y)
        if len(rows) != num:
            raise DataError(f"y has {len(rows)} rows, x {num}: expected a condition per example.")
        return rows

    def _target(self, x: Any, y: Any, what: str) -> Array:
        shape = np.shape(y)
        if shape[1:] != self.data_shape:
            raise ConfigError(
                f"y has shape {list(shape)}, and this {self.model} has no condition that it could "
                "be: leave y out (of a tf.data.Dataset: .map(lambda x, y: x)), or choose a model "
                "with condition=, such as CVAE."
            )
        target = self._examples(y, "y" if what == "x" else f"y of {what}")
        # What was damaged by the user is encoded only: noise may leave the likelihood's range.
        x = self._examples(x, what, any_value=self.takes_pairs)
        if len(x) != len(target):
            raise DataError(f"y has {len(target)} rows, x {len(x)}: expected one per example.")
        differ = np.flatnonzero((x != target).reshape(len(x), -1).any(axis=1))
        if len(differ) and not self.takes_pairs:
            raise DataError(
                f"y differs from x in {len(differ)} of {len(x)} rows, first in row {differ[0]}, "
                f"and this {self.model} scores what it encodes: construct it with corruption=, "
                "such as Autoencoder(corruption='masking') or DenoisingAutoencoder, to learn y "
                "from x; or leave y out."
            )
        return target


def of_replicas(data: tf.distribute.DistributedDataset) -> tf.distribute.DistributedDataset:
    """The batches, which vaezoo has made of checked data for the replicas: they pass."""
    setattr(data, _OWN, True)
    return data


def checked_batches(data: Any, checks: BatchChecks) -> Any:
    """A Dataset, PyDataset or generator of batches that are checked; other data as they are.

    Raises:
        ConfigError: batches that are spread over replicas already, and not by `of_replicas`: they
            are out of reach of the checks.
    """
    if isinstance(data, tf.distribute.DistributedDataset) and not getattr(data, _OWN, False):
        raise ConfigError(
            f"x is a {type(data).__name__}, whose batches lie on the replicas already, where they "
            "cannot be checked: give the tf.data.Dataset itself; fit, evaluate and predict spread "
            "its batches over the replicas of the strategy that the model was made in."
        )
    if isinstance(data, tf.data.Dataset):
        _check_spec(data.element_spec, checks.data_shape)
        return data.map(functools.partial(_checked_tensors, checks))
    if isinstance(data, keras.utils.PyDataset):
        return ChangedBatches(data, functools.partial(_checked, checks))
    if isinstance(data, types.GeneratorType):
        first = list(itertools.islice(data, 1))
        if not first:
            raise DataError(EMPTY)
        return (_checked(checks, batch) for batch in itertools.chain(first, data))
    return data


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """Raises errors of this package again, where TensorFlow wrapped them in its own."""
    try:
        yield
    except tf.errors.OpError as error:
        found = _INSIDE.search(str(error))
        if found is None:
            raise
        raise getattr(errors, found[1])(found[2].replace("\\'", "'")) from None


def is_array(x: Any) -> bool:
    """Whether x is an array, or a list that stands for one."""
    return isinstance(x, (np.ndarray, list, tf.Tensor)) or hasattr(x, "__array__")


def _is_pair(inputs: Any) -> bool:
    return isinstance(inputs, (tuple, list)) and len(inputs) == 2 and np.ndim(inputs[0]) > 1


def _parts(batch: Any) -> tuple[Any, ...]:
    return batch if isinstance(batch, tuple) else (batch,)


def _checked(checks: BatchChecks, batch: Any) -> Any:
    """The batch as steps take it."""
    x, *others = batch if isinstance(batch, (tuple, list)) else (batch,)
    if not others:
        checks.check_inputs(x)
        return batch
    return x, *checks.check_others(x, *others)


def _checked_tensors(checks: BatchChecks, *batch: Any) -> Any:
    """`_checked` in the graph of a Dataset: y becomes vectors, and x waits for the check."""
    leaves = tf.nest.flatten(batch)

    def function(*arrays: Array) -> tuple[Array, Array, str]:
        left = iter(arrays)
        given = [None if leaf is None else next(left) for leaf in leaves]
        x, *rest = tf.nest.pack_sequence_as(batch, given)
        y = weights = None
        try:
            if rest:
                y, weights, *_ = *checks.check_others(x, *rest), None
            else:
                checks.check_inputs(x)
        except (DataError, ConfigError) as error:
            return _NOTHING, _NOTHING[0], f"{type(error).__name__}: {error}"
        vectors = _NOTHING if y is None or checks.condition is None else y
        return vectors.astype(np.float32), _NOTHING[0] if weights is None else weights, ""

    # an exception would be printed with its traceback
    types = (tf.float32, tf.float32, tf.string)
    given = [leaf for leaf in leaves if leaf is not None]
    y, weights, error = tf.numpy_function(function, given, types)
    with tf.control_dependencies([tf.debugging.Assert(error == "", [error])]):
        x, others = tf.nest.map_structure(tf.identity, batch[0]), list(batch[1:])
    if not others:
        return x if tf.is_tensor(x) else (x,)
    if checks.condition is not None and others[0] is not None:
        y.set_shape([None, checks.condition.dim])
        others[0] = y
    if others[1:] and others[1] is not None:
        weights.set_shape([None])
        others[1] = weights
    return (x, *others)


def _check_spec(spec: Any, data_shape: Sequence[int]) -> None:
    """Refuses batches that are known to have another shape, before the first is made."""
    first = _parts(spec)[0]
    first = first[0] if isinstance(first, tuple) and first else first  # (x, condition)
    if not isinstance(first, tf.TensorSpec):
        raise DataError(
            f"x gives batches of {type(first).__name__}: expected x, (x, y), or (x, y, "
            "sample_weight), with x a tensor."
        )
    if not first.shape[1:].is_compatible_with(data_shape):
        raise DataError(
            f"x gives batches of shape {list(first.shape)}: expected "
            f"[batch, {', '.join(map(str, data_shape))}]."
        )
