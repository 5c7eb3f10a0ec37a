"""Runs and presets side by side: figures, differences on the same examples, and a page."""

from vaezoo.report.comparison.compare import Comparison, compare
from vaezoo.report.comparison.page import comparison_page, write_comparison

__all__ = ["Comparison", "compare", "comparison_page", "write_comparison"]
