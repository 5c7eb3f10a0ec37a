"""Codes of data: their map in two dimensions, and sliders for the dimensions of z."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from vaezoo.explorer.examples import Examples
from vaezoo.latent import LatentSpace, Ranking, rank_dimensions
from vaezoo.protocols import Array
from vaezoo.runtime.model import Model

_LISTED = 64  # dimensions with a slider
_EDGE = 0.002  # share of the codes that may lie outside the map at each side
_LEAST_RANGE = 3.0  # of a slider, where p(z) is N(0, I)


@dataclass(frozen=True)
class Codes:
    """Codes of examples.

    Attributes:
        means: of q(z|x), [N, D].
        ranking: of the dimensions.
        space: of z.
    """

    means: Array
    ranking: Ranking
    space: LatentSpace

    @classmethod
    def of(cls, model: Model, shown: Examples) -> Codes:
        """Of examples."""
        means = model.encode_mean(shown.x, condition=shown.condition)
        ranking = rank_dimensions(model, shown.x, condition=shown.condition)
        return cls(means, ranking, model.latent_space)

    @property
    def limits(self) -> list[str]:
        """What the page cannot show of this space, and why."""
        if self._are_names:
            return ["There is no map: codes are names without an order, which no plane can show."]
        notes = [] if self.means.shape[1] > 1 else ["There is no map: z has one dimension."]
        if self.space.name != "real":
            notes.append(
                f"z are points of a space that is not flat ({self.space.name}): what the map and "
                "the sliders give may lie beside it, and is decoded as it is."
            )
        return notes

    @property
    def _are_names(self) -> bool:
        return self.space.name.startswith("codes")

    def map(self, shown: Examples) -> dict[str, Any] | None:
        """Points, their labels and what is below them; None where there is no plane."""
        if self._are_names or self.means.shape[1] < 2:
            return None
        centre, axes, what = self._plane(shown.what)
        points = (self.means - centre) @ axes.T
        low, high = _corners(points)
        return {
            "what": what,
            "centre": numbers(centre),
            "axes": [numbers(axis, 7) for axis in axes],
            "points": [numbers(point, 3) for point in points],
            "labels": [] if shown.labels is None else [int(label) for label in shown.labels],
            "names": shown.names,
            "low": numbers(low, 3),
            "high": numbers(high, 3),
        }

    def _plane(self, what: str) -> tuple[Array, Array, str]:
        """Centre [D] and axes [2, D]: z itself, or the first two principal components."""
        what = f"Codes of {what}: means of q(z|x)"
        if self.means.shape[1] == 2:
            return np.zeros(2), np.eye(2), what
        centre = self.means.mean(axis=0, dtype=np.float64)
        _, spread, axes = np.linalg.svd(self.means - centre, full_matrices=False)
        share = (spread[:2] ** 2).sum() / max((spread**2).sum(), 1e-12)
        return (
            centre,
            axes[:2],
            (
                f"{what}, on their first two principal components, which hold {share:.0%} of the "
                "variance; dragging leaves the others as they are"
            ),
        )

    def dimensions(self) -> dict[str, Any]:
        """The dimensions with a slider, those that tell most first."""
        order = self.ranking.order[:_LISTED]
        return {
            "order": [int(dimension) for dimension in order],
            "values": numbers(self.ranking.amounts[:_LISTED], 2),
            "ranges": [numbers(limits, 3) for limits in self._ranges()[order]],
            "unit": self.ranking.unit,
            "what": f"In the order of what they tell of x ({self.ranking.unit}).",
        }

    def _ranges(self) -> Array:
        """Least and greatest value of each slider, [D, 2]."""
        if self._are_names:
            largest = float(self.space.name.rpartition("_")[2]) - 1
            return np.array([[0.0, largest]]).repeat(self.means.shape[1], axis=0)
        least = _LEAST_RANGE if self.space.is_standard_normal else 0.01
        spread = 3 * self.means.std(axis=0)
        limit = np.maximum(np.abs(self.means.mean(axis=0)) + spread, least)
        return np.stack([-limit, limit], axis=1)


def _corners(points: Array) -> tuple[Array, Array]:
    """A square that holds almost all points, with a margin: lower left and upper right."""
    low, high = np.quantile(points, [_EDGE, 1 - _EDGE], axis=0)
    half = 0.54 * max(float((high - low).max()), 1e-3)
    middle = (low + high) / 2
    return middle - half, middle + half


def numbers(values: Iterable[float], digits: int = 5) -> list[float]:
    """Rounded, for JSON."""
    return [round(float(value), digits) for value in values]
