"""Shortest paths in a graph of near neighbours."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

import numpy as np

from vaezoo.protocols import Array


def near_pairs(z: Array, k: int) -> Array:
    """Pairs of rows of which one is among the k nearest of the other, each once, [E, 2].

    Example:
        >>> import numpy as np
        >>> near_pairs(np.array([[0.0], [1.0], [3.0]]), 1).tolist()
        [[0, 1], [1, 2]]
    """
    squares = (z**2).sum(axis=1)
    distances = squares[:, None] + squares - 2 * z @ z.T
    np.fill_diagonal(distances, np.inf)
    k = min(k, len(z) - 1)
    nearest = np.argpartition(distances, k - 1, axis=1)[:, :k]
    pairs = np.stack([np.repeat(np.arange(len(z)), k), nearest.ravel()], axis=1)
    return np.unique(np.sort(pairs, axis=1), axis=0)


def shortest_path(pairs: Array, lengths: Array, start: int, end: int) -> list[int]:
    """The nodes from `start` to `end` on the shortest way, by Dijkstra's algorithm.

    Args:
        pairs: edges in either direction, [E, 2].
        lengths: of each, 0 or more, [E].
        start: a node.
        end: one that can be reached from there.

    Example:
        >>> shortest_path(np.array([[0, 1], [1, 2], [0, 2]]), np.array([1.0, 1.0, 5.0]), 0, 2)
        [0, 1, 2]
    """
    neighbours = _neighbours(pairs, lengths)
    best, before = {start: 0.0}, {start: start}
    queue = [(0.0, start)]
    while queue:
        length, node = heapq.heappop(queue)
        if node == end:
            break
        for other, step in neighbours[node].items():
            if length + step < best.get(other, np.inf):
                best[other], before[other] = length + step, node
                heapq.heappush(queue, (length + step, other))
    return _walked_back(before, end)


def _neighbours(pairs: Array, lengths: Array) -> dict[int, dict[int, float]]:
    found: dict[int, dict[int, float]] = {}
    for (i, j), length in zip(pairs.tolist(), lengths.tolist(), strict=True):
        for one, other in ((i, j), (j, i)):
            steps = found.setdefault(one, {})
            steps[other] = max(length, steps.get(other, 0.0))  # of one edge that is given twice
    return found


def _walked_back(before: Mapping[int, int], end: int) -> list[int]:
    nodes = [end]
    while before[nodes[-1]] != nodes[-1]:
        nodes.append(before[nodes[-1]])
    return nodes[::-1]
