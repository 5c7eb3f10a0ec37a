"""Regularity of a latent space against closed forms and known differences."""

from __future__ import annotations

from collections.abc import Callable
from math import erf
from typing import Any

import numpy as np
import pytest

from vaezoo.errors import ConfigError, DataError
from vaezoo.metrics import great_circles, jacobian_norm, lines, path_lengths, two_sample_accuracy


def normal_cdf(x: float) -> float:
    return (1 + erf(x / 2**0.5)) / 2


def on_a_ring(rng: np.random.Generator, num: int, radii: np.ndarray) -> np.ndarray:
    z = rng.normal(size=(num, 2))
    return radii[:, None] * z / np.linalg.norm(z, axis=1, keepdims=True)


@pytest.mark.parametrize("dim", [1, 2, 32])
def test_equal_distributions_cannot_be_told_apart(rng: np.random.Generator, dim: int) -> None:
    found = [two_sample_accuracy(*rng.normal(size=(2, 300, dim)), seed) for seed in range(30)]
    accuracies = np.array([one["accuracy"] for one in found])
    assert found[0]["standard_error"] == pytest.approx(0.5 / np.sqrt(200), rel=0.05)
    assert accuracies.mean() == pytest.approx(0.5, abs=4 * 0.5 / np.sqrt(200 * 30))
    assert accuracies.std() == pytest.approx(0.5 / np.sqrt(200), rel=0.5)


@pytest.mark.parametrize("dim", [2, 32])
def test_shifts_are_found_as_well_as_can_be(rng: np.random.Generator, dim: int) -> None:
    a, b = rng.normal(size=(2, 4500, dim))
    found = two_sample_accuracy(a + 1 / np.sqrt(dim), b)  # means 1 apart
    assert found["accuracy"] == pytest.approx(normal_cdf(0.5), abs=0.03)
    assert found["standard_error"] == pytest.approx(np.sqrt(0.69 * 0.31 / 3000), rel=0.1)


@pytest.mark.parametrize("dim", [2, 32])
@pytest.mark.parametrize("scale", [0.7, 1.4])
def test_scales_are_found(rng: np.random.Generator, dim: int, scale: float) -> None:
    a, b = rng.normal(size=(2, 3000, dim))
    assert two_sample_accuracy(scale * a, b)["accuracy"] > {2: 0.57, 32: 0.9}[dim]


def test_a_hole_is_found_where_the_moments_agree(rng: np.random.Generator) -> None:
    ring = on_a_ring(rng, 3000, 1 + 0.1 * rng.normal(size=3000))
    disc = on_a_ring(rng, 3000, np.sqrt(2.02 * rng.uniform(size=3000)))  # E r^2 = 1.01, as above
    # The ring is the denser one from r = 0.82 to 1.16, where 91 % of it and 33 % of the disc lie.
    assert two_sample_accuracy(ring, disc)["accuracy"] == pytest.approx(0.79, abs=0.03)


def test_correlations_and_clusters_are_found_where_the_scales_agree(
    rng: np.random.Generator,
) -> None:
    z, prior = rng.normal(size=(2, 3000, 16))
    correlated = np.sqrt(0.5) * (z + rng.normal(size=(3000, 1)))
    assert two_sample_accuracy(correlated, prior)["accuracy"] > 0.8
    clusters = rng.normal(size=(10, 16))[rng.integers(10, size=3000)] + 0.2 * z
    assert two_sample_accuracy(clusters, prior)["accuracy"] > 0.95


def test_accuracy_at_its_ends_and_of_unequal_numbers(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(1000, 3)), rng.normal(size=(90, 3))
    assert two_sample_accuracy(a + 100, b) == {"accuracy": 1, "standard_error": 0}
    assert two_sample_accuracy(np.zeros((50, 3)), np.zeros((40, 3)))["accuracy"] == 0.5
    assert two_sample_accuracy(np.zeros((90, 3)), b)["accuracy"] > 0.9  # collapsed means
    found = [two_sample_accuracy(a, b, seed) for seed in (0, 0, 1, 2, 3)]
    assert found[0] == found[1] and len({one["accuracy"] for one in found}) > 1
    assert found[0]["standard_error"] == pytest.approx(0.5 / np.sqrt(60), rel=0.1)


def test_path_lengths_of_a_line_a_half_circle_and_a_jump() -> None:
    t = np.linspace(0, 1, 201)[:, None]
    line = 3 * np.hstack([t, 0 * t])
    arc = np.hstack([np.cos(np.pi * t), np.sin(np.pi * t)])
    jump = np.hstack([np.where(t < 0.5, 0.0, 5.0), 0 * t])
    still = np.ones_like(line)

    def expect(path: np.ndarray, length: float, length_ratio: float, step_ratio: float) -> None:
        found = path_lengths(path[None].astype(np.float32))
        assert found == pytest.approx(
            {"length": length, "length_ratio": length_ratio, "step_ratio": step_ratio}, rel=1e-4
        )

    expect(line, 3, 1, 1)
    expect(arc, np.pi, np.pi / 2, 1)
    expect(jump, 5, 1, 200)
    expect(still, 0, 1, 1)
    expect(np.vstack([line, line[-2::-1]]), 6, np.inf, 1)
    both = path_lengths(np.stack([line, jump]))
    assert both == pytest.approx({"length": 4, "length_ratio": 1, "step_ratio": 100.5})


def test_jacobian_norm_of_a_linear_map(rng: np.random.Generator) -> None:
    weights, z = rng.normal(size=(6, 20)), rng.normal(size=(500, 6))

    def decode(z: np.ndarray) -> np.ndarray:
        return (z @ weights + 7).reshape(-1, 4, 5)

    norm = np.linalg.norm(weights)
    for num in (6, 50):  # all directions: no noise
        np.testing.assert_allclose(jacobian_norm(decode, z, num_directions=num), norm)
    for num in (1, 3):
        squares = jacobian_norm(decode, z, num_directions=num) ** 2
        error = squares.std() / np.sqrt(500)
        assert error > 0 and abs(squares.mean() - norm**2) < 4 * error


def test_jacobian_norm_of_a_curved_map(rng: np.random.Generator) -> None:
    z = rng.normal(size=(30, 3))
    found = jacobian_norm(lambda z: np.concatenate([np.sin(2 * z), z**2], axis=1), z)
    expected = np.sqrt(((2 * np.cos(2 * z)) ** 2 + (2 * z) ** 2).sum(axis=1))
    np.testing.assert_allclose(found, expected, rtol=2e-4)  # O(epsilon^2)


def test_jacobian_norm_keeps_to_the_dtype_of_the_codes(rng: np.random.Generator) -> None:
    seen = []

    def decode(z: np.ndarray) -> np.ndarray:
        seen.append(z.dtype)
        return 3 * z

    z = rng.normal(size=(5, 2)).astype(np.float32)
    np.testing.assert_allclose(jacobian_norm(decode, z), 3 * np.sqrt(2), rtol=1e-4)
    assert set(seen) == {np.dtype(np.float32)} and len(seen) == 4


def test_lines(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 4, 3)).astype(np.float32)
    points = lines(a, b, 5)
    assert points.shape == (4, 5, 3)
    np.testing.assert_array_equal(points[:, 0], a)
    np.testing.assert_array_equal(points[:, -1], b)
    np.testing.assert_allclose(np.diff(points, axis=1), np.repeat((b - a)[:, None] / 4, 4, 1))


def test_great_circles(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 20, 8))
    points = great_circles(a, b, 7)
    np.testing.assert_array_equal(points[:, 0], a)
    np.testing.assert_array_equal(points[:, -1], b)
    radii = np.linalg.norm(points, axis=2)
    np.testing.assert_allclose(radii, np.linspace(radii[:, 0], radii[:, -1], 7, axis=1))
    units = points / radii[:, :, None]
    angles = np.arccos((units[:, 1:] * units[:, :-1]).sum(axis=2))
    np.testing.assert_allclose(angles, np.repeat(angles[:, :1], 6, axis=1))
    np.testing.assert_allclose(angles.sum(axis=1), np.arccos((units[:, 0] * units[:, -1]).sum(1)))
    assert np.linalg.matrix_rank(points[0], tol=1e-9) == 2  # in one plane


def test_a_great_circle_in_one_direction_is_a_line(rng: np.random.Generator) -> None:
    a = rng.normal(size=(4, 8))
    for b in (a, 3 * a, a * (1 + 1e-9)):
        np.testing.assert_allclose(great_circles(a, b, 5), lines(a, b, 5))


X = np.ones((40, 3))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: two_sample_accuracy(X, X[:29]), DataError, "b has 29 rows: expected 30 or more"),
        (lambda: two_sample_accuracy(X, X[:, :2]), DataError, "b has shape"),
        (lambda: two_sample_accuracy(X * np.inf, X), DataError, "a has NaN or infinite"),
        (lambda: path_lengths(X), DataError, r"shape \[40, 3\]: expected \[P, T, F\]"),
        (lambda: path_lengths(X[:, None]), DataError, "T >= 2"),
        (lambda: path_lengths(X[None] * np.nan), DataError, "features has NaN"),
        (lambda: jacobian_norm(np.sum, X), DataError, r"gave shape \[\] for 40 latents"),
        (lambda: jacobian_norm(np.log, -X), DataError, "decode's output has NaN"),
        (lambda: jacobian_norm(np.exp, X, 0), ConfigError, "epsilon=0"),
        (lambda: jacobian_norm(np.exp, X, num_directions=0), ConfigError, "num_directions=0"),
        (lambda: lines(X, X, 1), ConfigError, "num=1"),
        (lambda: lines(X, X[:3], 4), DataError, r"z_to \[3, 3\]"),
        (lambda: great_circles(X, X * 0, 4), DataError, "no direction"),
        (lambda: great_circles(X, -2 * X, 4), DataError, "opposite"),
    ],
)
@pytest.mark.filterwarnings("ignore:invalid value encountered in log:RuntimeWarning")
def test_what_cannot_be_measured(
    call: Callable[[], Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        call()
