"""Geodesics of surfaces whose shortest paths are known in closed form."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import pytest
from surfaces import Surface, cone, cylinder, globe

from vaezoo import latent
from vaezoo.errors import ConfigError, DataError
from vaezoo.latent.graph import near_pairs, shortest_path
from vaezoo.protocols import Array


def length(model: Any, a: Any, b: Any, num: int = 33, **options: Any) -> float:
    """Of the decoded polygon of the geodesic from one code to another."""
    path = latent.Geodesic(num_codes=200, **options)
    x = latent.interpolate(model, np.array([a]), np.array([b]), num, path)[0]
    return float(np.linalg.norm(np.diff(x, axis=0), axis=1).sum())


def test_of_a_cone() -> None:
    """It unrolls to a sector, on which the shortest path is straight: the law of cosines."""
    slope, angle = 2.0, 2.5
    stretch = np.sqrt(1 + slope**2)
    a, b = [1.0, 0.0], [1.5 * np.cos(angle), 1.5 * np.sin(angle)]
    s, t, inner = stretch, 1.5 * stretch, angle / stretch
    expected = np.sqrt(s**2 + t**2 - 2 * s * t * np.cos(inner))
    assert length(cone(slope), a, b) == pytest.approx(expected, rel=2e-3)
    straight = latent.interpolate(cone(slope), [a], [b], 33)[0]
    assert np.linalg.norm(np.diff(straight, axis=0), axis=1).sum() > 1.05 * expected


def test_of_the_globe() -> None:
    """A great circle, by cos d = sin^2 n + cos^2 n cos e; its middle is farther north than both
    ends, tan n_mid = tan n / cos(e / 2)."""
    north, east = 1.0, 1.6
    expected = np.arccos(np.sin(north) ** 2 + np.cos(north) ** 2 * np.cos(east))
    a, b = [0.0, north], [east, north]
    assert length(globe(), a, b) == pytest.approx(expected, rel=1e-3)
    z = latent.latent_path(globe(), [a], [b], 33, "geodesic")
    middle = np.arctan(np.tan(north) / np.cos(east / 2))
    np.testing.assert_allclose(z[0, 16], [east / 2, middle], atol=0.02)
    steps = np.linalg.norm(np.diff(globe().f(z[0]), axis=0), axis=1)
    assert steps.max() < 1.05 * steps.mean()  # even


def test_of_a_cylinder() -> None:
    assert length(cylinder(), [0, 0], [2, 1]) == pytest.approx(np.sqrt(5), rel=1e-3)


def test_in_more_dimensions_than_are_differenced_at_once() -> None:
    """The globe with 28 dimensions that are best left alone."""
    north, east = 1.0, 1.6
    expected = np.arccos(np.sin(north) ** 2 + np.cos(north) ** 2 * np.cos(east))
    a, b = np.zeros((2, 30))
    a[:2], b[:2] = [0.0, north], [east, north]
    found = length(globe(28), a, b, 17, rounds=60)
    assert expected * 0.998 < found < expected * 1.02


def test_features_decide_what_is_short() -> None:
    """Of the globe's height alone, a way at one height is free."""
    way = latent.Geodesic(features=lambda x: x[:, 2:], num_codes=50)
    z = latent.latent_path(globe(), [[0.0, 0.5]], [[1.0, 0.5]], 9, way)
    assert np.ptp(globe().f(z[0])[:, 2]) < 0.01


def test_codes_keep_the_way_where_data_are() -> None:
    """A plain with a high wall at 0, and codes that lead around its end: without refinement the
    way goes over codes."""
    wall: Any = Surface(
        lambda z: np.column_stack([z, 50 * np.exp(-(z[:, 0] ** 2) / 0.02) * (z[:, 1] < 1)]), 2, 3
    )
    turn = np.linspace(0, np.pi, 40)
    codes = np.column_stack([-1.5 * np.cos(turn), 2 * np.sin(turn)])
    way = latent.Geodesic(codes=codes, neighbours=2, rounds=0)
    z = latent.latent_path(wall, [[-1.5, 0.0]], [[1.5, 0.0]], 31, way)[0]
    assert z[:, 1].max() > 1.9
    crossing = z[np.abs(z[:, 0]) < 0.2]
    assert len(crossing) and (crossing[:, 1] > 1).all()


def test_a_refinement_that_went_wrong_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    def worse(surface: Any, path: Array, rounds: int, rng: Any) -> Array:
        return path + np.sin(np.linspace(0, np.pi, len(path)))[:, None]

    monkeypatch.setattr("vaezoo.latent.geodesics.refined", worse)
    a, b = np.zeros((1, 2)), np.array([[2.0, 1.0]])
    z = latent.latent_path(cylinder(), a, b, 5, latent.Geodesic(num_codes=20))
    np.testing.assert_allclose(z, latent.latent_path(cylinder(), a, b, 5))


def test_never_longer_than_the_line(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 6, 2))
    for model in (globe(), cone(1.0)):
        lengths = []
        for path in ("line", latent.Geodesic(num_codes=40, rounds=1)):
            x = latent.interpolate(model, a, b, 17, path)
            lengths.append(np.linalg.norm(np.diff(x, axis=1), axis=2).sum(axis=1))
        assert (lengths[1] <= lengths[0] * (1 + 1e-6)).all()


def test_ends_and_seeds(rng: np.random.Generator) -> None:
    a, b = rng.normal(size=(2, 2, 20)).astype(np.float32)
    paths = [
        latent.latent_path(globe(18), a, b, 3, latent.Geodesic(num_codes=40, rounds=1, seed=seed))
        for seed in (0, 0, 1)
    ]
    np.testing.assert_array_equal(paths[0], paths[1])
    assert (paths[0] != paths[2]).any()
    np.testing.assert_array_equal(paths[0][:, 0], a)
    np.testing.assert_array_equal(paths[0][:, -1], b)


def test_shortest_paths_of_graphs(rng: np.random.Generator) -> None:
    """Against all lengths by Floyd and Warshall."""
    z = rng.normal(size=(30, 2))
    pairs = near_pairs(z, 3)
    lengths = rng.random(len(pairs))
    best = np.full((30, 30), np.inf)
    best[tuple(pairs.T)] = best[tuple(pairs.T[::-1])] = lengths
    for k in range(30):
        best = np.minimum(best, best[:, k : k + 1] + best[k : k + 1])
    reached = [j for j in range(1, 30) if np.isfinite(best[0, j])]
    assert len(reached) > 5
    for j in reached:
        way = shortest_path(pairs, lengths, 0, j)
        steps = [_length(pairs, lengths, *step) for step in itertools.pairwise(way)]
        assert sum(steps) == pytest.approx(best[0, j])


def _length(pairs: Array, lengths: Array, i: int, j: int) -> float:
    return float(lengths[(np.sort(pairs) == sorted((i, j))).all(axis=1)][0])


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"num_codes": 0}, ConfigError, "num_codes=0"),
        ({"neighbours": 0}, ConfigError, "neighbours=0"),
        ({"rounds": -1}, ConfigError, "rounds=-1"),
        ({"seed": -1}, ConfigError, "seed=-1"),
        ({"codes": np.zeros((4, 7))}, DataError, r"codes has shape \[4, 7\]"),
        ({"features": lambda x: x[:1]}, DataError, "features have shape"),
    ],
)
def test_wrong_use(options: dict[str, Any], error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        latent.latent_path(globe(), [[0, 0]], [[1, 1]], 3, latent.Geodesic(**options))
