"""Tables of mixed columns: schemas, files and frames, rules that every row obeys, and models that
generate, fill and score rows. No TensorFlow."""

from vaezoo.tables.frames import as_columns, read_table, to_pandas
from vaezoo.tables.model import FilledTable, Scores, TableModel
from vaezoo.tables.rules import Clash, Column, Rules
from vaezoo.tables.schema import Schema

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
