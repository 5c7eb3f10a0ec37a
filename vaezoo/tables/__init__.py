"""Tables of mixed columns: schema, files and frames. No TensorFlow."""

from vaezoo.tables.frames import as_columns, read_table, to_pandas
from vaezoo.tables.schema import Schema

__all__ = ["Schema", "as_columns", "read_table", "to_pandas"]
