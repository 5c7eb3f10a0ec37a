"""What makes codes of an encoder's outputs, by name."""

from vaezoo.quantisers.base import Quantised, Quantiser
from vaezoo.quantisers.finite_scalar import FiniteScalar
from vaezoo.quantisers.residual import Residual
from vaezoo.quantisers.vector import Vector

QUANTISERS: dict[str, type[Quantiser]] = {
    "finite_scalar": FiniteScalar,
    "residual": Residual,
    "vector": Vector,
}

__all__ = ["QUANTISERS", "FiniteScalar", "Quantised", "Quantiser", "Residual", "Vector"]
