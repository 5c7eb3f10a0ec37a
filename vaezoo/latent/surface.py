"""What codes decode to, as points of the space in which lengths are measured."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from vaezoo.errors import DataError
from vaezoo.latent.codes import decode
from vaezoo.latent.geometries import Geometry
from vaezoo.protocols import Array, ArrayLike, GenerativeModel

_NUMBERS = 2**24  # numbers of decodings held at once
Features = Callable[[Array], ArrayLike]


@dataclass(frozen=True)
class Surface:
    """z -> features of what is decoded.

    Attributes:
        model: that decodes.
        geometry: of z.
        features: of decodings, [N, *data_shape] -> [N, ...]; None: the decodings themselves.
        condition: under which all is decoded, [dim]; None for a model that has none.
    """

    model: GenerativeModel
    geometry: Geometry
    features: Features | None = None
    condition: Array | None = None

    def __call__(self, z: Array) -> Array:
        """Features of z [..., D], [..., F], float64."""
        flat = z.reshape(-1, z.shape[-1])
        rows = max(1, _NUMBERS // int(np.prod(self.model.data_shape)))
        parts = [self._rows(flat[start : start + rows]) for start in range(0, len(flat), rows)]
        return np.concatenate(parts).reshape(*z.shape[:-1], -1)

    def lengths(self, paths: Array) -> Array:
        """Lengths of the polygons through paths [P, T, D], [P]."""
        return np.linalg.norm(np.diff(self(paths), axis=1), axis=2).sum(axis=1)

    def _rows(self, z: Array) -> Array:
        condition = self.condition
        if condition is not None:
            condition = np.broadcast_to(condition, (len(z), len(condition)))
        x = decode(self.model, self.geometry.project(z), condition)
        features = x if self.features is None else np.asarray(self.features(x))
        if features.shape[:1] != (len(z),) or not np.isfinite(features).all():
            raise DataError(
                f"features have shape {list(features.shape)} for {len(z)} decodings: expected a "
                "row of finite numbers for each."
            )
        return features.reshape(len(z), -1).astype(np.float64)
