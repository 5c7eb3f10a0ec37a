"""vaezoo: variational autoencoders that train with `fit` and run without TensorFlow.

What is listed in `__all__` here, and in that of each sub-module, is the public API. Importing this
package imports neither TensorFlow nor NumPy: sub-modules are imported when they are first used.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vaezoo._lazy import lazy

if TYPE_CHECKING:
    from vaezoo._loading import load as load
    from vaezoo._trace import Trace as Trace

# ONNX Runtime, which reads it when it is imported, would report to its makers, and keep a number of
# this device below the home folder.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

__version__ = "0.1.0"

_SUBMODULES = (
    "anomalies",
    "conditions",
    "corruptions",
    "datasets",
    "distributions",
    "errors",
    "evaluation",
    "explorer",
    "export",
    "images",
    "imputation",
    "latent",
    "likelihoods",
    "metrics",
    "models",
    "networks",
    "objectives",
    "posteriors",
    "priors",
    "protocols",
    "quantisers",
    "reference_classifiers",
    "report",
    "runtime",
    "samplers",
    "sequences",
    "tables",
    "training",
    "tutorial",
    "world",
    "zoo",
)

__all__ = ["Trace", "__version__", "load", *_SUBMODULES]
__getattr__, __dir__ = lazy(
    __name__, {"Trace": "._trace", "load": "._loading"}, ("__version__", *_SUBMODULES)
)
