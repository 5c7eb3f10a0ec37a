"""Tables of mixed columns: schemas, files and frames, rules that every row obeys, and models that
generate, fill and score rows. No TensorFlow."""

from typing import TYPE_CHECKING

from vaezoo._lazy import lazy

if TYPE_CHECKING:
    from vaezoo.tables.frames import as_columns as as_columns
    from vaezoo.tables.frames import read_table as read_table
    from vaezoo.tables.frames import to_pandas as to_pandas
    from vaezoo.tables.model import FilledTable as FilledTable
    from vaezoo.tables.model import Scores as Scores
    from vaezoo.tables.model import TableModel as TableModel
    from vaezoo.tables.rules import Clash as Clash
    from vaezoo.tables.rules import Column as Column
    from vaezoo.tables.rules import Rules as Rules
    from vaezoo.tables.schema import Schema as Schema

__all__ = [
    "Clash",
    "Column",
    "FilledTable",
    "Rules",
    "Schema",
    "Scores",
    "TableModel",
    "as_columns",
    "read_table",
    "to_pandas",
]
__getattr__, __dir__ = lazy(
    __name__,
    {
        "as_columns": ".frames",
        "read_table": ".frames",
        "to_pandas": ".frames",
        "FilledTable": ".model",
        "Scores": ".model",
        "TableModel": ".model",
        "Clash": ".rules",
        "Column": ".rules",
        "Rules": ".rules",
        "Schema": ".schema",
    },
)
