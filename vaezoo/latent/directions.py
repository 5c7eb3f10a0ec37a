"""Directions in latent space along which one attribute changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from vaezoo._checks import not_negative
from vaezoo.errors import ConfigError, unknown_name
from vaezoo.latent import fitting
from vaezoo.latent.balance import attribute_column, balanced, given_columns, is_yes_no
from vaezoo.metrics import auroc
from vaezoo.metrics.samples import check_rows
from vaezoo.protocols import Array, ArrayLike

METHODS = ("means", "boundary", "ridge")


@dataclass(frozen=True)
class AttributeDirection:
    """The step in z that changes an attribute by its own standard deviation.

    Attributes:
        step: [D], float64: z + amount step has an attribute `amount` standard deviations higher,
            where it is linear in z.
        mean: of the attribute, in its own unit.
        stddev: of the attribute, in its own unit.
        method: of `METHODS`.
        fit_quality: how well the codes it was fitted to tell the attribute: the share of variance
            that ridge regression explains, 0 to 1; for yes or no the area under the ROC curve of
            the codes' projections on the step.
        given: names of attributes that stay where they are.
    """

    step: Array
    mean: float
    stddev: float
    method: str
    fit_quality: float
    given: tuple[str, ...] = ()

    @classmethod
    def fit(
        cls,
        codes: ArrayLike,
        attribute: ArrayLike,
        given: ArrayLike | Mapping[str, ArrayLike] | None = None,
        *,
        method: str | None = None,
        balance: bool = True,
        penalty: float = 1.0,
    ) -> AttributeDirection:
        """The direction of an attribute among codes of examples.

            means:     d = D, the mean z of yes - the mean z of no
            boundary:  d = S w (w.D) / (w.S w),    w of a logistic regression, its boundary's normal
            ridge:     d = S w / (w.S w),          w of least |a - w.z|^2 + penalty |w|^2
            step = stddev(a) d,                    S the covariance of the codes

        S w / (w.S w) is the likeliest of the moves that change w.z by 1, so that dimensions in
        which codes hardly vary are left alone; what goes together among codes goes together along
        it. White 2016, sec. 3.3, https://arxiv.org/abs/1609.04468. With `given`, rows are repeated
        until yes and no are as frequent under each combination of the given yes or no attributes,
        as there; and d is replaced by the nearest move that changes no ridge regression W of a
        given one, d - S W' (W S W')^-1 W d, made longer until w.d is as before (of means, with w
        of ridge regression). So of attributes that are linear in z, those that are given stay.

        Args:
            codes: posterior means of examples, [N, D].
            attribute: of each, numbers or yes and no (bool, or 0 and 1), [N].
            given: other attributes, [N] or [N, G], or several by name; classes as columns of 0
                and 1.
            method: None: "means" for yes or no, "ridge" for numbers.
            balance: whether rows are repeated.
            penalty: of ridge and boundary, on the squared weights.

        Raises:
            DataError: arrays of different length, an attribute that does not vary, or that does
                not vary apart from the given ones.
            UnknownNameError: no such method.
            ConfigError: a method of yes or no for numbers.

        Example:
            >>> import numpy as np
            >>> from vaezoo.latent import AttributeDirection
            >>> z = np.random.default_rng(0).standard_normal((500, 2))
            >>> direction = AttributeDirection.fit(z, 3 * z[:, 0])
            >>> bool(abs(direction.step[0] - z[:, 0].std()) < 0.01)
            True
        """
        z = check_rows(codes, "codes", least=2)
        column = attribute_column(attribute, len(z))
        others = given_columns(given, len(z))
        method = _method(method, column)
        not_negative("penalty", penalty)
        rows = _balanced_rows(column, others) if balance else np.arange(len(z))
        weights = _given_weights(z[rows], [other[rows] for other in others], penalty)
        step = column.std() * _unit_change(z[rows], column[rows], method, weights, penalty)
        return cls(
            step=step,
            mean=float(column.mean()),
            stddev=float(column.std()),
            method=method,
            fit_quality=_quality(z, column, method, penalty, step),
            given=tuple(given) if isinstance(given, Mapping) else (),
        )


def _method(method: str | None, column: Array) -> str:
    if method is None:
        return "means" if is_yes_no(column) else "ridge"
    if method not in METHODS:
        raise unknown_name("method", method, METHODS)
    if method != "ridge" and not is_yes_no(column):
        raise ConfigError(
            f"method={method!r} is for yes or no: the attribute has other values than 0 and 1; "
            "take 'ridge', or compare it with a threshold."
        )
    return method


def _balanced_rows(column: Array, others: list[Array]) -> Array:
    """Rows among which yes or no is independent of the given ones of that kind."""
    labels = [other for other in others if is_yes_no(other)]
    if not labels or not is_yes_no(column):
        return np.arange(len(column))
    return balanced(np.stack([column, *labels], axis=1))


def _given_weights(z: Array, others: list[Array], penalty: float) -> Array:
    if not others:
        return np.empty((0, z.shape[1]))
    return fitting.ridge(z, np.stack(others, axis=1), penalty)


def _unit_change(z: Array, column: Array, method: str, weights: Array, penalty: float) -> Array:
    """The move that changes the attribute by 1, and no given one."""
    covariance = np.atleast_2d(np.cov(z.T, bias=True))
    if method == "boundary":
        w = fitting.boundary(z, column == 1, penalty)
    else:
        w = fitting.ridge(z, column[:, None], penalty)[0]
    move = fitting.likeliest(w, covariance)
    if method != "ridge":
        means = fitting.difference_of_means(z, column == 1)
        move = means if method == "means" else move * (w @ means)
    left = fitting.without(move, weights, covariance)
    return left * (w @ move) / (w @ left)


def _quality(z: Array, column: Array, method: str, penalty: float, step: Array) -> float:
    if method != "ridge":
        return auroc(z @ step, column == 1)
    w = fitting.ridge(z, column[:, None], penalty)[0]
    errors = (column - column.mean()) - (z - z.mean(axis=0)) @ w
    return float(1 - (errors**2).mean() / column.var())
