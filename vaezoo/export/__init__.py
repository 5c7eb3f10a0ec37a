"""A model -> SavedModel and ONNX files that agree with it, or nothing."""

from vaezoo import _training  # noqa: F401
from vaezoo.export.exporter import BATCHES, difference, export_model
from vaezoo.export.parity import parity

__all__ = ["BATCHES", "difference", "export_model", "parity"]
