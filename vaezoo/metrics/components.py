"""Means, units and principal components of data that are read once, batch by batch."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from vaezoo.errors import ConfigError
from vaezoo.protocols import Array

_MOST_VALUES = 1024  # of an example whose whole covariance is computed
_MOST_NUMBERS = 2**26  # of examples that are kept, where it is not
_CONSTANT = 1e-6  # of the mean: float32 has no digits below
_EXTRA, _ITERATIONS = 16, 6  # of the randomised method


class Components(NamedTuple):
    """The eigenvectors and eigenvalues of a covariance, the largest first.

    Attributes:
        mean: of the data, [V].
        directions: unit vectors, [D, V].
        variances: of the data along them, [D].
        noise: mean variance along all others.
        residuals: variance of each value that the directions leave out, [V].
    """

    mean: Array
    directions: Array
    variances: Array
    noise: float
    residuals: Array


def principal_components(
    examples: Iterable[tuple[Array, Array]], num: int, *, or_fewer: bool = False
) -> Components:
    """The first `num` principal components of batches of examples [B, ...] with weights [B].

    Of up to 1,024 values the covariance is solved. Of more, the examples, or as many as fit into
    2^26 numbers, evenly spaced, are projected at random: Halko et al. 2011, algorithm 4.4,
    https://arxiv.org/abs/0909.4061, with 16 dimensions and 6 iterations more than needed.

    Args:
        examples: batches, and the weights of their examples.
        num: of components.
        or_fewer: where there are too few examples or values, as many components as leave something
            out, instead of an error.

    Raises:
        ConfigError: there are not more examples than components.

    Example:
        >>> import numpy as np
        >>> x = np.array([[2.0, 0.0], [-2.0, 0.0], [0.0, 1.0], [0.0, -1.0]])
        >>> found = principal_components([(x, np.ones(4))], 1)
        >>> found.directions.tolist(), found.variances.tolist(), found.noise
        ([[1.0, 0.0]], [2.0], 0.5)
    """
    batches = iter(examples)
    first = next(batches)
    is_small = first[0].size <= _MOST_VALUES * len(first[0])
    every = itertools.chain([first], batches)
    return (_solved if is_small else _projected)(every, num, or_fewer)


def _solved(examples: Iterable[tuple[Array, Array]], num: int, or_fewer: bool) -> Components:
    count, total, shift = 0, 0.0, np.zeros(())
    sums, squares = np.zeros(()), np.zeros(())
    for x, weights in examples:
        rows = x.reshape(len(x), -1)
        if not count:  # near the mean, so that no digits are lost in the squares
            shift = rows.mean(0)
        rows = rows - shift
        count, total = count + len(rows), total + weights.sum()
        sums = sums + weights @ rows
        squares = squares + (weights[:, None] * rows).T @ rows
    num = _number(num, count, sums.size, or_fewer)
    mean = sums / total
    covariance = squares / total - np.outer(mean, mean)
    values, vectors = np.linalg.eigh(covariance)
    values, directions = np.maximum(values[::-1], 0.0), vectors.T[::-1][:num]
    noise = float(values[num:].mean()) if num < len(values) else 0.0
    return _components(shift + mean, directions, values[:num], noise, np.diag(covariance))


def _projected(examples: Iterable[tuple[Array, Array]], num: int, or_fewer: bool) -> Components:
    rows, weights = _thinned(examples)
    num = _number(num, len(rows), rows.shape[1], or_fewer)
    weights = weights / weights.sum()
    mean = weights @ rows
    rows = (rows - mean.astype(np.float32)) * np.sqrt(weights, dtype=np.float32)[:, None]
    variances = np.einsum("nv,nv->v", rows, rows).astype(np.float64)
    width = min(num + _EXTRA, *rows.shape)
    basis = np.random.default_rng(0).standard_normal((rows.shape[1], width)).astype(np.float32)
    for _ in range(_ITERATIONS):
        basis = np.linalg.qr(rows.T @ np.linalg.qr(rows @ basis)[0])[0]
    _, values, turns = np.linalg.svd(rows @ basis, full_matrices=False)
    directions = (basis @ turns.T).T[:num].astype(np.float64)
    found = values[:num].astype(np.float64) ** 2
    noise = max(variances.sum() - found.sum(), 0.0) / max(len(mean) - num, 1)
    return _components(mean, directions, found, float(noise), variances)


def _thinned(examples: Iterable[tuple[Array, Array]]) -> tuple[Array, Array]:
    """All examples in float32; every second, fourth ... where there are too many."""
    kept: list[Array] = []
    weights: list[float] = []
    step, place = 1, 0
    for x, weight in examples:
        flat = x.reshape(len(x), -1).astype(np.float32)
        for row, value in zip(flat, weight, strict=True):
            if place % step == 0:
                kept.append(row)
                weights.append(float(value))
            place += 1
            if len(kept) * flat.shape[1] > _MOST_NUMBERS:
                kept, weights, step = kept[::2], weights[::2], 2 * step
    return np.stack(kept), np.array(weights)


def _components(
    mean: Array, directions: Array, variances: Array, noise: float, total: Array
) -> Components:
    left = total - variances @ directions**2
    return Components(mean, _signed(directions), variances, noise, np.maximum(left, 0.0))


def _number(num: int, count: int, size: int, or_fewer: bool) -> int:
    """Of components, where there are `count` examples of `size` values."""
    if or_fewer:
        return min(num, count - 1, size - 1)
    if count <= num:
        raise ConfigError(f"{count} examples for latent_dim={num}: give more than that.")
    return num


def _signed(directions: Array) -> Array:
    """Directions [D, V], each with the sign that makes its largest value positive."""
    largest = np.take_along_axis(directions, np.abs(directions).argmax(1)[:, None], axis=1)
    return directions * np.sign(largest)


def location_and_unit(
    examples: Iterable[tuple[Array, Array]], shared_axes: int = 0, constant: float = 1.0
) -> tuple[Array, Array]:
    """Mean and standard deviation of batches of examples [B, ...] with weights [B].

    Args:
        examples: batches, and the weights of their examples.
        shared_axes: the number of an example's leading axes that have one mean and deviation.
        constant: what stands for the deviation of what never changes.

    Returns:
        Of the shape of an example without these axes.

    Example:
        >>> import numpy as np
        >>> x = np.array([[1.0, 5.0], [3.0, 5.0]])
        >>> [part.tolist() for part in location_and_unit([(x, np.ones(2))])]
        [[2.0, 5.0], [1.0, 1.0]]
    """
    total, mean, spread = 0.0, np.zeros(()), np.zeros(())
    axes = tuple(range(1 + shared_axes))
    for x, weights in examples:
        shares = (weights / weights.sum()).reshape(-1, *[1] * (x.ndim - 1))
        number = np.prod(x.shape[1 : 1 + shared_axes], dtype=np.float64)
        here = (shares * x).sum(axis=axes) / number
        square = (shares * (x - here) ** 2).sum(axis=axes) / number
        fraction = weights.sum() / (total + weights.sum())
        spread = spread + fraction * (square - spread + (1 - fraction) * (here - mean) ** 2)
        mean = mean + fraction * (here - mean)
        total += weights.sum()
    unit = np.sqrt(spread)
    return mean, np.where(unit > _CONSTANT * np.abs(mean), unit, constant)
