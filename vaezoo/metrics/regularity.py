"""How regular a latent space is.

Complete: the aggregate posterior matches the prior, so that every draw of the prior decodes to
something plausible. Continuous: close latents have close decodings.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from vaezoo._checks import above_zero, check_array, check_seed, positive
from vaezoo.errors import ConfigError, DataError
from vaezoo.metrics.samples import check_rows, nearest_distances
from vaezoo.protocols import Array, ArrayLike


def two_sample_accuracy(a: ArrayLike, b: ArrayLike, seed: int = 0) -> dict[str, float]:
    """How well a small classifier distinguishes latents of data from draws of the prior.

    Lopez-Paz & Oquab 2017, sec. 3, https://arxiv.org/abs/1610.06545. Logistic regression on z,
    z^2, and the log-distances of z to its k-th nearest row in a part of `a` and of `b`: it
    detects shifts, scales, holes, clusters and correlations, the last three even where the moments
    agree. A third of the rows are these neighbours, k = sqrt(N/3); a third trains, a third tests.

    Args:
        a: latents of data, usually draws of the posterior, [N, D], N of 30 or more.
        b: draws of the prior, [M, D]. Both sets are cut to the size of the smaller one.
        seed: decides the parts.

    Returns:
        accuracy: 0.5 for equal distributions, in expectation exactly; 1 for disjoint ones;
        standard_error: of the accuracy over the 2N/3 test rows: 0.5 / sqrt(2N/3) at 0.5, which
        is 0.006 for N = 10,000.

    Example:
        >>> import numpy as np
        >>> z = np.random.default_rng(0).normal(size=(300, 2))
        >>> two_sample_accuracy(z, z + 100)["accuracy"]
        1.0
    """
    a = check_rows(a, "a", least=30)
    b = check_rows(b, "b", least=30, width=a.shape[1])
    rng, num = np.random.default_rng(check_seed(seed)), min(len(a), len(b)) // 3
    a, b = (x[rng.permutation(len(x))[: 3 * num]] for x in (a, b))
    near, train, test = np.split(_standardised(np.stack([a, b], axis=1)), 3)
    x = _standardised(np.concatenate([_features(part, near) for part in (train, test)]))
    x = np.insert(x, 0, 1.0, axis=1)
    is_b = np.tile([False, True], num)
    correct = (x[2 * num :] @ _logistic_weights(x[: 2 * num], is_b) > 0) == is_b
    accuracy = float(correct.mean())
    error = math.sqrt(accuracy * (1 - accuracy) / len(correct))
    return {"accuracy": accuracy, "standard_error": error}


def _standardised(x: Array) -> Array:
    """`x` less its mean over all but the last axis, over its standard deviation."""
    axes = tuple(range(x.ndim - 1))
    scale = x.std(axis=axes)
    return (x - x.mean(axis=axes)) / np.where(scale > 0, scale, 1)


def _features(pairs: Array, near: Array) -> Array:
    """What the classifier sees of (a, b) pairs, [n, 2, D]: [2n, 2D + 2]."""
    z, k = pairs.reshape(-1, pairs.shape[-1]), math.isqrt(len(near))
    distances = [nearest_distances(z, near[:, side], k) for side in (0, 1)]
    return np.concatenate([z, z**2, np.log(np.stack(distances, axis=1) + 1e-6)], axis=1)


def _logistic_weights(x: Array, y: Array, num_steps: int = 100) -> Array:
    """Weights of maximum posterior density of y ~ Bernoulli(sigmoid(x w)), w ~ N(0, I).

    Newton's steps, with X'X/4 + I in the Hessian's place: an upper bound, with which every step
    ascends (Böhning & Lindsay 1988), and which is inverted once.
    """
    inverse = np.linalg.inv(x.T @ x / 4 + np.eye(x.shape[1]))
    w = np.zeros(x.shape[1])
    for _ in range(num_steps):
        w += inverse @ (x.T @ (y - 0.5 - 0.5 * np.tanh(x @ w / 2)) - w)
    return w


def path_lengths(features: ArrayLike) -> dict[str, float]:
    """Length, straightness and evenness of decodings along interpolations, means over paths.

    Related to the perceptual path length of Karras et al. 2019, sec. 4.1,
    https://arxiv.org/abs/1812.04948, which squares steps of a fixed small size.

    Args:
        features: of T decodings along each of P paths, [P, T, F], T of 2 or more.

    Returns:
        length: sum of the T - 1 steps' lengths;
        length_ratio: length / distance of the ends, 1 or more: 1 is straight; infinite for a
        path that ends where it began;
        step_ratio: largest step / mean step, 1 to T - 1: 1 is even, T - 1 is one jump.
        A path that does not move counts as straight and even.

    Example:
        >>> path_lengths([[[0.0], [1.0], [3.0]]])
        {'length': 3.0, 'length_ratio': 1.0, 'step_ratio': 1.3333333333333333}
    """
    features = np.asarray(features)
    if features.ndim != 3 or features.shape[1] < 2 or not features.shape[2]:
        raise DataError(
            f"features have shape {list(features.shape)}: expected [P, T, F], P paths of T >= 2 "
            "decodings; flatten what each decoding has."
        )
    check_array(features, features.shape[1:], what="features")
    features = features.astype(np.float64)
    steps = np.linalg.norm(np.diff(features, axis=1), axis=2)
    length, straight = steps.sum(axis=1), np.linalg.norm(features[:, -1] - features[:, 0], axis=1)
    return {
        "length": float(length.mean()),
        "length_ratio": float(_ratio(length, straight).mean()),
        "step_ratio": float(_ratio(steps.max(axis=1), steps.mean(axis=1)).mean()),
    }


def _ratio(a: Array, b: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(a == b, 1.0, a / b)


def jacobian_norm(
    decode: Callable[[Array], ArrayLike],
    z: ArrayLike,
    epsilon: float = 1e-2,
    num_directions: int = 8,
    seed: int = 0,
) -> Array:
    """Frobenius norm of dx/dz, how fast the decoding changes with z, [N].

        |J|_F^2 = D E|J v|^2,    J v = (x(z + epsilon v) - x(z - epsilon v)) / (2 epsilon)

    over random unit vectors v, orthogonal to each other: Hutchinson's estimate, with less variance
    than independent ones have, and none from `num_directions` = D on. The square is unbiased up to
    the O(epsilon^2) of the differences. `decode` runs twice per direction.

    Args:
        decode: latents to arrays, [N, D] -> [N, ...]; means, not draws.
        z: latents, [N, D]; `decode` gets its dtype.
        epsilon: step along a direction, in units of z.
        num_directions: how many, different for each row; at most D are used.
        seed: decides the directions.

    Example:
        >>> import numpy as np
        >>> jacobian_norm(lambda z: 3 * z, np.zeros((1, 4))).round(6).tolist()
        [6.0]
    """
    rows, dtype = check_rows(z, "z"), np.result_type(np.asarray(z), np.float32)
    above_zero("epsilon", epsilon)
    num = min(positive("num_directions", num_directions), rows.shape[1])
    normal = np.random.default_rng(check_seed(seed)).standard_normal((*rows.shape, num))
    squares = np.zeros(len(rows))
    for v in np.moveaxis(np.linalg.qr(normal).Q, -1, 0):
        ends = [_decoded(decode, (rows + step * v).astype(dtype)) for step in (epsilon, -epsilon)]
        squares += (((ends[0] - ends[1]) / (2 * epsilon)) ** 2).sum(axis=1)
    return np.sqrt(squares * rows.shape[1] / num)


def _decoded(decode: Callable[[Array], ArrayLike], z: Array) -> Array:
    x = np.asarray(decode(z))
    if x.shape[:1] != (len(z),):
        raise DataError(
            f"decode gave shape {list(x.shape)} for {len(z)} latents: expected one row each."
        )
    return check_rows(x.reshape(len(x), -1), "decode's output")


def lines(z_from: ArrayLike, z_to: ArrayLike, num: int) -> Array:
    """Straight lines between latents: `num` points evenly spaced, both ends included.

    Args:
        z_from: where each begins, [P, D].
        z_to: where each ends, [P, D].
        num: T, 2 or more.

    Returns:
        Points, [P, T, D].

    Example:
        >>> lines([[0.0, 0.0]], [[2.0, 4.0]], 3).tolist()
        [[[0.0, 0.0], [1.0, 2.0], [2.0, 4.0]]]
    """
    z_from, z_to, t = _ends(z_from, z_to, num)
    return (1 - t) * z_from + t * z_to


def great_circles(z_from: ArrayLike, z_to: ArrayLike, num: int) -> Array:
    """Arcs around the origin between latents: `num` points at even angles, both ends included.

    The radius changes from one end's to the other's in equal steps, so that arcs between draws of
    N(0, I), all at a radius near sqrt(D), do not pass through the empty middle. White 2016,
    https://arxiv.org/abs/1609.04468.

    Args:
        z_from: where each begins, [P, D], never 0.
        z_to: where each ends, [P, D], not opposite to where it begins.
        num: T, 2 or more.

    Returns:
        Points, [P, T, D].

    Example:
        >>> great_circles([[1.0, 0.0]], [[0.0, 1.0]], 3).round(3).tolist()
        [[[1.0, 0.0], [0.707, 0.707], [0.0, 1.0]]]
    """
    z_from, z_to, t = _ends(z_from, z_to, num)
    radii = [np.linalg.norm(z, axis=-1, keepdims=True) for z in (z_from, z_to)]
    if min(radius.min() for radius in radii) == 0:
        raise DataError("a latent of 0 has no direction: leave it out, or use lines.")
    u, v = z_from / radii[0], z_to / radii[1]
    angle = 2 * np.arctan2(*(np.linalg.norm(w, axis=-1, keepdims=True) for w in (u - v, u + v)))
    if (angle > np.pi - 1e-6).any():
        raise DataError(
            "two opposite ends have no unique shortest arc: leave them out, or use lines."
        )

    def weight(t: Array) -> Array:  # sin(t angle) / sin(angle), at an angle of 0 too
        return t * np.sinc(t * angle / np.pi) / np.sinc(angle / np.pi)

    points = ((1 - t) * radii[0] + t * radii[1]) * (weight(1 - t) * u + weight(t) * v)
    points[:, :1], points[:, -1:] = z_from, z_to
    return points


def _ends(z_from: ArrayLike, z_to: ArrayLike, num: int) -> tuple[Array, Array, Array]:
    """Both ends, [P, 1, D], and times from 0 to 1, [T, 1]."""
    if positive("num", num) < 2:
        raise ConfigError(f"num={num}: a path has 2 points or more.")
    z_from, z_to = check_rows(z_from, "z_from"), check_rows(z_to, "z_to")
    if z_from.shape != z_to.shape:
        raise DataError(
            f"z_from has shape {list(z_from.shape)}, z_to {list(z_to.shape)}: give one end for "
            "each beginning."
        )
    return z_from[:, None], z_to[:, None], np.linspace(0, 1, num)[:, None]
