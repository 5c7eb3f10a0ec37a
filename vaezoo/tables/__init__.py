"""Tables of mixed columns: schema, files and frames, and models of them. No TensorFlow."""

from vaezoo.tables.frames import as_columns, read_table, to_pandas
from vaezoo.tables.hooks import Rules
from vaezoo.tables.model import FilledTable, Scores, TableModel
from vaezoo.tables.schema import Schema

__all__ = [
    "FilledTable",
    "Rules",
    "Schema",
    "Scores",
    "TableModel",
    "as_columns",
    "read_table",
    "to_pandas",
]
