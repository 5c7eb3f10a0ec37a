"""Evaluates an exported model: figures, pictures, a page. No TensorFlow."""

from vaezoo.report.comparison import Comparison, compare, write_comparison
from vaezoo.report.measure import measure, quick
from vaezoo.report.page import write_report
from vaezoo.report.reference import Reference
from vaezoo.report.regularity import completeness, continuity

__all__ = [
    "Comparison",
    "Reference",
    "compare",
    "completeness",
    "continuity",
    "measure",
    "quick",
    "write_comparison",
    "write_report",
]
