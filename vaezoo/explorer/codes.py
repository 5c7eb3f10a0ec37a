"""Codes of data: their map in two dimensions, and which dimensions of z tell most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vaezoo.errors import ConfigError
from vaezoo.explorer.examples import Examples
from vaezoo.protocols import Array
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.model import Model

_LISTED = 64  # dimensions with a slider
_EDGE = 0.002  # share of the codes that may lie outside the map at each side


@dataclass(frozen=True)
class Codes:
    """Means of q(z|x), [N, D], and its standard deviations, where it has any and p(z) is N(0, I).

    Attributes:
        means: [N, D].
        scales: [N, D], or None.
        codebook_size: how many codes there are, where z are codes.
    """

    means: Array
    scales: Array | None
    codebook_size: int | None

    @classmethod
    def of(cls, model: Model, shown: Examples) -> Codes:
        """Of examples."""
        manifest = model.manifest
        means = model.encode_mean(shown.x, condition=shown.condition)
        return cls(means, _scales(model, shown), manifest.codebook_size)

    @property
    def no_map(self) -> str:
        """Why there is no map."""
        if self.codebook_size is not None:
            return "There is no map: codes are names without an order, which no plane can show."
        return "There is no map: z has one dimension."

    def map(self, shown: Examples) -> dict[str, Any] | None:
        """Points, their labels and what is below them; None where there is no plane."""
        if self.codebook_size is not None or self.means.shape[1] < 2:
            return None
        centre, axes, what = self._plane(shown.what)
        points = (self.means - centre) @ axes.T
        low, high = _limits(points)
        return {
            "what": what,
            "centre": _numbers(centre),
            "axes": [_numbers(axis) for axis in axes],
            "points": [_numbers(point, 3) for point in points],
            "labels": [] if shown.labels is None else [int(label) for label in shown.labels],
            "names": shown.names,
            "low": _numbers(low, 3),
            "high": _numbers(high, 3),
        }

    def _plane(self, what: str) -> tuple[Array, Array, str]:
        """Centre [D] and axes [2, D]: z itself, or the first two principal components."""
        what = f"Codes of {what}: means of q(z|x)"
        if self.means.shape[1] == 2:
            return np.zeros(2), np.eye(2), what
        centre = self.means.mean(axis=0, dtype=np.float64)
        _, spread, axes = np.linalg.svd(self.means - centre, full_matrices=False)
        share = (spread[:2] ** 2).sum() / max((spread**2).sum(), 1e-12)
        return centre, axes[:2], (
            f"{what}, on their first two principal components, which hold {share:.0%} of the "
            "variance; dragging leaves the others as they are"
        )

    def dimensions(self) -> dict[str, Any]:
        """The dimensions with a slider: those that tell most first."""
        if self.codebook_size is not None:
            places = list(range(min(self.means.shape[1], _LISTED)))
            what = f"Each place holds one of {self.codebook_size} codes."
            return {"order": places, "values": [None] * len(places), "unit": "", "what": what}
        told, unit, what = self._told()
        order = np.argsort(-told, kind="stable")[:_LISTED]
        middle, spread = self.means.mean(axis=0), 3 * np.maximum(self.means.std(axis=0), 1e-3)
        limit = np.maximum(np.abs(middle) + spread, 3 if self.scales is not None else 0)
        return {
            "order": order.tolist(),
            "values": _numbers(told[order], 2),
            "ranges": [_numbers([-limit[d], limit[d]], 3) for d in order],
            "unit": unit,
            "what": what,
        }

    def _told(self) -> tuple[Array, str, str]:
        """How much each dimension tells of x, [D]; the unit; and what that is.

        KL(N(m, s^2) || N(0, 1)) = (m^2 + s^2 - 1) / 2 - log s
        """
        if self.scales is None:
            deviations = self.means.std(axis=0)
            return deviations, "sd", "In the order of the standard deviation (sd) of the codes."
        kl = (self.means**2 + self.scales**2 - 1) / 2 - np.log(self.scales)
        return kl.mean(axis=0), "nats", "In the order of their KL(q(z|x) || p(z)), in nats."


def _scales(model: Model, shown: Examples) -> Array | None:
    if not _has_standard_prior(model.manifest):
        return None
    try:
        return np.maximum(model.encode(shown.x, condition=shown.condition).stddev(), 1e-12)
    except ConfigError:  # of a posterior that the runtime does not know
        return None


def _has_standard_prior(manifest: Manifest) -> bool:
    """Whether p(z) is N(0, I), and q(z|x) a distribution."""
    outputs = {port.name for port in manifest.graphs["encoder"].outputs}
    return not {"prior", "step"} & manifest.graphs.keys() and "scale" in outputs


def _limits(points: Array) -> tuple[Array, Array]:
    """A square that holds almost all points, with a margin: lower left and upper right."""
    low, high = np.quantile(points, [_EDGE, 1 - _EDGE], axis=0)
    half = 0.54 * max(float((high - low).max()), 1e-3)
    middle = (low + high) / 2
    return middle - half, middle + half


def _numbers(values: Any, digits: int = 5) -> list[float]:
    return [round(float(value), digits) for value in values]
