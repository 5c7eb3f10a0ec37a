"""Paths made shorter in what is decoded from them, without a gradient of the decoder."""

from __future__ import annotations

import numpy as np

from vaezoo.latent.surface import Surface
from vaezoo.protocols import Array

_DIRECTIONS = 16  # of a point's moves in one round; all, where z has no more dimensions
_UNKNOWNS = 1024  # of one system of equations
_STEP = 0.01  # of finite differences, in units of the codes' spread
_ENOUGH = 1e-5  # relative gain below which a path is done


def refined(surface: Surface, path: Array, rounds: int, rng: np.random.Generator) -> Array:
    """The path [T, D] after descent on the energy of what it decodes to, both ends fixed.

        E = sum_t |f(z_t+1) - f(z_t)|^2

    Its minimum is a shortest path in even steps, as L^2 <= (T - 1) E. Each round solves the
    Gauss-Newton equations of all inner points at once, damped as by Levenberg and Marquardt,
    in directions along which f was differenced: a random orthogonal few of many.

    Args:
        surface: z -> f.
        path: where to begin.
        rounds: at most.
        rng: chooses directions.
    """
    step = _STEP * max(float(path.std(axis=0).max()), 1e-6)
    values, damping = surface(path), 1e-3
    for _ in range(rounds):
        directions = _directions(rng, len(path) - 2, path.shape[1])
        jacobians = _jacobians(surface, path, values, directions, step)
        before = _energy(values)
        for _ in range(6):
            moved = _moved(surface, path, values, directions, jacobians, damping)
            new = surface(moved)
            if _energy(new) < before:
                path, values, damping = moved, new, max(damping / 10, 1e-6)
                break
            damping *= 10
        if before - _energy(values) < _ENOUGH * before:
            break
    return path


def _energy(values: Array) -> float:
    return float((np.diff(values, axis=0) ** 2).sum())


def _directions(rng: np.random.Generator, num: int, dim: int) -> Array:
    """Orthonormal directions for each point, [num, R, D]."""
    most = max(1, min(_DIRECTIONS, _UNKNOWNS // num))
    if dim <= most:
        return np.broadcast_to(np.eye(dim), (num, dim, dim))
    basis = np.linalg.qr(rng.standard_normal((num, dim, most))).Q
    return basis.swapaxes(1, 2)


def _jacobians(
    surface: Surface, path: Array, values: Array, directions: Array, step: float
) -> Array:
    """Derivatives of f along the directions at the inner points, [T - 2, R, F]."""
    near = path[1:-1, None] + step * directions
    return (surface(near) - values[1:-1, None]) / step


def _moved(
    surface: Surface,
    path: Array,
    values: Array,
    directions: Array,
    jacobians: Array,
    damping: float,
) -> Array:
    """The path after one damped step."""
    num, size = jacobians.shape[:2]
    pulls = 2 * values[1:-1] - values[:-2] - values[2:]
    slope = np.einsum("trf,tf->tr", jacobians, pulls).ravel()
    matrix = _normal_matrix(jacobians)
    matrix[np.diag_indices_from(matrix)] += (
        damping * max(float(np.trace(matrix)), 1e-12) / (num * size)
    )
    coefficients = -np.linalg.solve(matrix, slope).reshape(num, size)
    moves = np.einsum("tr,trd->td", coefficients, directions)
    inner = surface.geometry.project(path[1:-1] + moves)
    return np.concatenate([path[:1], inner, path[-1:]])


def _normal_matrix(jacobians: Array) -> Array:
    """Blocks 2 J_t J_t' on the diagonal, -J_t J_t+1' beside it."""
    num, size = jacobians.shape[:2]
    matrix = np.zeros((num, size, num, size))
    for t in range(num):
        matrix[t, :, t] = 2 * jacobians[t] @ jacobians[t].T
        if t + 1 < num:
            matrix[t, :, t + 1] = -jacobians[t] @ jacobians[t + 1].T
            matrix[t + 1, :, t] = matrix[t, :, t + 1].T
    return matrix.reshape(num * size, num * size)
