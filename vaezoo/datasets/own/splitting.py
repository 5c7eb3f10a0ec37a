"""Examples -> three splits: given, or cut, the same share of every class, groups whole."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vaezoo.datasets.base import SPLITS
from vaezoo.datasets.own.folder import parent_folders, prefixes
from vaezoo.datasets.own.rows import Rows
from vaezoo.datasets.own.table import split_column
from vaezoo.errors import ConfigError, DataError, unknown_name
from vaezoo.protocols import Array

_CUT = "80 / 10 / 10 percent of one fixed permutation"
_OF_NAMES = {"folder": parent_folders, "prefix": prefixes}


def split_rows(
    what: str, rows: Rows, labels: Array | None, split_by: str | None
) -> tuple[dict[str, Array], str]:
    """The rows of each split, by number, and how they were chosen, in one sentence.

    Args:
        what: the data, for messages.
        rows: of the data; if they have a split each, that is taken.
        labels: of each example: every split gets the same share of each, as far as it can.
        split_by: a column, "folder" or "prefix": no two splits share a value of it.

    Raises:
        DataError: too few examples or groups.
        ConfigError: groups, where the splits are given.
        UnknownNameError: no such column.
    """
    given, by = _given(rows)
    groups = None if split_by is None else _groups(what, rows, split_by)
    if given is not None:
        if split_by is not None:
            raise ConfigError(f"split_by={split_by!r}: the splits are given by {by}.")
        return _of_given(what, given, by, labels)
    total = len(rows.source)
    if total < 3:
        raise DataError(f"{what} has {total} examples: expected at least 3, one per split.")
    classes = np.zeros(total, int) if labels is None else labels
    if groups is not None and split_by is not None:
        return _by_group(
            what, groups, split_by
        ), f"80 / 10 / 10 percent by {split_by}: no group is in two"
    order = stratified(classes)
    tenth = max(1, total // 10)
    parts = {
        "train": order[2 * tenth :],
        "validation": order[:tenth],
        "test": order[tenth : 2 * tenth],
    }
    even = ", with the same share of every class" if len(np.unique(classes)) > 1 else ""
    return parts, f"{_CUT}{even}"


def stratified(classes: Array, seed: int = 0) -> Array:
    """An order of the rows of which every stretch has the same share of each class, nearly.

    Within a class the order is random. Row r of a class of n comes at (r + 1/2) / n of the whole.

    Example:
        >>> order = stratified(np.array([0] * 8 + [1] * 4))
        >>> np.array([0] * 8 + [1] * 4)[order].reshape(4, 3).sum(axis=1).tolist()
        [1, 1, 1, 1]
    """
    order = np.random.default_rng(seed).permutation(len(classes))
    place = np.empty(len(order))
    for value in np.unique(classes):
        here = np.flatnonzero(classes[order] == value)
        place[here] = (np.arange(len(here)) + 0.5) / len(here)
    return order[np.argsort(place, kind="stable")]


def _given(rows: Rows) -> tuple[Array | None, str]:
    if rows.split is not None:
        return rows.split, rows.given_by
    column = split_column(rows.columns)
    return (None, "") if column is None else (column[1], f"the column {column[0]}")


def _of_given(
    what: str, given: Array, by: str, labels: Array | None
) -> tuple[dict[str, Array], str]:
    """Splits that are given; a missing one is cut from the training split."""
    parts = {split: np.flatnonzero(given == split) for split in SPLITS}
    missing = [split for split in ("validation", "test") if not len(parts[split])]
    if not len(parts["train"]) or len(parts["train"]) <= len(missing):
        raise DataError(
            f"{what} has {len(parts['train'])} training examples by {by}: expected more."
        )
    for split in missing:
        train = parts["train"]
        order = train[stratified(np.zeros(len(train), int) if labels is None else labels[train])]
        tenth = max(1, len(train) // 10)
        parts[split], parts["train"] = np.sort(order[:tenth]), np.sort(order[tenth:])
    cut = f"; {' and '.join(missing)} cut from train, 10 percent by a fixed permutation"
    return parts, by + (cut if missing else "")


def _groups(what: str, rows: Rows, split_by: str) -> Array:
    if split_by in rows.columns:
        return rows.columns[split_by].astype(str)
    if split_by in _OF_NAMES and rows.names:
        return _OF_NAMES[split_by](list(rows.names))
    known = [*rows.columns, *(_OF_NAMES if rows.names else ())]
    raise unknown_name(f"column of {what} for split_by", split_by, known)


def _by_group(what: str, groups: Array, split_by: str) -> dict[str, Array]:
    """Groups in random order: each goes to the first split that is not full yet, unless it would
    be twice what that should have; where a split stays empty, it gets the smallest group."""
    names, of_row, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    if len(names) < 3:
        raise DataError(
            f"{what}: groups by {split_by}: {len(names)}; expected 3 or more, for 3 splits."
        )
    tenth = len(groups) / 10
    chosen: Mapping[str, list[int]] = {"validation": [], "test": []}
    for group in np.random.default_rng(0).permutation(len(names)).tolist():
        for members in chosen.values():
            have = sizes[members].sum()
            if have < tenth and have + sizes[group] <= 2 * tenth:
                members.append(group)
                break
    for members in chosen.values():
        if not members:
            others = {group for groups in chosen.values() for group in groups}
            members.append(next(g for g in np.argsort(sizes).tolist() if g not in others))
    split = np.full(len(names), "train", "<U10")
    for name, members in chosen.items():
        split[members] = name
    return {name: np.flatnonzero(split[of_row] == name) for name in SPLITS}


__all__ = ["split_rows", "stratified"]
