"""From one example to another: the codes on the way, and what is decoded from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from vaezoo._checks import positive
from vaezoo.errors import ConfigError, DataError, unknown_name
from vaezoo.latent.codes import codes_of, condition_rows, decode
from vaezoo.latent.geodesics import Geodesic
from vaezoo.latent.spaces import space_of
from vaezoo.metrics import great_circles
from vaezoo.protocols import Array, ArrayLike, GenerativeModel

Path: TypeAlias = Callable[[GenerativeModel, Array, Array, int, Array | None], Array]


def interpolate(
    model: GenerativeModel,
    a: ArrayLike,
    b: ArrayLike,
    num: int,
    path: str | Path = "line",
    *,
    condition: ArrayLike | None = None,
    condition_b: ArrayLike | None = None,
) -> Array:
    """Decodings along a path from each example of `a` to that of `b`.

    Args:
        model: an export or a Keras model.
        a: where paths begin, examples [P, *data_shape], or codes [P, D].
        b: where they end, likewise.
        num: T, points of each path, 2 or more: both ends are among them, as reconstructions.
        path: of `PATHS`. "line": the shortest in the space of z itself, straight in real numbers,
            a great circle on the sphere, a geodesic of the Poincare ball, of the Fisher-Rao metric
            for proportions. "spherical": around the origin, for p(z) = N(0, I), whose draws all
            lie near a sphere, so that straight lines cross what is improbable (White 2016,
            https://arxiv.org/abs/1609.04468). "geodesic": the shortest in what is decoded; a
            `Geodesic` says in whose features.
        condition: of `a`, and of all that is decoded, for a model that has one.
        condition_b: of `b`, where it is another: what is decoded then moves from the one to the
            other, as probabilities of the labels.

    Returns:
        [P, T, *data_shape]. The codes are those of `latent_path`.

    Raises:
        ConfigError: the space has no such path, and why; or `num` is below 2.
        DataError: other shapes, or an end without a direction.
        UnknownNameError: no such path.

    Example:
        >>> import vaezoo
        >>> from vaezoo.latent import interpolate
        >>> model = vaezoo.load("digits_vae")
        >>> x = model.generate(4, seed=0)
        >>> interpolate(model, x[:2], x[2:], num=5, path="spherical").shape
        (2, 5, 8, 8, 1)
    """
    z = latent_path(model, a, b, num, path, condition=condition, condition_b=condition_b)
    start = condition_rows(model, condition, len(z))
    end = condition_rows(model, condition_b, len(z), like=start)
    return decode(model, z, _mixed(start, end, num))


def latent_path(
    model: GenerativeModel,
    a: ArrayLike,
    b: ArrayLike,
    num: int,
    path: str | Path = "line",
    *,
    condition: ArrayLike | None = None,
    condition_b: ArrayLike | None = None,
) -> Array:
    """The codes that `interpolate` decodes, [P, T, D]. Arguments and errors as there.

    Example:
        >>> import numpy as np
        >>> import vaezoo
        >>> from vaezoo.latent import latent_path
        >>> model = vaezoo.load("digits_vae")
        >>> z = latent_path(model, np.zeros((1, 8)), np.ones((1, 8)), num=3)
        >>> z[0, :, 0].tolist()
        [0.0, 0.5, 1.0]
    """
    if positive("num", num) < 2:
        raise ConfigError(f"num={num}: a path has 2 points or more.")
    walk = _walk(path)
    start = codes_of(model, a, condition, "a")
    end = codes_of(model, b, condition if condition_b is None else condition_b, "b")
    if start.shape != end.shape:
        raise DataError(f"a has {len(start)} rows, b {len(end)}: give one end for each beginning.")
    rows = condition_rows(model, condition, len(start))
    other = condition_rows(model, condition_b, len(start), like=rows)
    if walk not in (line, spherical) and _differ(rows, other):
        raise ConfigError(
            "condition and condition_b differ: what is decoded, by which this path is the "
            "shortest, needs one condition; take path='line' or 'spherical', or one of the two."
        )
    return walk(model, start, end, num, rows)


def line(model: GenerativeModel, a: Array, b: Array, num: int, condition: Array | None) -> Array:
    """The shortest path in the space of z itself."""
    return space_of(model).geometry.line(a, b, num)


def spherical(
    model: GenerativeModel, a: Array, b: Array, num: int, condition: Array | None
) -> Array:
    """Around the origin. Raises `ConfigError` unless p(z) is N(0, I), or z lives on a sphere."""
    space = space_of(model)
    if not (space.is_standard_normal or space.name == "sphere"):
        raise ConfigError(
            "path='spherical' is for p(z) = N(0, I), whose draws lie near a sphere; here p(z) is "
            f"another, on the space {space.name!r}: take path='line' or 'geodesic'."
        )
    return great_circles(a, b, num)


def geodesic(
    model: GenerativeModel, a: Array, b: Array, num: int, condition: Array | None
) -> Array:
    """The shortest in what is decoded, with the arguments that `Geodesic` has by default."""
    return Geodesic()(model, a, b, num, condition)


# By the name that `path=` takes.
PATHS: dict[str, Path] = {"line": line, "spherical": spherical, "geodesic": geodesic}


def _walk(path: str | Path) -> Path:
    if not isinstance(path, str):
        return path
    if path not in PATHS:
        raise unknown_name("path", path, PATHS)
    return PATHS[path]


def _differ(a: Array | None, b: Array | None) -> bool:
    return a is not None and b is not None and not np.array_equal(a, b)


def _mixed(start: Array | None, end: Array | None, num: int) -> Array | None:
    """Conditions on the way from one to the other, [P, T, dim]."""
    if start is None or end is None:
        return None
    t = np.linspace(0, 1, num)[:, None]
    return (1 - t) * start[:, None] + t * end[:, None]
