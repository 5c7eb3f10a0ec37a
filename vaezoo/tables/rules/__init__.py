"""Rules that every row of a table obeys: read, checked, made to hold. NumPy only."""

from vaezoo.tables.rules.columns import Column, ColumnFacts
from vaezoo.tables.rules.conflicts import Clash
from vaezoo.tables.rules.plan import Plan
from vaezoo.tables.rules.rejection import Rejected
from vaezoo.tables.rules.repair import Repaired
from vaezoo.tables.rules.rules import Count, Rules

__all__ = ["Clash", "Column", "ColumnFacts", "Count", "Plan", "Rejected", "Repaired", "Rules"]
