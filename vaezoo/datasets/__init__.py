"""Data sets by name, and the user's own, as arrays: no TensorFlow."""

from vaezoo.datasets.attributes import attribute_names
from vaezoo.datasets.base import Dataset, Source, as_float, value_range
from vaezoo.datasets.binarisation import binarise
from vaezoo.datasets.inspection import Findings, inspect
from vaezoo.datasets.loading import DATASETS, LICENCES, load, load_rows
from vaezoo.datasets.near_duplicates import NearDuplicate, near_duplicates
from vaezoo.datasets.strokes import STROKES, measure_strokes
from vaezoo.runtime.preparation import BINARISE

__all__ = [
    "BINARISE",
    "DATASETS",
    "LICENCES",
    "STROKES",
    "Dataset",
    "Findings",
    "NearDuplicate",
    "Source",
    "as_float",
    "attribute_names",
    "binarise",
    "inspect",
    "load",
    "load_rows",
    "measure_strokes",
    "near_duplicates",
    "value_range",
]
