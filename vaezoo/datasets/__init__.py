"""Data sets by name, and the user's own, as arrays: no TensorFlow."""

from vaezoo.datasets.base import Dataset, Source, as_float, value_range
from vaezoo.datasets.binarisation import binarise
from vaezoo.datasets.inspection import Findings, inspect
from vaezoo.datasets.loading import DATASETS, LICENCES, load, load_rows
from vaezoo.datasets.near_duplicates import NearDuplicate, near_duplicates
from vaezoo.runtime.preparation import BINARISE

__all__ = [
    "BINARISE",
    "DATASETS",
    "LICENCES",
    "Dataset",
    "Findings",
    "NearDuplicate",
    "Source",
    "as_float",
    "binarise",
    "inspect",
    "load",
    "load_rows",
    "near_duplicates",
    "value_range",
]
