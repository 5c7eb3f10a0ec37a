"""Data sets by name, and the user's own, as arrays: no TensorFlow."""

from vaezoo.datasets.base import Dataset, Source, as_float, value_range
from vaezoo.datasets.binarisation import BINARISE, binarise
from vaezoo.datasets.loading import DATASETS, LICENCES, load

__all__ = [
    "BINARISE",
    "DATASETS",
    "LICENCES",
    "Dataset",
    "Source",
    "as_float",
    "binarise",
    "load",
    "value_range",
]
