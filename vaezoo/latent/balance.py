"""Attributes as columns of numbers, and rows repeated until labels are independent."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vaezoo._checks import as_array, check_array
from vaezoo.errors import DataError
from vaezoo.protocols import Array, ArrayLike

_LARGEST = 2**24  # rows after replication


def balanced(labels: ArrayLike) -> Array:
    """Rows, some of them several times, among which all combinations of labels are as frequent.

    Each combination is repeated until it has as many rows as the most frequent one, so that no
    label says anything of another: White 2016, sec. 3.3, https://arxiv.org/abs/1609.04468.

    Args:
        labels: yes or no, or classes, [N] or [N, L].

    Returns:
        Indices of rows, in order, each at least once.

    Raises:
        DataError: a combination is missing, so that two labels cannot be told apart; or one is so
            rare that there would be too many rows.

    Example:
        >>> from vaezoo.latent import balanced
        >>> balanced([True, True, True, False]).tolist()
        [0, 1, 2, 3, 3, 3]
    """
    columns = as_array(labels, "labels")
    columns = columns.reshape(len(columns), -1)
    _check_combinations(columns)
    _, groups = np.unique(columns, axis=0, return_inverse=True)
    counts = np.bincount(groups.ravel())
    if counts.max() * len(counts) > _LARGEST:
        raise DataError(f"labels have {len(counts):,} combinations: too many rows to balance.")
    rows = [
        np.resize(np.flatnonzero(groups.ravel() == g), counts.max()) for g in range(len(counts))
    ]
    return np.sort(np.concatenate(rows))


def _check_combinations(columns: Array) -> None:
    """Raises `DataError` unless every combination of values that occur does."""
    expected = int(np.prod([len(np.unique(column)) for column in columns.T]))
    found = len(np.unique(columns, axis=0))
    if found < expected:
        raise DataError(
            f"labels have {found} of {expected} combinations: where one never occurs, no "
            "repetition makes them independent; leave a label out of given, or add examples."
        )


def attribute_column(attribute: ArrayLike, num: int, what: str = "attribute") -> Array:
    """An attribute of `num` examples as numbers, [N], float64.

    Raises:
        DataError: another shape, not numbers, or all the same.
    """
    array = as_array(attribute, what)
    column = check_array(array, (), what=what).astype(np.float64)
    if len(column) != num:
        raise DataError(f"{what} has {len(column)} values: expected {num}, one for each code.")
    if np.ptp(column) == 0:
        raise DataError(f"{what} is {column[0]:g} in all rows: there is nothing to learn from.")
    return column


def given_columns(given: ArrayLike | Mapping[str, ArrayLike] | None, num: int) -> list[Array]:
    """Other attributes as columns [N], float64: of an array [N] or [N, G], or of several by name.

    Raises:
        DataError: as `attribute_column`.
    """
    if given is None:
        return []
    named = given if isinstance(given, Mapping) else {"given": given}
    columns = []
    for name, values in named.items():
        array = as_array(values, name)
        parts = [array] if array.ndim < 2 else list(array.reshape(len(array), -1).T)
        columns += [attribute_column(part, num, name) for part in parts]
    return columns


def is_yes_no(column: Array) -> bool:
    """Whether all values are 0 or 1."""
    return bool(np.isin(column, (0, 1)).all())
