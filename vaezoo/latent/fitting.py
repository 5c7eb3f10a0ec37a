"""Linear relations of codes and attributes: ridge regression, class means, a boundary."""

from __future__ import annotations

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array

_STEPS = 50  # of Newton's method
_TOLD_APART = 1e-6  # share of a step that is left, below which attributes are one


def ridge(z: Array, targets: Array, penalty: float) -> Array:
    """Weights w of least |a - mean - (z - mean) w|^2 + penalty |w|^2, for [N, A]: [A, D].

    Hoerl & Kennard 1970, eq. 2.1, https://doi.org/10.1080/00401706.1970.10488634.
    """
    z, targets = z - z.mean(axis=0), targets - targets.mean(axis=0)
    gram = z.T @ z + penalty * np.eye(z.shape[1])
    return np.linalg.solve(gram, z.T @ targets).T


def difference_of_means(z: Array, yes: Array) -> Array:
    """Mean of z where the attribute holds, less that where it does not, [D]."""
    return z[yes].mean(axis=0) - z[~yes].mean(axis=0)


def boundary(z: Array, yes: Array, penalty: float) -> Array:
    """Weights of logistic regression with that penalty, the normal of its boundary, [D].

    Newton's method, on the log posterior with w ~ N(0, I / penalty); halved steps where a whole
    one would not ascend.
    """
    x = np.column_stack([np.ones(len(z)), z - z.mean(axis=0)])
    prior = np.full(x.shape[1], penalty)
    prior[0] = 1e-9  # the constant is free
    w = np.zeros(x.shape[1])
    for _ in range(_STEPS):
        p = 0.5 + 0.5 * np.tanh(x @ w / 2)
        slope = x.T @ (yes - p) - prior * w
        hessian = (x * (p * (1 - p))[:, None]).T @ x + np.diag(prior)
        move = np.linalg.solve(hessian, slope)
        while _log_posterior(x, yes, prior, w + move) < _log_posterior(x, yes, prior, w):
            move /= 2
            if np.abs(move).max() < 1e-10:
                return w[1:]
        w = w + move
        if np.abs(move).max() < 1e-8:
            break
    return w[1:]


def _log_posterior(x: Array, yes: Array, prior: Array, w: Array) -> float:
    scores = x @ w
    return float((yes * scores - np.logaddexp(0, scores)).sum() - 0.5 * (prior * w**2).sum())


def likeliest(w: Array, covariance: Array) -> Array:
    """Of all moves d that change w.z by 1 the one with the least d.S^-1 d: S w / (w.S w), [D]."""
    across = covariance @ w
    return across / max(float(w @ across), 1e-300)


def without(direction: Array, others: Array, covariance: Array) -> Array:
    """The nearest move along which no other attribute, of weights W [G, D], changes.

    d - S W' (W S W')^-1 W d, near in the metric of the inverse covariance.

    Raises:
        DataError: nothing is left of it.
    """
    if not len(others):
        return direction
    across = covariance @ others.T
    left = direction - across @ np.linalg.pinv(others @ across) @ (others @ direction)
    if np.linalg.norm(left) <= _TOLD_APART * np.linalg.norm(direction):
        raise DataError(
            "the attribute changes only where the given ones do: no direction leaves them where "
            "they are; leave some of them out."
        )
    return np.asarray(left)
