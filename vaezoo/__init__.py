"""vaezoo: variational autoencoders that train with `fit` and run without TensorFlow.

Importing this package imports neither TensorFlow nor NumPy: sub-modules come when used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vaezoo._loading import load as load

__version__ = "0.1.0"

_SUBMODULES = (
    "datasets",
    "evaluation",
    "export",
    "metrics",
    "models",
    "report",
    "runtime",
    "training",
    "zoo",
)

__all__ = ["__version__", "load", *_SUBMODULES]


def __getattr__(name: str) -> Any:
    if name == "load":
        return importlib.import_module("vaezoo._loading").load
    if name in _SUBMODULES:
        return importlib.import_module(f"vaezoo.{name}")
    raise AttributeError(f"module 'vaezoo' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
