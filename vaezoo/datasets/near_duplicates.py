"""Near-copies across the splits of a data set."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from vaezoo._checks import above_zero
from vaezoo.datasets.base import SPLITS, Dataset, Source, as_float, chunks
from vaezoo.errors import DataError
from vaezoo.protocols import Array

_LARGER, _SMALLER = 16, 8  # sides of thumbnails
_BLOCK, _TILE = 256, 2048  # rows compared at once: their products stay in the cache
_TRIED = 5  # candidates of each example, the nearest first
_MOST, _LARGEST = 100_000, 2**30  # examples, and values of all, that are worth the time


class NearDuplicate(NamedTuple):
    """An example and its nearest near-copy in an earlier split.

    Attributes:
        split, row: of the example.
        other_split, other_row: of its copy.
        distance: between them; 0: the same.
    """

    split: str
    row: int
    other_split: str
    other_row: int
    distance: float


def near_duplicates(
    data: Dataset | Mapping[str, Source], *, tolerance: float = 0.1
) -> list[NearDuplicate]:
    """The examples that have a near-copy in an earlier split: train, validation, test.

    Two images are near-copies if thumbnails a and b of them, of at most 16×16 means in colour,
    have a root mean square difference of at most `tolerance` times their standard deviation (of
    both: root mean square): 0.1 is where 99% of the variance is shared. So re-encoded, resized and
    noisy copies are found, mirrored and shifted ones are not. Of vectors, [N, D], equal ones are
    near-copies.

    Means of 8×8 grey parts are compared first: they differ by no more than the thumbnails do, so
    that none is missed. 50,000 images take seconds.

    Args:
        data: a data set; or sources, [N, *data_shape], by split.
        tolerance: above 0.

    Returns:
        At most one for each example, in the order of the splits and rows.

    Raises:
        DataError: the splits' examples differ in shape.
        ConfigError: `tolerance` is not above 0.

    Example:
        >>> import numpy as np
        >>> from vaezoo import datasets
        >>> x = np.random.default_rng(0).random((20, 8, 8, 1))
        >>> [(pair.row, pair.other_row) for pair in datasets.near_duplicates(
        ...     {"train": x[:15], "test": np.concatenate([x[15:], x[3:4] + 0.01])})]
        [(5, 3)]
    """
    tolerance = above_zero("tolerance", tolerance)
    if isinstance(data, Dataset):
        data = {split: getattr(data, split) for split in SPLITS}
    shapes = {tuple(source.shape[1:]) for source in data.values()}
    if len(shapes) != 1:
        raise DataError(f"the splits' examples differ in shape: {sorted(shapes)}.")
    if len(shapes.pop()) == 1:
        return list(_equal(data))
    thumbnails = {split: _Thumbnails.of(source) for split, source in data.items()}
    found: list[NearDuplicate] = []
    names = list(data)
    for place, split in enumerate(names):
        best: dict[int, NearDuplicate] = {}
        for other in names[:place]:
            for row, rows in thumbnails[split].candidates(thumbnails[other], tolerance):
                pair = _nearest(data, (split, row), (other, rows), tolerance)
                if pair is not None and (row not in best or pair.distance < best[row].distance):
                    best[row] = pair
        found += [best[row] for row in sorted(best)]
    return found


def worth_looking(data: Dataset) -> bool:
    """Whether near-copies are found in seconds: among not too many examples or values."""
    num = sum(len(getattr(data, split)) for split in SPLITS)
    return num <= _MOST and num * math.prod(data.data_shape) <= _LARGEST


@dataclass(frozen=True)
class _Thumbnails:
    """Small images, such that their squared distance is at most that of the larger ones.

    Attributes:
        values: of the smaller ones, [N, 64] at most.
        variances: of the larger ones, [N].
    """

    values: Array
    variances: Array

    @classmethod
    def of(cls, source: Source) -> _Thumbnails:
        values, variances = [np.empty((0, 1))] if not len(source) else [], [np.empty(0)]
        for x in chunks(source):
            x = as_float(x)
            variances.append(_variance(_reduced(x, _LARGER), x.shape))
            grey = _reduced(x.mean(axis=3, keepdims=True), _SMALLER)
            values.append(grey.reshape(len(x), -1))
        return cls(np.concatenate(values), np.concatenate(variances))

    def candidates(self, others: _Thumbnails, tolerance: float) -> Iterator[tuple[int, Array]]:
        """Rows, and those rows of others that may be near-copies, the nearest first."""
        if not (len(self.values) and len(others.values)):
            return
        centre = others.values.mean(axis=0)
        (a, far_a), (b, far_b) = (_centred(one, centre, tolerance) for one in (self, others))
        far_a -= 1e-5 * np.square(b).sum(axis=1).max() + 1e-12  # what float32 loses
        # 2 u·v - excess(u) - excess(v), which is 0 or more for near-copies, as one product
        left = np.column_stack([2 * a, -far_a, -np.ones_like(far_a)])
        right = np.column_stack([b, np.ones_like(far_b), far_b])
        for start in range(0, len(left), _BLOCK):
            yield from _hits(left[start : start + _BLOCK], right, start)


def _centred(thumbnails: _Thumbnails, centre: Array, tolerance: float) -> tuple[Array, Array]:
    """u, without what all have in common, and its excess |u|² - tolerance² variance / 2."""
    u = (thumbnails.values - centre).astype(np.float32)
    limit = np.float32(tolerance**2 / 2) * thumbnails.variances.astype(np.float32)
    return u, np.square(u).sum(axis=1) - limit


def _hits(left: Array, right: Array, first: int) -> Iterator[tuple[int, Array]]:
    """For each row of `left` that has products of 0 or more, the rows with the largest."""
    found: dict[int, list[tuple[float, int]]] = {}
    for start in range(0, len(right), _TILE):
        products = left @ right[start : start + _TILE].T
        if products.max() < 0:
            continue
        for row, place in np.argwhere(products >= 0).tolist():
            found.setdefault(row, []).append((-float(products[row, place]), start + place))
    for row in sorted(found):
        yield first + row, np.array([place for _, place in sorted(found[row])[:_TRIED]])


def _reduced(x: Array, most: int) -> Array:
    """Means over at most `most`×`most` parts of images [N, H, W, C], each times the root of its
    part's share: the sum of their squares is a mean."""
    rows, columns = _parts(x.shape[1], most), _parts(x.shape[2], most)
    shares = np.outer(rows.sum(axis=1), columns.sum(axis=1))
    sums = np.einsum("rh,nhwc,sw->nrsc", rows, x, columns, optimize=True)
    return np.asarray(sums / np.sqrt(shares * shares.sum())[..., None])


def _parts(size: int, most: int) -> Array:
    """Which of at most `most` parts each of `size` pixels is in, [parts, size]."""
    num = min(most, size)
    return (np.arange(size) * num // size == np.arange(num)[:, None]).astype(np.float32)


def _variance(reduced: Array, shape: tuple[int, ...]) -> Array:
    """Of thumbnails, [N], whose parts have the shares that `_reduced` gave them."""
    roots = _reduced(np.ones((1, *shape[1:3], 1), np.float32), _LARGER)
    means = (reduced * roots).sum(axis=(1, 2), dtype=np.float64).mean(axis=1)
    squares = np.square(reduced, dtype=np.float64).sum(axis=(1, 2)).mean(axis=1)
    return np.maximum(squares - means**2, 0)


def _nearest(
    data: Mapping[str, Source], one: tuple[str, int], other: tuple[str, Array], tolerance: float
) -> NearDuplicate | None:
    """The nearest of some candidates, if it is a near-copy."""
    (split, row), (other_split, rows) = one, other
    x, y = as_float(data[split][np.array([row])]), as_float(data[other_split][rows])
    a, b = _reduced(x, _LARGER), _reduced(y, _LARGER)
    scales = np.sqrt((_variance(a, x.shape) + _variance(b, y.shape)) / 2)
    errors = np.sqrt(np.square(a - b, dtype=np.float64).sum(axis=(1, 2)).mean(axis=1))
    distances = np.divide(errors, scales, out=np.full(len(rows), np.inf), where=scales > 1e-6)
    distances[errors == 0] = 0
    best = int(distances.argmin())
    if distances[best] > tolerance:
        return None
    return NearDuplicate(split, row, other_split, int(rows[best]), float(distances[best]))


def _equal(data: Mapping[str, Source]) -> Iterator[NearDuplicate]:
    """Vectors that occur in an earlier split."""
    seen: dict[bytes, tuple[str, int]] = {}
    for split, source in data.items():
        here: dict[bytes, tuple[str, int]] = {}
        row = 0
        for x in chunks(source):
            for values in as_float(x):
                key = values.tobytes()
                if key in seen:
                    yield NearDuplicate(split, row, *seen[key], 0.0)
                here.setdefault(key, (split, row))
                row += 1
        seen = here | seen
