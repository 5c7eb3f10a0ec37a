"""Directions against linear models, in which they, edits and leaks are known."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from surfaces import linear

from vaezoo import latent
from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.latent import AttributeDirection, fitting
from vaezoo.protocols import Array

RNG = np.random.default_rng(0)
# Two attributes of z that are correlated, in their weights and in the codes.
U, V = np.array([1.0, 2.0, 0.0, 0.5]), np.array([0.5, 1.0, 1.0, 0.0])
Z = RNG.normal(size=(500, 4)) @ RNG.normal(size=(4, 4))
A, B = Z @ U + 3, Z @ V
S = np.cov(Z.T, bias=True)


def test_ridge_finds_the_attribute_s_own_weights() -> None:
    """The likeliest step that changes it by its standard deviation: cov(z, a) / stddev."""
    direction = AttributeDirection.fit(Z, A, penalty=0)
    np.testing.assert_allclose(direction.step, S @ U / A.std(), atol=1e-6)
    assert (direction.mean, direction.stddev) == pytest.approx((A.mean(), A.std()))
    assert direction.method == "ridge" and direction.fit_quality == pytest.approx(1)


def test_ridge_by_its_definition() -> None:
    """The penalised squares are least: another way to the same weights."""
    noisy = A + RNG.normal(size=500)
    found = fitting.ridge(Z, noisy[:, None], 7.0)[0]
    z, a = Z - Z.mean(axis=0), noisy - noisy.mean()
    rows = np.concatenate([z, np.sqrt(7.0) * np.eye(4)])
    expected = np.linalg.lstsq(rows, np.concatenate([a, np.zeros(4)]), rcond=None)[0]
    np.testing.assert_allclose(found, expected)
    quality = AttributeDirection.fit(Z, noisy, penalty=7.0).fit_quality
    assert quality == pytest.approx(1 - ((a - z @ expected) ** 2).sum() / (a**2).sum())


def test_given_attributes_stay_where_they_are() -> None:
    plain = AttributeDirection.fit(Z, A, penalty=0)
    fixed = AttributeDirection.fit(Z, A, {"b": B}, penalty=0)
    leak = np.corrcoef(A, B)[0, 1] * B.std()  # as much as goes together among the codes
    assert plain.step @ V == pytest.approx(leak) and abs(leak) > 0.3 * B.std()
    assert abs(fixed.step @ V) < 1e-6
    assert fixed.step @ U == pytest.approx(A.std())  # the same change
    assert fixed.given == ("b",)
    array = AttributeDirection.fit(Z, A, np.stack([B, Z[:, 0]], axis=1), penalty=0)
    np.testing.assert_allclose(array.step @ np.stack([U, V, np.eye(4)[0]]).T, [A.std(), 0, 0],
                               atol=1e-6)  # fmt: skip


def test_edits_change_what_was_asked_for() -> None:
    """Of a linear decoder, measured in x: exactly so many standard deviations, and no leak."""
    weights = RNG.normal(size=(6, 4))
    model, inverse = linear(weights), np.linalg.pinv(weights)
    direction = AttributeDirection.fit(Z, A, {"b": B}, penalty=0)
    x = model.f(Z[:9])
    amounts = np.linspace(-2, 2, 9)
    edited = latent.edit(model, x, direction, amounts)
    change = (edited - x) @ inverse.T
    np.testing.assert_allclose(change @ U, amounts * A.std(), atol=1e-4)
    np.testing.assert_allclose(change @ V, 0, atol=1e-4)
    codes = latent.edit(model, Z[:9], direction, 1.5)
    np.testing.assert_allclose((codes - x) @ inverse.T @ U, 1.5 * A.std(), rtol=1e-4)


def unequal() -> tuple[Array, Array, Array]:
    """Codes of two labels that mostly go together: 6, 2, 2 and 6 examples of each pair."""
    first = np.repeat([0, 0, 1, 1], [6, 2, 2, 6])
    second = np.repeat([0, 1, 0, 1], [6, 2, 2, 6])
    return np.stack([first, second], axis=1) @ np.array([[1.0, 0, 2], [0, 3.0, 0]]), first, second


def test_balanced_rows_are_counted() -> None:
    labels = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [5, 2, 1, 3], axis=0)
    rows = latent.balanced(labels)
    pairs, counts = np.unique(labels[rows], axis=0, return_counts=True)
    assert len(pairs) == 4 and (counts == 5).all()
    repeats = np.bincount(rows)
    assert repeats[:5].tolist() == [1] * 5 and repeats[5:7].tolist() == [3, 2]
    assert repeats[7] == 5 and sorted(repeats[8:].tolist()) == [1, 2, 2]
    with pytest.raises(DataError, match="labels have 3 of 4 combinations"):
        latent.balanced(labels[:8])


def test_labels_that_go_together() -> None:
    """The difference of means leaks the second label; of balanced rows it is the first's own."""
    z, first, second = unequal()
    plain = AttributeDirection.fit(z, first)
    scale = first.std()
    np.testing.assert_allclose(plain.step / scale, [1, 3 * 0.5, 2])  # P(2|1) - P(2|not 1) = 1/2
    fixed = AttributeDirection.fit(z, first, second)
    np.testing.assert_allclose(fixed.step / scale, [1, 0, 2], atol=1e-12)
    assert plain.method == "means"


def test_balance_alone_and_projection_alone() -> None:
    """Noise in the codes makes a regression of the second label use the first's dimension."""
    z, first, second = unequal()
    z = np.tile(z, (50, 1)) + RNG.normal(0, 0.01, (800, 3))
    first, second = np.tile(first, 50), np.tile(second, 50)
    for balance in (True, False):
        step = AttributeDirection.fit(z, first, second, balance=balance).step / first.std()
        np.testing.assert_allclose(step, [1, 0, 2], atol=0.02)


def test_the_boundary_is_that_of_logistic_regression() -> None:
    """Where the gradient of the penalised log-likelihood vanishes."""
    yes = (A.mean() < A) ^ (RNG.random(500) < 0.1)
    w = fitting.boundary(Z, yes, 2.0)
    z = Z - Z.mean(axis=0)
    low, high = -50.0, 50.0
    for _ in range(100):  # the constant, by bisection
        middle = (low + high) / 2
        low, high = (middle, high) if _mean(z @ w + middle) < yes.mean() else (low, middle)
    gradient = z.T @ (yes - 1 / (1 + np.exp(-(z @ w + low)))) - 2.0 * w
    np.testing.assert_allclose(gradient, 0, atol=1e-5)
    direction = AttributeDirection.fit(Z, yes, method="boundary", penalty=2.0)
    between = (Z[yes].mean(axis=0) - Z[~yes].mean(axis=0)) @ w
    np.testing.assert_allclose(direction.step, S @ w / (w @ S @ w) * between * yes.std(), rtol=1e-6)
    assert 0.8 < direction.fit_quality < 1


def _mean(scores: Array) -> float:
    return float((1 / (1 + np.exp(-scores))).mean())


def test_separable_classes_have_a_boundary_too() -> None:
    z = np.array([[-1.0, 0], [-2, 1], [1, 0], [2, 1]])
    direction = AttributeDirection.fit(z, [0, 0, 1, 1], method="boundary")
    assert direction.step[0] > 5 * abs(direction.step[1]) and direction.fit_quality == 1


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"attribute": A[:-1]}, DataError, "attribute has 499 values: expected 500"),
        ({"attribute": np.ones(500)}, DataError, "attribute is 1 in all rows"),
        ({"attribute": np.full(500, np.nan)}, DataError, "NaN or infinite"),
        ({"attribute": ["a"] * 500}, DataError, "attribute has dtype"),
        ({"given": {"size": B[:3]}}, DataError, "size has 3 values: expected 500"),
        ({"given": A}, DataError, "changes only where the given ones do"),
        ({"method": "lasso"}, UnknownNameError, "unknown method 'lasso'"),
        ({"method": "means"}, ConfigError, "'means' is for yes or no"),
        ({"penalty": -1.0}, ConfigError, "penalty=-1"),
        ({"codes": Z[0]}, DataError, "codes has shape"),
    ],
)
def test_wrong_use(change: dict[str, Any], error: type[Exception], message: str) -> None:
    arguments = {"codes": Z, "attribute": A, **change}
    with pytest.raises(error, match=message):
        AttributeDirection.fit(**arguments)


def test_directions_of_other_models_and_amounts() -> None:
    model: Any = linear(np.eye(4))
    direction = AttributeDirection.fit(Z, A)
    with pytest.raises(DataError, match="4 dimensions, z has 3"):
        latent.edit(linear(np.eye(3)), np.zeros((1, 3)), direction, 1)
    with pytest.raises(DataError, match="amount has 2 values: expected 1, or 3"):
        latent.edit(model, np.zeros((3, 4)), direction, [1, 2])
    with pytest.raises(DataError, match="amount has NaN"):
        latent.edit(model, np.zeros((3, 4)), direction, np.nan)
