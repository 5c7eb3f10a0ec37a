"""What rules compute with: functions of NumPy, or of another library that has the same."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Protocol

import numpy as np

from vaezoo.protocols import Array


class Library(Protocol):
    """Functions of arrays, each as NumPy's of this name where nothing else is said.

    Arrays are float64 or bool; codes are numbers too. A layer of Keras runs the same rules with
    TensorFlow's: `vaezoo.networks.ObeyRules`.
    """

    where: Callable[..., Array]
    minimum: Callable[..., Array]
    maximum: Callable[..., Array]
    isnan: Callable[..., Array]
    isfinite: Callable[..., Array]
    exp: Callable[..., Array]
    log: Callable[..., Array]
    sqrt: Callable[..., Array]
    floor: Callable[..., Array]
    ceil: Callable[..., Array]
    rint: Callable[..., Array]

    def full(self, num: int, value: float) -> Array:
        """[num]."""

    def size(self, x: Array) -> int:
        """How many rows x has."""

    def take(self, table: Array, codes: Array) -> Array:
        """Rows of a table, or its entries, by codes."""

    def isin(self, keys: Array, known: Sequence[int]) -> Array: ...

    def every(self, arrays: Sequence[Array]) -> Array:
        """Where all of some arrays of bool hold; they need not have the same shape."""

    def some(self, arrays: Sequence[Array]) -> Array:
        """Where one of them holds."""

    def any(self, array: Array) -> Array:
        """Along the last axis."""

    def least(self, array: Array) -> Array:
        """The place of the least number on the last axis, the first of several."""

    def nth(self, allowed: Array, share: Array) -> Array:
        """The place of one of those that are allowed, [N] of bool [N, C]: the first for a share of
        0, the last for one just below 1."""

    def joined(self, *parts: Array) -> Array:
        """Along the last axis."""

    def replaced(
        self, x: Array, wrong: Array, choose: Callable[[Callable[[Array], Array]], Array]
    ) -> Array:
        """x with other numbers where it is wrong: `choose` is given a function that leaves of an
        array, [N, ...], the rows that are needed."""


class _NumPy:
    def __init__(self) -> None:
        self.where: Callable[..., Array] = np.where
        self.minimum: Callable[..., Array] = np.minimum
        self.maximum: Callable[..., Array] = np.maximum
        self.isnan: Callable[..., Array] = np.isnan
        self.isfinite: Callable[..., Array] = np.isfinite
        self.exp: Callable[..., Array] = np.exp
        self.log: Callable[..., Array] = np.log
        self.sqrt: Callable[..., Array] = np.sqrt
        self.floor: Callable[..., Array] = np.floor
        self.ceil: Callable[..., Array] = np.ceil
        self.rint: Callable[..., Array] = np.rint

    def full(self, num: int, value: float) -> Array:
        return np.full(num, value)

    def size(self, x: Array) -> int:
        return len(x)

    def take(self, table: Array, codes: Array) -> Array:
        return np.asarray(table[codes.astype(np.intp)])

    def isin(self, keys: Array, known: Sequence[int]) -> Array:
        return np.isin(keys, known)

    def every(self, arrays: Sequence[Array]) -> Array:
        return functools.reduce(np.logical_and, arrays)

    def some(self, arrays: Sequence[Array]) -> Array:
        return functools.reduce(np.logical_or, arrays)

    def any(self, array: Array) -> Array:
        return np.asarray(array.any(axis=-1))

    def least(self, array: Array) -> Array:
        return array.argmin(axis=-1)

    def nth(self, allowed: Array, share: Array) -> Array:
        counted = np.cumsum(allowed, axis=1)
        return (counted > np.floor(share * counted[:, -1])[:, None]).argmax(axis=1)

    def joined(self, *parts: Array) -> Array:
        return np.concatenate(parts, axis=-1)

    def replaced(
        self, x: Array, wrong: Array, choose: Callable[[Callable[[Array], Array]], Array]
    ) -> Array:
        rows = np.flatnonzero(wrong)
        if not len(rows):
            return x
        x = x.copy()
        x[rows] = choose(lambda array: array[rows])
        return x


NUMPY: Library = _NumPy()
