"""What is unlike the data that a model was trained on: scores, thresholds, pixels. No TensorFlow.

Every score is higher for odder examples. They need a model that keeps
`vaezoo.protocols.GenerativeModel`, as exports and Keras models do.
"""

from vaezoo.anomalies.background import IndependentPixels
from vaezoo.anomalies.complexity import compressed_size
from vaezoo.anomalies.methods import (
    METHODS,
    Background,
    Options,
    elbo,
    input_complexity,
    likelihood_ratio,
    log_likelihood,
    reconstruction,
    typicality,
)
from vaezoo.anomalies.pixels import PixelErrors
from vaezoo.anomalies.thresholds import threshold

__all__ = [
    "METHODS",
    "Background",
    "IndependentPixels",
    "Options",
    "PixelErrors",
    "compressed_size",
    "elbo",
    "input_complexity",
    "likelihood_ratio",
    "log_likelihood",
    "reconstruction",
    "threshold",
    "typicality",
]
