"""Runs exported models on ONNX Runtime: arrays in, arrays out, no TensorFlow."""

from typing import TYPE_CHECKING

from vaezoo._lazy import lazy

if TYPE_CHECKING:
    from vaezoo.runtime.families import ParametricDistribution as ParametricDistribution
    from vaezoo.runtime.manifest import Manifest as Manifest
    from vaezoo.runtime.model import Model as Model
    from vaezoo.runtime.verification import verify as verify

__all__ = ["Manifest", "Model", "ParametricDistribution", "verify"]
__getattr__, __dir__ = lazy(
    __name__,
    {
        "Manifest": ".manifest",
        "Model": ".model",
        "ParametricDistribution": ".families",
        "verify": ".verification",
    },
)
