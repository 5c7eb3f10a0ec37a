"""Quantisers, which map encoder outputs to discrete codes, by name: `QUANTISERS`."""

from vaezoo import _training  # noqa: F401
from vaezoo.quantisers.base import Quantiser, QuantiserOutput
from vaezoo.quantisers.finite_scalar import FiniteScalar
from vaezoo.quantisers.residual import Residual
from vaezoo.quantisers.vector import Vector

QUANTISERS: dict[str, type[Quantiser]] = {
    "finite_scalar": FiniteScalar,
    "residual": Residual,
    "vector": Vector,
}

__all__ = ["QUANTISERS", "FiniteScalar", "Quantiser", "QuantiserOutput", "Residual", "Vector"]
