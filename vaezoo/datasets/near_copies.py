"""Pictures that are nearly the same, and splits that no such pair crosses."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import NamedTuple

import numpy as np

from vaezoo.datasets.areas import area_averages
from vaezoo.protocols import Array

THUMBNAIL = 16  # pixels a side
_CHUNK = 512


def near_copies(x: Array, others: Array, bound: float) -> Array:
    """Pairs of pictures whose 16×16 thumbnails differ by less than `bound`, mean over the values.

    Args:
        x: bytes, [N, H, W, C].
        others: bytes, [M, H, W, C].
        bound: of the mean absolute difference, where black and white differ by 1.

    Returns:
        Rows of x and of the others, [P, 2].

    Example:
        >>> import numpy as np
        >>> from vaezoo.datasets.near_copies import near_copies
        >>> x = np.random.default_rng(0).integers(0, 255, (5, 32, 32, 3), np.uint8)
        >>> near_copies(x, x[3:] + np.uint8(1), bound=0.01).tolist()
        [[3, 0], [4, 1]]
    """
    small, other = (_Thumbnails.of(each) for each in (x, others))
    found = [_pairs(small, other, bound, start) for start in range(0, len(x), _CHUNK)]
    return np.concatenate([np.empty((0, 2), int), *found])


class _Thumbnails(NamedTuple):
    """Pictures of 4×4 and of 16×16 pixels, as rows of values from 0 to 255."""

    coarse: Array
    fine: Array

    @classmethod
    def of(cls, x: Array) -> _Thumbnails:
        fine = area_averages(x, THUMBNAIL)
        return cls(*(_rows(each) for each in (area_averages(fine, 4), fine)))


def _rows(x: Array) -> Array:
    return x.reshape(len(x), -1).astype(np.int16)


def _pairs(x: _Thumbnails, others: _Thumbnails, bound: float, start: int) -> Array:
    """Of a part of the pictures. What is quick to compute excludes most pairs: of numbers from 0
    to 1 the squares are below them, and averages of 4×4 pixels differ less than the pixels."""
    part = _Thumbnails(*(each[start : start + _CHUNK] for each in x))
    pairs = np.argwhere(_mean_squares(part.fine, others.fine) < bound + 1e-4)
    pairs = pairs[_differences(part.coarse, others.coarse, pairs) < bound + 1 / 255]  # rounded
    pairs = pairs[_differences(part.fine, others.fine, pairs) < bound]
    return pairs + np.array([start, 0])


def _differences(x: Array, others: Array, pairs: Array) -> Array:
    """Mean absolute difference of each pair, where white is 1."""
    sums = np.empty(len(pairs), np.int32)
    for first in range(0, len(pairs), 4096):
        rows, columns = pairs[first : first + 4096].T
        sums[first : first + 4096] = np.abs(x[rows] - others[columns]).sum(axis=1, dtype=np.int32)
    return sums / (255 * x.shape[1])


def _mean_squares(x: Array, others: Array) -> Array:
    """Of the differences of each pair, where white is 1: a product of matrices, [N, M]."""
    a, b = (each.astype(np.float32) / 255 for each in (x, others))
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    return np.asarray(squares / a.shape[1])


def grouped(num: int, pairs: Iterable[Sequence[int]]) -> Array:
    """The group of each of `num` examples, numbered by its first one, where the two of each pair
    are in the same.

    Example:
        >>> from vaezoo.datasets.near_copies import grouped
        >>> grouped(5, [(1, 4), (3, 4)]).tolist()
        [0, 1, 2, 1, 1]
    """
    parents = list(range(num))

    def first(row: int) -> int:
        while parents[row] != row:
            parents[row] = parents[parents[row]]
            row = parents[row]
        return row

    for one, other in pairs:
        low, high = sorted((first(int(one)), first(int(other))))
        parents[high] = low
    return np.array([first(row) for row in range(num)])


def alike(keys: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Each row with the first one that has the same key."""
    firsts: dict[Hashable, int] = {}
    return [(row, firsts.setdefault(key, row)) for row, key in enumerate(keys)]


def split_by_group(groups: Array, part: float = 0.1) -> dict[str, Array]:
    """Rows of train, validation and test, none of whose groups are in two of them.

    Groups come in the order of one fixed permutation; each goes to validation if there is room
    for it, else to test, else to train.

    Args:
        groups: of the examples, [N].
        part: of the examples, at most, that are for validation, and for test.
    """
    members: dict[int, list[int]] = {}
    for row, group in enumerate(groups.tolist()):
        members.setdefault(group, []).append(row)
    room = dict.fromkeys(("validation", "test"), int(part * len(groups)))
    rows: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    every = list(members.values())
    for index in np.random.default_rng(0).permutation(len(every)):
        group = every[index]
        split = next((name for name, free in room.items() if len(group) <= free), "train")
        rows[split] += group
        if split in room:
            room[split] -= len(group)
    return {name: np.sort(np.array(each, int)) for name, each in rows.items()}
