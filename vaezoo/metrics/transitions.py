"""What a model of sequences has to beat: repeating what was seen last, and a linear predictor.

Each is fitted to steps of the training sequences in closed form, and gives log p(after | before,
action) of test steps in nats. Letters: M steps, D numbers of what is seen, A of an action.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array

_FLOOR = 1e-2  # of scales, as those of `vaezoo.sequences.MixtureDensityMemory`
_RIDGE = 1e-3  # of squared coefficients, against columns that never change
_LEAST = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1)


@dataclass(frozen=True)
class Transitions:
    """Steps of sequences, one after the other.

    Attributes:
        before: what was seen, [M, D].
        action: what was done, [M, A].
        after: what was seen next, [M, D].
    """

    before: Array
    action: Array
    after: Array

    @classmethod
    def of(cls, seen: Array, action: Array, mask: Array | None = None) -> Transitions:
        """The steps of sequences [N, T, ...], where the mask [N, T] has both sides.

        Example:
            >>> import numpy as np
            >>> from vaezoo.metrics.transitions import Transitions
            >>> z = np.arange(6.0).reshape(1, 3, 2)
            >>> Transitions.of(z, np.zeros((1, 3, 1))).after.tolist()
            [[2.0, 3.0], [4.0, 5.0]]

        Raises:
            DataError: shapes that do not fit together, or no step at all.
        """
        seen, action = np.asarray(seen, np.float64), np.asarray(action, np.float64)
        there = np.ones(seen.shape[:2]) if mask is None else np.asarray(mask)
        if action.ndim != 3 or not action.shape[:2] == seen.shape[:2] == there.shape:
            raise DataError(
                f"sequences have shape {list(seen.shape)}, actions {list(action.shape)}, the mask "
                f"{list(there.shape)}: expected [N, T, ...], [N, T, A] and [N, T]."
            )
        both = (there[:, :-1] * there[:, 1:]).astype(bool)
        if not both.any():
            raise DataError("no step is followed by another: give longer sequences.")
        rows = seen.reshape(*seen.shape[:2], -1)
        return cls(rows[:, :-1][both], action[:, :-1][both], rows[:, 1:][both])

    def regressors(self) -> Array:
        """Before, action and 1 side by side, [M, D + A + 1]."""
        return np.concatenate([self.before, self.action, np.ones((len(self.before), 1))], axis=1)


def last_frame(train: Transitions, test: Transitions) -> Array:
    """log N(after; before, diag(scale^2)), scale the root mean squared change in training, [M]."""
    return _normal(test.after - test.before, train.after - train.before)


def linear(train: Transitions, test: Transitions) -> Array:
    """log N(after; W [before, action, 1], diag(scale^2)), by least squares, [M].

    Example:
        >>> import numpy as np
        >>> from vaezoo.metrics.transitions import Transitions, last_frame, linear
        >>> z = np.cumprod(np.full((1, 50, 1), 0.9), axis=1)
        >>> steps = Transitions.of(z, np.zeros((1, 50, 1)))
        >>> bool(linear(steps, steps).mean() > last_frame(steps, steps).mean())
        True
    """
    matrix = _least_squares(train)
    residuals = train.after - train.regressors() @ matrix
    return _normal(test.after - test.regressors() @ matrix, residuals)


def copied_bits(train: Transitions, test: Transitions, channels: int = 1) -> Array:
    """Of values 0 and 1: log Bernoulli(after), with the share of ones that follow a 0 or a 1 of the
    same channel in training, one added to each count, [M].

    Args:
        train, test: steps; what is seen has `channels` as its last axis before it was flattened.
        channels: C.
    """
    before, after = (x.reshape(-1, channels) for x in (train.before, train.after))
    ones = np.stack([((before == v) * after).sum(axis=0) for v in (0, 1)])
    counts = np.stack([(before == v).sum(axis=0) for v in (0, 1)])
    shares = (ones + 1) / (counts + 2)
    bits = test.before.reshape(len(test.before), -1, channels)
    p = np.where(bits == 0, shares[0], shares[1]).reshape(test.before.shape)
    return _bernoulli(p, test.after)


def linear_bits(train: Transitions, test: Transitions) -> Array:
    """Of values 0 and 1: log Bernoulli(after), with the means that least squares predict, cut off
    near 0 and 1 where training fares best, [M]."""
    matrix = _least_squares(train)
    fitted = train.regressors() @ matrix
    least = max(_LEAST, key=lambda low: _bernoulli(_cut(fitted, low), train.after).mean())
    return _bernoulli(_cut(test.regressors() @ matrix, least), test.after)


def _least_squares(train: Transitions) -> Array:
    x = train.regressors()
    return np.asarray(np.linalg.solve(x.T @ x + _RIDGE * np.eye(x.shape[1]), x.T @ train.after))


def _normal(errors: Array, training: Array) -> Array:
    scale = np.maximum(np.sqrt((training**2).mean(axis=0)), _FLOOR)
    each = -0.5 * (errors / scale) ** 2 - np.log(scale) - 0.5 * math.log(2 * math.pi)
    return np.asarray(each.sum(axis=1))


def _bernoulli(p: Array, x: Array) -> Array:
    return np.asarray(np.log(np.where(x == 1, p, 1 - p)).sum(axis=1))


def _cut(p: Array, least: float) -> Array:
    return np.clip(p, least, 1 - least)
