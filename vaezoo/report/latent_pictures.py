"""Pictures of a latent space: the plane itself, paths by each kind, attributes that change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from statistics import NormalDist

import numpy as np

from vaezoo import images
from vaezoo.errors import ConfigError
from vaezoo.latent import PATHS, Geodesic, edit, interpolate
from vaezoo.latent.spaces import space_of
from vaezoo.protocols import Array
from vaezoo.runtime.model import Model

SIDE, STEPS, PAIRS = 15, 11, 3
AMOUNTS = np.linspace(-2, 2, 9)
_QUICK = Geodesic(num_codes=200, rounds=3)  # a second or two a path


def latent_pictures(model: Model, x: Array, condition: Array | None) -> Mapping[str, Array]:
    """Pictures by title, uint8 [H, W, 1 or 3]: what the model's space has no such picture of is
    left out.

    Args:
        model: from `vaezoo.load`, of images.
        x: test examples, [N, *data_shape].
        condition: of each, where the model takes one.
    """
    kinds = (_plane, _paths, _edits)
    return dict(item for kind in kinds for item in kind(model, x, condition))


def _plane(model: Model, x: Array, condition: Array | None) -> Iterator[tuple[str, Array]]:
    """Decodings of a grid of z, where z has two dimensions: highest second one above."""
    space = space_of(model)
    if model.latent_dim != 2 or space.name != "real":
        return
    if space.is_standard_normal:
        axes = [np.array([NormalDist().inv_cdf((n + 0.5) / SIDE) for n in range(SIDE)])] * 2
        where = f"at {SIDE} × {SIDE} quantiles of p(z)"
    else:
        means = model.encode_mean(x, condition=condition)
        low, high = np.quantile(means, [0.02, 0.98], axis=0)
        axes = list(np.linspace(low, high, SIDE).T)
        where = f"at {SIDE} × {SIDE} places among posterior means of test data"
    first, second = np.meshgrid(axes[0], axes[1][::-1])
    z = np.stack([first, second], axis=-1).reshape(-1, 2).astype(np.float32)
    given = None if condition is None else np.repeat(condition[:1], len(z), axis=0)
    title = f"The latent plane {where}: first dimension to the right, second upwards"
    yield title, images.grid(model.decode_mean(z, condition=given), SIDE)


def _paths(model: Model, x: Array, condition: Array | None) -> Iterator[tuple[str, Array]]:
    """A row for each kind of path between the same two examples."""
    starts, ends = _pairs(len(x), condition)
    if not len(starts):
        return
    given = None if condition is None else condition[starts]
    found = {}
    for name in PATHS:
        try:
            path = _QUICK if name == "geodesic" else name
            found[name] = interpolate(model, x[starts], x[ends], STEPS, path, condition=given)
        except ConfigError:  # this space has no such path
            continue
    if not found:
        return
    rows = [f"{pair + 1} {name}" for pair in range(len(starts)) for name in found]
    flat = np.stack(list(found.values()), axis=1).reshape(-1, *x.shape[1:])
    columns = [f"{t:.2g}" for t in np.linspace(0, 1, STEPS)]
    title = f"From one test example to another by each path: {', '.join(found)}"
    yield title, images.labelled(flat, columns, rows, scale=1)


def _pairs(num: int, condition: Array | None) -> tuple[Array, Array]:
    """Rows where paths begin and end: under one condition, where there are conditions."""
    if condition is None:
        rows = np.arange(min(2 * PAIRS, num // 2 * 2))
        return rows[::2], rows[1::2]
    alike = [np.flatnonzero((condition == c).reshape(num, -1).all(axis=1)) for c in condition]
    pairs = {tuple(rows[:2]) for rows in alike if len(rows) > 1}
    chosen = np.array(sorted(pairs)[:PAIRS], int).reshape(-1, 2)
    return chosen[:, 0], chosen[:, 1]


def _edits(model: Model, x: Array, condition: Array | None) -> Iterator[tuple[str, Array]]:
    """A row for each attribute that a direction was fitted for, of one example."""
    directions = model.directions
    if not directions:
        return
    repeated = np.repeat(x[:1], len(AMOUNTS), axis=0)
    given = None if condition is None else np.repeat(condition[:1], len(AMOUNTS), axis=0)
    rows = [edit(model, repeated, each, AMOUNTS, condition=given) for each in directions.values()]
    columns = [f"{amount:+g}" if amount else "0" for amount in AMOUNTS]
    title = "A test example with an attribute changed, by standard deviations of the attribute"
    yield title, images.labelled(np.concatenate(rows), columns, list(directions), scale=1)
