"""Rules that every row of a table obeys: read, checked, made to hold. NumPy only."""

from typing import TYPE_CHECKING

from vaezoo._lazy import lazy

if TYPE_CHECKING:
    from vaezoo.tables.rules.columns import Column as Column
    from vaezoo.tables.rules.columns import ColumnFacts as ColumnFacts
    from vaezoo.tables.rules.conflicts import Clash as Clash
    from vaezoo.tables.rules.plan import Plan as Plan
    from vaezoo.tables.rules.rejection import Rejected as Rejected
    from vaezoo.tables.rules.repair import Repaired as Repaired
    from vaezoo.tables.rules.rules import Count as Count
    from vaezoo.tables.rules.rules import Rules as Rules

__all__ = [
    "Clash",
    "Column",
    "ColumnFacts",
    "Count",
    "Plan",
    "Rejected",
    "Repaired",
    "Rules",
]
__getattr__, __dir__ = lazy(
    __name__,
    {
        "Column": ".columns",
        "ColumnFacts": ".columns",
        "Clash": ".conflicts",
        "Plan": ".plan",
        "Rejected": ".rejection",
        "Repaired": ".repair",
        "Count": ".rules",
        "Rules": ".rules",
    },
)
