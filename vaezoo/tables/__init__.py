"""Tables of mixed columns: rules that every row obeys. No TensorFlow."""

from vaezoo.tables.rules import Clash, Column, Rules

__all__ = ["Clash", "Column", "Rules"]
