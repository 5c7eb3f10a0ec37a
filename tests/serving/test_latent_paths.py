"""Paths against the formulas of their spaces, traversals, and refusals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from surfaces import Surface, linear

import vaezoo
from vaezoo import latent
from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.latent import LatentSpace
from vaezoo.protocols import Array

ROOT = Path(__file__).parents[2]
RNG = np.random.default_rng(0)


def plain(space: str, dim: int, is_standard_normal: bool = True) -> Any:
    """x = z, in that space."""
    return Surface(lambda z: z, dim, dim + 1, space=LatentSpace(space, is_standard_normal))


def ends(num: int, dim: int) -> tuple[Array, Array]:
    return RNG.normal(size=(num, dim)), RNG.normal(size=(num, dim))


def path_of(space: str, a: Array, b: Array, num: int = 5) -> Array:
    return latent.latent_path(plain(space, a.shape[1]), a, b, num)


def test_straight_lines() -> None:
    a, b = ends(3, 4)
    z = latent.latent_path(plain("real", 4), a, b, 5)
    np.testing.assert_allclose(z[:, 1], 0.75 * a + 0.25 * b, atol=1e-6)
    model = linear(RNG.normal(size=(6, 4)))
    x = latent.interpolate(model, a, b, 5)
    np.testing.assert_allclose(x[:, 2], (a + b) / 2 @ model.f(np.eye(4)), atol=1e-5)


def test_examples_are_encoded() -> None:
    model = linear(RNG.normal(size=(6, 4)))
    a, b = ends(3, 4)
    x = latent.interpolate(model, model.f(a), model.f(b), 3)
    np.testing.assert_allclose(x[:, 1], model.f((a + b) / 2), atol=1e-5)


def test_spherical_is_slerp() -> None:
    """sin((1 - t) w) / sin w a + sin(t w) / sin w b, of ends of one length."""
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) * 3 for v in ends(4, 6))
    z = latent.latent_path(plain("real", 6), a, b, 7, "spherical")
    w = np.arccos((a * b).sum(axis=1) / 9)[:, None]
    for index, t in enumerate(np.linspace(0, 1, 7)):
        expected = (np.sin((1 - t) * w) * a + np.sin(t * w) * b) / np.sin(w)
        np.testing.assert_allclose(z[:, index], expected, atol=1e-6)


def ball_distance(a: Array, b: Array, c: float) -> Array:
    gaps = [1 - c * (v**2).sum(axis=-1) for v in (a, b)]
    return np.arccosh(1 + 2 * c * ((a - b) ** 2).sum(axis=-1) / (gaps[0] * gaps[1])) / np.sqrt(c)


@pytest.mark.parametrize("curvature", [1.0, 0.25])
def test_the_ball_s_geodesics(curvature: float) -> None:
    """Each point lies at its share of the distance, from either end."""
    radius = 1 / np.sqrt(curvature)
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) * r * radius
            for v, r in zip(ends(4, 3), (0.9, 0.6), strict=True))  # fmt: skip
    z = path_of(f"ball_{curvature:g}", a, b)
    whole = ball_distance(a, b, curvature)
    for index, t in enumerate(np.linspace(0, 1, 5)):
        np.testing.assert_allclose(ball_distance(a, z[:, index], curvature), t * whole, atol=1e-5)
        np.testing.assert_allclose(
            ball_distance(z[:, index], b, curvature), (1 - t) * whole, atol=1e-5
        )


def test_the_simplex_s_geodesics() -> None:
    """Of two groups: proportions, at their share of the distance 2 arccos sum sqrt(p q)."""
    a, b = (RNG.dirichlet(np.ones(3), (4, 2)) for _ in range(2))
    z = path_of("simplex_3", a.reshape(4, 6), b.reshape(4, 6)).reshape(4, 5, 2, 3)
    np.testing.assert_allclose(z.sum(axis=-1), 1, atol=1e-6)
    whole = 2 * np.arccos(np.sqrt(a * b).sum(axis=-1))
    quarter = 2 * np.arccos(np.sqrt(a * z[:, 1]).sum(axis=-1).clip(max=1))
    np.testing.assert_allclose(quarter, whole / 4, atol=1e-4)
    one = path_of("simplex", a[:, 0], b[:, 0])
    np.testing.assert_allclose(one, z[:, :, 0], atol=1e-6)


def test_both_parts_of_a_joint_space() -> None:
    a, b = (np.concatenate([RNG.normal(size=(4, 2)), RNG.dirichlet(np.ones(3), 4)], axis=1)
            for _ in range(2))  # fmt: skip
    z = path_of("real_and_simplex_3", a, b)
    np.testing.assert_allclose(z[..., :2], path_of("real", a[:, :2], b[:, :2]), atol=1e-6)
    np.testing.assert_allclose(z[..., 2:], path_of("simplex", a[:, 2:], b[:, 2:]), atol=1e-6)


def test_the_sphere_s_lines_are_its_own() -> None:
    a, b = (v / np.linalg.norm(v, axis=1, keepdims=True) for v in ends(4, 3))
    z = path_of("sphere", a, b)
    np.testing.assert_allclose(np.linalg.norm(z, axis=-1), 1, atol=1e-6)
    model = plain("sphere", 3, is_standard_normal=False)
    np.testing.assert_allclose(latent.latent_path(model, a, b, 5, "spherical"), z, atol=1e-6)


@pytest.mark.parametrize(
    ("space", "z", "dimension", "values", "expected"),
    [
        ("real", [1, 2, 3], 1, [0, 9], [[1, 0, 3], [1, 9, 3]]),
        ("sphere", [0.6, 0.8, 0], 2, [0.8], [[0.36, 0.48, 0.8]]),
        ("simplex", [0.2, 0.2, 0.6], 0, [0.6, 1], [[0.6, 0.1, 0.3], [1, 0, 0]]),
        ("simplex_2", [0.5, 0.5, 0.9, 0.1], 3, [0.3], [[0.5, 0.5, 0.7, 0.3]]),
        ("ball_1", [0.1, 0.2], 0, [0.5], [[0.5, 0.2]]),
        ("real_and_simplex_2", [4, 0.5, 0.5], 0, [7], [[7, 0.5, 0.5]]),
        ("real_and_simplex_2", [4, 0.5, 0.5], 2, [0.1], [[4, 0.9, 0.1]]),
        ("codes_8", [5, 6], 0, [0, 7], [[0, 6], [7, 6]]),
    ],
)
def test_traversals_stay_in_the_space(
    space: str, z: list[float], dimension: int, values: list[float], expected: list[list[float]]
) -> None:
    x = latent.traverse(plain(space, len(z)), [z], dimension, values)
    np.testing.assert_allclose(x[0], expected, atol=1e-6)


@pytest.mark.parametrize(
    ("space", "values", "message"),
    [
        ("sphere", [1.5], "values are 1.5 to 1.5: a coordinate on the sphere is -1 to 1"),
        ("simplex", [-0.5], "a proportion is 0 to 1"),
        ("ball_4", [0.6], "lead out of the ball, whose radius is 0.5"),
        ("codes_8", [8], "expected codes, whole numbers from 0 to 7"),
        ("codes_8", [0.5], "expected codes"),
        ("real", [np.nan], "values has NaN"),
    ],
)
def test_traversals_that_lead_out(space: str, values: list[float], message: str) -> None:
    with pytest.raises(DataError, match=message):
        latent.traverse(plain(space, 2), [[1.0, 0.0]] if space != "ball_4" else [[0, 0]], 0, values)
    with pytest.raises(ConfigError, match="dimension=2: z has 2"):
        latent.traverse(plain(space, 2), [[0, 0]], 2, values)


def test_order_of_dimensions() -> None:
    """The KL in closed form; the moments of all codes where p(z) is another; of points how
    far decodings move."""
    model = vaezoo.load("digits_vae")
    x = model.generate(300, seed=0)
    q = model.encode(x)
    mean, stddev = q.mean().astype(np.float64), q.stddev().astype(np.float64)
    kl = 0.5 * (mean**2 + stddev**2 - 1 - 2 * np.log(stddev)).mean(axis=0)
    ranking = latent.rank_dimensions(model, x)
    np.testing.assert_array_equal(ranking.order, np.argsort(-kl))
    np.testing.assert_allclose(ranking.amounts, np.sort(kl)[::-1], rtol=1e-6)
    flow = vaezoo.load(ROOT / "export" / "mnist_flow")
    images = flow.generate(20, seed=0)
    q = flow.encode(images)
    total = q.mean().var(axis=0) + (q.stddev() ** 2).mean(axis=0)
    told = 0.5 * (np.log(total) - 2 * np.log(q.stddev()).mean(axis=0))
    np.testing.assert_allclose(
        latent.rank_dimensions(flow, images).amounts, np.sort(told)[::-1], rtol=1e-3
    )
    weights = RNG.normal(size=(6, 4))
    z = RNG.normal(size=(50, 4)) * [1, 2, 0.5, 3]
    points = latent.rank_dimensions(linear(weights), z @ weights.T)
    expected = z.std(axis=0) * np.linalg.norm(weights, axis=0)
    np.testing.assert_allclose(points.amounts, np.sort(expected)[::-1], rtol=1e-4)
    assert points.unit == "distance"
    codes = latent.rank_dimensions(vaezoo.load(ROOT / "export" / "mnist_vqvae"), images)
    assert codes.unit == "nats" and codes.amounts[0] <= np.log(20)


SPACES = {
    "mnist_vae": LatentSpace(),
    "mnist_flow": LatentSpace(is_standard_normal=False),
    "mnist_hvae": LatentSpace(is_standard_normal=False),
    "mnist_cvae": LatentSpace(num_classes=10),
    "mnist_vqvae": LatentSpace("codes_128", False),
}


@pytest.mark.parametrize("name", SPACES)
def test_what_exports_say_of_their_space(name: str) -> None:
    assert vaezoo.load(ROOT / "export" / name).latent_space == SPACES[name]


def test_paths_that_a_space_does_not_have() -> None:
    for name in ("mnist_flow", "mnist_hvae"):
        model = vaezoo.load(ROOT / "export" / name)
        z = np.zeros((1, model.latent_dim))
        with pytest.raises(ConfigError, match=r"is for p\(z\) = N\(0, I\).*take path='line'"):
            latent.latent_path(model, z, z, 3, "spherical")
        assert latent.interpolate(model, z, z + 1, 3).shape == (1, 3, 28, 28, 1)
    codes = vaezoo.load(ROOT / "export" / "mnist_vqvae")
    z = np.zeros((1, codes.latent_dim))
    for path in latent.PATHS:
        with pytest.raises(ConfigError):
            latent.interpolate(codes, z, z + 1, 3, path)
    with pytest.raises(ConfigError, match="names of 128 vectors without an order, so there is no"):
        latent.interpolate(codes, z, z + 1, 3)


def test_conditions_on_the_way() -> None:
    """Of one label throughout; of two a mixture, whose ends are the two reconstructions."""
    model = vaezoo.load(ROOT / "export" / "mnist_cvae")
    x = model.generate(4, seed=0, condition=[3, 3, 7, 7])
    same = latent.interpolate(model, x[:1], x[1:2], 4, condition=3)
    z = latent.latent_path(model, x[:1], x[1:2], 4, condition=3)
    np.testing.assert_allclose(same[0], model.decode_mean(z[0], condition=3), atol=1e-6)
    other = latent.interpolate(model, x[:2], x[2:], 5, condition=3, condition_b=[7, 7])
    np.testing.assert_allclose(other[:, 0], model.reconstruct(x[:2], condition=3), atol=1e-5)
    np.testing.assert_allclose(other[:, -1], model.reconstruct(x[2:], condition=7), atol=1e-5)
    short = latent.interpolate(model, x[:2], x[2:], 5, "geodesic", condition=[3, 7])
    for row, label in enumerate((3, 7)):  # each label's own graph
        ends = model.reconstruct(x[[row, row + 2]], condition=label)
        np.testing.assert_allclose(short[row, [0, -1]], ends, atol=1e-5)
    with pytest.raises(ConfigError, match="needs one condition"):
        latent.interpolate(model, x[:2], x[2:], 5, "geodesic", condition=3, condition_b=7)
    with pytest.raises(ConfigError, match="give condition="):
        latent.interpolate(model, x[:2], x[2:], 5)


def test_twins_keep_their_z() -> None:
    model = vaezoo.load(ROOT / "export" / "mnist_cvae")
    x = model.generate(3, seed=0, condition=[3, 4, 5])
    twins = latent.relabel(model, x, 8, condition=[3, 4, 5])
    z = model.encode_mean(x, condition=[3, 4, 5])
    np.testing.assert_allclose(twins, model.decode_mean(z, condition=8), atol=1e-6)
    classes = vaezoo.reference_classifiers.load("mnist")(twins).probabilities.argmax(axis=1)
    assert (classes == 8).all()


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"num": 1}, ConfigError, "num=1: a path has 2 points"),
        ({"path": "straight"}, UnknownNameError, "unknown path 'straight'"),
        ({"b": np.zeros((3, 4))}, DataError, "a has 2 rows, b 3"),
        ({"a": np.zeros((2, 3))}, DataError, r"a has shape \[2, 3\]: expected \[N, 5\]"),
        ({"b": np.zeros((2, 4)), "path": "spherical"}, DataError, "no direction"),
    ],
)
def test_wrong_use(change: dict[str, object], error: type[Exception], message: str) -> None:
    arguments = {"a": np.ones((2, 4)), "b": np.ones((2, 4)), "num": 3, **change}
    with pytest.raises(error, match=message):
        latent.interpolate(plain("real", 4), **arguments)
