"""Paths that are short in what is decoded."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vaezoo._checks import check_seed, not_negative_integer, positive
from vaezoo.latent.codes import codes_of
from vaezoo.latent.graph import near_pairs, shortest_path
from vaezoo.latent.refinement import refined
from vaezoo.latent.spaces import space_of
from vaezoo.latent.surface import Features, Surface
from vaezoo.protocols import Array, ArrayLike, GenerativeModel

_FINEST = 16  # steps that a path is refined with, or more
_INNER = 8  # points within each edge of the shortest path in the graph


@dataclass(frozen=True)
class Geodesic:
    """The shortest path in what is decoded, or in features of it: `path=` of `interpolate`.

        L = sum_t |f(z_t+1) - f(z_t)|,    f(z) = features(E[x|z])

    Arvanitidis et al. 2018, https://arxiv.org/abs/1710.11379, of the mean of p(x|z) alone: the
    shortest way through a graph over codes of data, each joined to its nearest, whose edges are
    as long as what is decoded along them; then refined by Gauss-Newton steps. Codes keep the way
    where data are. It is never longer than the line of the space of z.

    Args:
        codes: of data, [M, D], or examples, which a model without a condition encodes; None:
            draws of `model.sample_latents`.
        features: [N, *data_shape] -> [N, ...], such as `lambda x: classifier(x).features`; None:
            the values of x.
        num_codes: how many of them the graph has at most.
        neighbours: of each code in the graph.
        rounds: of refinement; 0 leaves the way through the graph.
        seed: chooses codes, and directions of refinement.

    Example:
        >>> import vaezoo
        >>> from vaezoo import latent
        >>> model = vaezoo.load("digits_vae")
        >>> x = model.generate(2, seed=0)
        >>> path = latent.Geodesic(num_codes=50, rounds=2)
        >>> latent.interpolate(model, x[:1], x[1:], num=5, path=path).shape
        (1, 5, 8, 8, 1)
    """

    codes: ArrayLike | None = None
    features: Features | None = None
    num_codes: int = 500
    neighbours: int = 8
    rounds: int = 10
    seed: int = 0

    def __call__(
        self, model: GenerativeModel, a: Array, b: Array, num: int, condition: Array | None
    ) -> Array:
        """Codes of the paths, [P, num, D]: of each condition its own."""
        paths = np.empty((len(a), num, a.shape[1]))
        for rows in _groups(condition, len(a)):
            given = None if condition is None else condition[rows[0]]
            paths[rows] = self._paths(model, a[rows], b[rows], num, given)
        return paths

    def _paths(
        self, model: GenerativeModel, a: Array, b: Array, num: int, condition: Array | None
    ) -> Array:
        geometry = space_of(model).geometry
        surface = Surface(model, geometry, self.features, condition)
        steps = (num - 1) * math.ceil(_FINEST / (num - 1))
        straight = geometry.line(a, b, steps + 1)
        nodes = np.concatenate([a, b, self._codes(model, condition)])
        ways = _through_graph(surface, nodes, len(a), positive("neighbours", self.neighbours))
        rng = np.random.default_rng(check_seed(self.seed))
        rounds = not_negative_integer("rounds", self.rounds)
        short = np.stack(
            [refined(surface, _evenly(surface, way, steps), rounds, rng) for way in ways]
        )
        longer = surface.lengths(short) > surface.lengths(straight)
        short[longer] = straight[longer]
        return short[:, :: steps // (num - 1)]

    def _codes(self, model: GenerativeModel, condition: Array | None) -> Array:
        num = positive("num_codes", self.num_codes)
        if self.codes is None:
            if condition is not None:
                condition = np.broadcast_to(condition, (num, len(condition)))
            z = model.sample_latents(num, condition=condition, seed=check_seed(self.seed))
            return np.asarray(z, np.float64)
        z = codes_of(model, self.codes, what="codes")
        rng = np.random.default_rng(check_seed(self.seed))
        return z[rng.permutation(len(z))[:num]]


def _groups(condition: Array | None, num: int) -> list[Array]:
    """Rows of one condition each."""
    if condition is None:
        return [np.arange(num)]
    _, groups = np.unique(condition, axis=0, return_inverse=True)
    return [np.flatnonzero(groups.ravel() == group) for group in range(groups.max() + 1)]


def _through_graph(surface: Surface, nodes: Array, num: int, k: int) -> list[Array]:
    """The shortest ways from each of the first `num` nodes to each of the next, [n, D] each."""
    ends = np.stack([np.arange(num), np.arange(num) + num], axis=1)
    near = near_pairs(nodes, k)
    # What joins the ends at once is long, and measured with more points than what joins neighbours.
    parts = [_edge_lengths(surface, nodes, near, 3), _edge_lengths(surface, nodes, ends, _FINEST)]
    pairs, lengths = np.concatenate([near, ends]), np.concatenate(parts)
    ways = [shortest_path(pairs, lengths, int(i), int(j)) for i, j in ends]
    return [_filled(surface, nodes[way]) for way in ways]


def _edge_lengths(surface: Surface, nodes: Array, pairs: Array, num: int) -> Array:
    """Lengths of edges, measured at `num` points of each."""
    values = surface(nodes)
    inner = surface.geometry.line(nodes[pairs[:, 0]], nodes[pairs[:, 1]], num)[:, 1:-1]
    points = [values[pairs[:, :1]], surface(inner), values[pairs[:, 1:]]]
    return np.linalg.norm(np.diff(np.concatenate(points, axis=1), axis=1), axis=2).sum(axis=1)


def _filled(surface: Surface, way: Array) -> Array:
    """The way with points on its edges."""
    parts = surface.geometry.line(way[:-1], way[1:], _INNER + 2)
    return np.concatenate([*parts[:, :-1], way[-1:]])


def _evenly(surface: Surface, way: Array, steps: int) -> Array:
    """steps + 1 points on a way, at equal distances in what is decoded."""
    sizes = np.linalg.norm(np.diff(surface(way), axis=0), axis=1) + 1e-12
    places = np.concatenate([[0], np.cumsum(sizes)])
    wanted = np.linspace(0, places[-1], steps + 1)
    points = np.stack([np.interp(wanted, places, column) for column in way.T], axis=1)
    points = surface.geometry.project(points)
    points[0], points[-1] = way[0], way[-1]
    return points
