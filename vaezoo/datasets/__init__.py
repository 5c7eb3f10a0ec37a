"""Data sets by name, and the user's own, as arrays: no TensorFlow."""

from vaezoo.datasets.base import Dataset, Source, as_float, value_range
from vaezoo.datasets.binarisation import binarise
from vaezoo.datasets.inspection import Findings, inspect
from vaezoo.datasets.loading import DATASETS, LICENCES, load
from vaezoo.datasets.own import load_rows
from vaezoo.runtime.preparation import BINARISE

__all__ = [
    "BINARISE",
    "DATASETS",
    "LICENCES",
    "Dataset",
    "Findings",
    "Source",
    "as_float",
    "binarise",
    "inspect",
    "load",
    "load_rows",
    "value_range",
]
