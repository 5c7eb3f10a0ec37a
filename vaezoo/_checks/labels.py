"""Labels and other conditions: names, numbers and vectors."""

from __future__ import annotations

import contextlib
from collections.abc import Sequence

import numpy as np

from vaezoo._checks.arrays import as_array, check_array
from vaezoo.errors import DataError, unknown_name
from vaezoo.protocols import ArrayLike

# The label of an example whose class is not known: written on purpose, never what a wrong label
# becomes.
UNKNOWN = -1


def named_labels(labels: ArrayLike, names: Sequence[str]) -> ArrayLike:
    """Labels that are given by name as numbers; any others as they are.

    Args:
        labels: a name, or names, [N] or [N, 1]; or what `label_vectors` takes.
        names: of the classes, in their order.

    Raises:
        UnknownNameError: a label is none of the names.
        DataError: the classes have no names.

    Example:
        >>> named_labels(["dog", "cat"], ["cat", "dog"]).tolist()
        [1, 0]
    """
    given = None
    with contextlib.suppress(ValueError, TypeError, NotImplementedError):
        given = np.asarray(labels)
    if given is None or not _is_text(given):
        return labels
    if not names:
        raise DataError(
            f"labels have dtype {given.dtype}, the first is {str(given.ravel()[0])!r}: the model's "
            "classes have no names; give whole numbers."
        )
    numbers = {name: number for number, name in enumerate(names)}
    for name in given.ravel().tolist():
        if name not in numbers:
            raise unknown_name("label", name, names)
    return np.array([numbers[name] for name in given.ravel().tolist()]).reshape(given.shape)


def _is_text(values: np.ndarray) -> bool:
    """Whether all are strings: of NumPy, or objects, as columns of pandas are."""
    if values.dtype.kind == "O":
        return bool(values.size) and all(isinstance(value, str) for value in values.ravel())
    return bool(values.size) and values.dtype.kind in "UT"


def label_vectors(
    labels: ArrayLike, num_classes: int, num: int | None = None, names: Sequence[str] = ()
) -> np.ndarray:
    """Labels as rows of probabilities, float32 [N, num_classes]: zeros where unknown.

    Args:
        labels: whole numbers from 0 to `num_classes` - 1, or `UNKNOWN`, [N] or [N, 1], or one for
            all; or names; or probabilities of the classes, [N, num_classes], of which zeros are
            unknown.
        num_classes: C.
        num: examples; None: as many as labels.
        names: of the classes, if they have any.

    Raises:
        DataError: neither, or another number of rows.
        UnknownNameError: a name that no class has.
    """
    c = as_array(named_labels(labels, names), "condition")
    if c.ndim == 0 and num is not None:
        c = np.broadcast_to(c, (num,))
    if c.ndim == 2 and c.shape[1] == 1 and (num_classes > 1 or c.dtype.kind in "iu"):
        c = c[:, 0]
    if c.shape[1:] not in ((), (num_classes,)) or c.ndim == 0:
        raise DataError(
            f"labels have shape {list(c.shape)}: expected [N], [N, 1] or [N, {num_classes}]."
        )
    _check_number(c, num)
    return _one_hot(c, num_classes) if c.ndim == 1 else _probabilities(c)


def _one_hot(c: np.ndarray, num_classes: int) -> np.ndarray:
    wrong = np.flatnonzero(~((c >= UNKNOWN) & (c < num_classes) & (c == np.floor(c))))
    if len(wrong):
        raise DataError(
            f"labels have {len(wrong)} wrong values, the first in row {wrong[0]}: {c[wrong[0]]:g}; "
            f"expected whole numbers from 0 to {num_classes - 1}, or {UNKNOWN} where unknown."
        )
    rows = np.zeros((len(c), num_classes), np.float32)
    known = np.flatnonzero(c != UNKNOWN)
    rows[known, c[known].astype(np.int64)] = 1
    return rows


def _probabilities(c: np.ndarray) -> np.ndarray:
    c = check_array(c, c.shape[1:], what="condition")
    sums = c.sum(axis=1)
    right = (c >= 0).all(axis=1) & ((np.abs(sums - 1) < 1e-3) | (sums == 0))
    wrong = np.flatnonzero(~right)
    if len(wrong):
        raise DataError(
            f"labels have {len(wrong)} rows that are no probabilities, the first is row "
            f"{wrong[0]}: expected numbers of 0 or more that sum to 1, or zeros where unknown."
        )
    return c


def vectors(c: ArrayLike, dim: int, num: int | None = None) -> np.ndarray:
    """Attributes as rows, float32 [N, dim].

    Args:
        c: [N, dim], or one for all, [dim].
        dim: of each.
        num: examples; None: as many as rows.

    Raises:
        DataError: another shape, or not finite.
    """
    c = as_array(c, "condition")
    if c.ndim == 1 and num is not None:
        c = np.broadcast_to(c, (num, *c.shape))
    c = check_array(c, (dim,), what="condition")
    _check_number(c, num)
    return c


def _check_number(c: np.ndarray, num: int | None) -> None:
    if num is not None and len(c) != num:
        raise DataError(f"condition has {len(c)} rows: expected {num}, one per example.")
