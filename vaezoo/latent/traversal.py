"""One latent dimension at a time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from vaezoo._checks import check_array, not_negative_integer, positive
from vaezoo.errors import ConfigError, DataError
from vaezoo.latent.codes import codebook_size, codes_of, condition_rows, decode
from vaezoo.latent.spaces import space_of
from vaezoo.protocols import Array, ArrayLike, GenerativeModel

_FEW, _DECODED = 8, 4096  # examples whose decodings are moved, and decodings in all


def traverse(
    model: GenerativeModel,
    x_or_z: ArrayLike,
    dimension: int,
    values: ArrayLike,
    *,
    condition: ArrayLike | None = None,
) -> Array:
    """Decodings of each example with other values in one dimension of its z.

    The other dimensions stay as they are, if the space allows: coordinates on a sphere and
    proportions change all alike, so that z stays in it. Where z are codes, values are codes.

    Args:
        model: an export or a Keras model.
        x_or_z: examples [N, *data_shape], or codes [N, D].
        dimension: of z, from 0.
        values: that it takes, [T].
        condition: of each example, or of all, for a model that has one.

    Returns:
        [N, T, *data_shape].

    Raises:
        ConfigError: there is no such dimension.
        DataError: values of another shape, or that lead out of the space of z.

    Example:
        >>> import vaezoo
        >>> from vaezoo import latent
        >>> model = vaezoo.load("digits_vae")
        >>> x = model.generate(2, seed=0)
        >>> first = latent.rank_dimensions(model, x).order[0]
        >>> latent.traverse(model, x, first, [-3, 0, 3]).shape
        (2, 3, 8, 8, 1)
    """
    dimension = _dimension(model, dimension)
    z = codes_of(model, x_or_z, condition)
    wanted = check_array(np.atleast_1d(np.asarray(values)), (), what="values").astype(np.float64)
    repeated, each = z.repeat(len(wanted), axis=0), np.tile(wanted, len(z))
    moved = space_of(model).geometry.replace(repeated, dimension, each)
    rows = condition_rows(model, condition, len(z))
    if rows is not None:
        rows = rows.repeat(len(wanted), axis=0).reshape(len(z), len(wanted), -1)
    return decode(model, moved.reshape(len(z), len(wanted), -1), rows)


def traversal_values(
    model: GenerativeModel, codes: ArrayLike, z: ArrayLike, dimension: int, num: int
) -> Array:
    """Values for `traverse`, from one end of what data take in a dimension to the other, [num].

    Real numbers: the mean of codes and three standard deviations to either side. On a sphere,
    and of proportions, nearly all that there are; in a ball as far as z leaves room; of discrete
    codes, evenly spaced ones.

    Args:
        model: an export or a Keras model.
        codes: of data, [N, D].
        z: the code that is to be changed, [D].
        dimension: of z, from 0.
        num: how many.

    Example:
        >>> import numpy as np
        >>> import vaezoo
        >>> from vaezoo.latent import traversal_values
        >>> model = vaezoo.load("digits_vae")
        >>> codes = np.ones((2, 8)) * [[1.0], [-1.0]]
        >>> traversal_values(model, codes, codes[0], 0, 3).tolist()
        [-3.0, 0.0, 3.0]
    """
    dimension = _dimension(model, dimension)
    known = codes_of(model, codes, what="codes")
    (start,) = codes_of(model, np.asarray(z)[None], what="z")
    return space_of(model).geometry.span(known, start, dimension, positive("num", num))


def _dimension(model: GenerativeModel, dimension: int) -> int:
    if not_negative_integer("dimension", dimension) >= model.latent_dim:
        raise ConfigError(f"dimension={dimension}: z has {model.latent_dim}, counted from 0.")
    return int(dimension)


@dataclass(frozen=True)
class Ranking:
    """The dimensions of z in order of what they tell of x.

    Attributes:
        order: dimensions, the most telling first, [D].
        amounts: of each, in that order, [D].
        unit: of the amounts: "nats", or "distance" of decodings.
    """

    order: Array
    amounts: Array
    unit: str


def rank_dimensions(
    model: GenerativeModel, x: ArrayLike, *, condition: ArrayLike | None = None
) -> Ranking:
    """Orders the dimensions of z by what they tell of x.

        1/2 mean_x (m^2 + s^2 - 1 - log s^2)      KL(q(z_d|x) || p(z_d)), where p(z) = N(0, I)
        1/2 (log Var[z_d] - mean_x log s^2)       for other p(z): the KL to a normal with the
                                                  moments of all q(z_d|x), m and s those of q

    The latter bounds the information that z_d has of x from above. Where q(z|x) is a point, or
    says no standard deviation, as of hierarchies, dimensions are in order of how far x moves: half
    the distance of decodings one standard deviation of the codes to either side, the mean over
    a few examples. Places of discrete codes are in order of the entropy of what they hold.

    Args:
        model: an export or a Keras model.
        x: examples, [N, *data_shape], N of 2 or more.
        condition: of each example, or of all, for a model that has one.

    Raises:
        DataError: fewer than 2 examples.

    Example:
        >>> import vaezoo
        >>> from vaezoo.latent import rank_dimensions
        >>> model = vaezoo.load("digits_vae")
        >>> ranking = rank_dimensions(model, model.generate(50, seed=0))
        >>> ranking.unit, bool(ranking.amounts[0] >= ranking.amounts[-1])
        ('nats', True)
    """
    mean, stddev = _moments(model, x, condition)
    if len(mean) < 2:
        raise DataError("x has one row: an order of dimensions needs 2 or more.")
    if codebook_size(model) is not None:
        amounts, unit = np.array([_entropy(codes) for codes in mean.T]), "nats"
    elif stddev is None:
        amounts, unit = _distances(model, mean, condition), "distance"
    else:
        amounts, unit = _nats(mean, stddev, space_of(model).is_standard_normal), "nats"
    order = np.argsort(-amounts, kind="stable")
    return Ranking(order, amounts[order], unit)


def _moments(
    model: GenerativeModel, x: ArrayLike, condition: ArrayLike | None
) -> tuple[Array, Array | None]:
    """Mean and standard deviation of q(z|x), [N, D] each; None for the latter where it has
    none."""
    mean = np.asarray(model.encode_mean(x, condition=condition), np.float64)
    try:
        stddev = np.asarray(model.encode(x, condition=condition).stddev(), np.float64)
    except (ConfigError, NotImplementedError):
        return mean, None
    return mean, stddev if stddev.shape == mean.shape and (stddev > 0).all() else None


def _distances(model: GenerativeModel, codes: Array, condition: ArrayLike | None) -> Array:
    """How far decodings of a few of the codes move with each dimension, [D]."""
    size, geometry = codes.shape[1], space_of(model).geometry
    few = min(len(codes), max(1, _DECODED // (2 * size)), _FEW)
    moves = np.diag(codes.std(axis=0))
    moved = codes[:few, None, None] + np.stack([moves, -moves])  # [few, 2, D, D]
    rows = condition_rows(model, condition, len(codes))
    if rows is not None:
        rows = np.broadcast_to(rows[:few, None, None], (*moved.shape[:3], rows.shape[1]))
    x = decode(model, geometry.project(moved), rows).reshape(few, 2, size, -1)
    return np.linalg.norm(x[:, 0] - x[:, 1], axis=-1).mean(axis=0) / 2


def _nats(mean: Array, stddev: Array, is_standard_normal: bool) -> Array:
    variance, log_variance = stddev**2, 2 * np.log(stddev).mean(axis=0)
    if is_standard_normal:
        return 0.5 * ((mean**2 + variance).mean(axis=0) - 1 - log_variance)
    total = mean.var(axis=0) + variance.mean(axis=0)
    return 0.5 * (np.log(total) - log_variance)


def _entropy(codes: Array) -> float:
    _, counts = np.unique(codes, return_counts=True)
    shares = counts / counts.sum()
    return float(-(shares * np.log(shares)).sum())
