"""Columns -> labels as whole numbers with names, and attributes as numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vaezoo._checks import UNKNOWN
from vaezoo.datasets.own.rows import Rows
from vaezoo.datasets.own.table import LABELS, candidates
from vaezoo.errors import DataError, unknown_name
from vaezoo.protocols import Array


def labels_of(what: str, rows: Rows, column: str | None) -> tuple[Array | None, tuple[str, ...]]:
    """The label of each example, whole numbers from 0 or -1 where there is none, and names.

    Args:
        what: the data, for messages.
        rows: of the data.
        column: that holds the labels; None: the one that must be meant, if there is one.

    Raises:
        UnknownNameError: no such column.
        DataError: its values are no classes.
    """
    if column is None and rows.label_column is None:
        return None, ()
    name = column or str(rows.label_column)
    if name not in rows.columns:
        raise unknown_name(f"column of {what} for data.labels", name, rows.columns)
    return encoded(f"{what}: labels", rows.columns[name])


def encoded(what: str, values: Array) -> tuple[Array, tuple[str, ...]]:
    """Labels as whole numbers, and the names of the classes.

    Whole numbers from 0 stay what they are and have no names, unless most of the numbers up to
    the largest do not occur. Other labels are numbered in their order.

    Raises:
        DataError: numbers that are not whole, or below -1.

    Example:
        >>> encoded("labels", np.array(["dog", "cat", "", "dog"]))
        (array([ 1,  0, -1,  1]), ('cat', 'dog'))
        >>> encoded("labels", np.array([0, 2, -1]))
        (array([ 0,  2, -1]), ())
        >>> encoded("labels", np.array([1999, 2005]))
        (array([0, 1]), ('1999', '2005'))
    """
    numbers = _numbers(what, values)
    if numbers is None:
        present = np.array(sorted(set(values.tolist()) - {""}))
        codes = np.searchsorted(present, values) if len(present) else np.zeros(len(values), int)
        return np.where(values == "", UNKNOWN, codes), tuple(map(str, present))
    present = np.unique(numbers[numbers != UNKNOWN])
    if not len(present) or (present[0] == 0 and present[-1] < 2 * len(present)):
        return numbers, ()
    codes = np.searchsorted(present, numbers)
    return np.where(numbers == UNKNOWN, UNKNOWN, codes), tuple(map(str, present))


def _numbers(what: str, values: Array) -> Array | None:
    """Labels that are numbers, also as text; None where some are words."""
    if values.dtype.kind == "U":
        texts = np.where(values == "", str(UNKNOWN), values).tolist()
        try:
            numbers = [int(text) for text in texts]
        except ValueError:
            return None
        if [str(number) for number in numbers] != texts or min(numbers) < UNKNOWN:
            return None  # "007" is a name
        return np.array(numbers)
    if values.ndim != 1 or values.dtype.kind not in "iufb":
        raise DataError(
            f"{what} have shape {list(values.shape)} and dtype {values.dtype}: expected [N] whole "
            "numbers or strings."
        )
    if values.dtype.kind == "f":
        values = np.where(np.isnan(values), UNKNOWN, values)
    if not (np.isfinite(values) & (values >= UNKNOWN) & (values == np.round(values))).all():
        raise DataError(
            f"{what} go from {values.min()} to {values.max()}: expected whole numbers from 0, or "
            "-1 where there is none; attributes that are no classes go into data.attributes."
        )
    return values.astype(np.int64)


def attributes_of(what: str, rows: Rows, names: Sequence[str]) -> tuple[Array | None, list[str]]:
    """Attributes of each example, float32 [N, A], and their names.

    Raises:
        UnknownNameError: no such column.
        DataError: a value that is no finite number.
    """
    columns, found = [], []
    for name in names:
        if name not in rows.columns:
            raise unknown_name(f"column of {what} for data.attributes", name, rows.columns)
        values = _finite(f"{what}: column {name}", rows.columns[name])
        wide = values.ndim > 1
        columns.append(values.reshape(len(values), -1))
        found += [f"{name}[{place}]" for place in range(values.shape[1])] if wide else [name]
    return (np.concatenate(columns, axis=1), found) if columns else (None, [])


def _finite(what: str, values: Array) -> Array:
    try:
        numbers = values.astype(np.float32)
    except ValueError:
        numbers = np.array([_number(value) for value in values.ravel().tolist()], np.float32)
    wrong = np.flatnonzero(~np.isfinite(numbers.reshape(len(values), -1)).all(axis=1))
    if len(wrong):
        raise DataError(
            f"{what} has {len(wrong)} values that are no numbers, first in row {wrong[0]}: "
            f"{str(values[wrong[0]])!r}; attributes are finite numbers."
        )
    return numbers


def _number(value: object) -> float:
    try:
        return float(str(value))
    except ValueError:
        return float("nan")


def label_notes(rows: Rows, labels: Array | None, names: Sequence[str]) -> list[str]:
    """What the user may not expect of the labels."""
    if labels is None:
        able = candidates(rows.columns)
        several = f"columns {', '.join(able)} could be labels: --set data.labels=COLUMN takes one."
        return [several] if len(able) > 1 else []
    notes = []
    classes, counts = np.unique(labels[labels != UNKNOWN], return_counts=True)
    missing = len(labels) - int(counts.sum())
    if missing:
        notes.append(f"{missing} of {len(labels)} examples have no label.")
    single = classes[counts == 1]
    if len(single):
        named = names[single[0]] if names else single[0]
        notes.append(
            f"classes with a single example, which only one split can have: {len(single)} of "
            f"{len(classes)} (first: {named})."
        )
    return notes


__all__ = ["LABELS", "attributes_of", "encoded", "label_notes", "labels_of"]
