"""A model -> a SavedModel and ONNX files that agree with it, or an error and no files."""

from vaezoo import _training  # noqa: F401
from vaezoo.export.exporter import BATCHES, difference, export_model
from vaezoo.export.memory import export_memory
from vaezoo.export.parity import parity
from vaezoo.export.variants import TOLERANCES, add_variants, check_variants

__all__ = [
    "BATCHES",
    "TOLERANCES",
    "add_variants",
    "check_variants",
    "difference",
    "export_memory",
    "export_model",
    "parity",
]
