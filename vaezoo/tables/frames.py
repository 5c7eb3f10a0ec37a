"""Tables of other packages as columns by name: pandas, Arrow, polars, Parquet and .csv files."""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo.errors import ConfigError, DataError, missing_extra
from vaezoo.protocols import Array
from vaezoo.tables.cells import Columns
from vaezoo.tables.csv_files import PIECE, read_csv

FILES = (".csv", ".tsv", ".parquet", ".arrow", ".feather")


def is_table(path: str | os.PathLike[str]) -> bool:
    """Whether a path is that of a table, by its ending."""
    return Path(path).suffix.lower() in FILES


def read_table(path: str | os.PathLike[str], piece: int = PIECE) -> Iterator[dict[str, Array]]:
    """The columns of a file, in pieces: .csv, .tsv; with the extra `tables`, .parquet and .arrow.

    Raises:
        DataError: it cannot be read.
        MissingExtraError: a package that reads it is not installed.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in FILES:
        raise ConfigError(f"{path}: expected a table, a name that ends in {', '.join(FILES)}.")
    if suffix in (".csv", ".tsv"):
        return read_csv(path, piece)
    return _arrow_pieces(Path(path), piece)


def _arrow_pieces(path: Path, piece: int) -> Iterator[dict[str, Array]]:
    module = "pyarrow.parquet" if path.suffix.lower() == ".parquet" else "pyarrow.feather"
    arrow = _package(module, f"reading {path.name}")
    if not path.is_file():
        raise DataError(f"{path} does not exist.")
    try:
        if path.suffix.lower() == ".parquet":
            batches = arrow.ParquetFile(path).iter_batches(piece)
        else:
            batches = arrow.read_table(path).to_batches(piece)
        for batch in batches:
            yield of_arrow(batch)
    except (OSError, ValueError) as error:  # Arrow's own are of these
        raise DataError(f"{path} cannot be read ({str(error).splitlines()[0]}).") from None


def as_columns(table: Any) -> dict[str, Array]:
    """Columns by name of whatever holds a table.

    Args:
        table: a mapping of arrays by name; a DataFrame of pandas or polars; a table of Arrow; or
            anything with the dataframe interchange protocol.

    Raises:
        DataError: it is none of these, or names a column twice.

    Example:
        >>> from vaezoo.tables import as_columns
        >>> as_columns({"age": [34, 4, None]})["age"]
        array([34.,  4., nan])
    """
    if isinstance(table, Mapping):
        return {str(name): column_array(column) for name, column in table.items()}
    if hasattr(table, "schema") and hasattr(table, "column_names"):
        return of_arrow(table)
    if hasattr(table, "iloc"):
        return _of_pandas(table)
    if hasattr(table, "to_arrow"):
        return of_arrow(table.to_arrow())
    if hasattr(table, "__dataframe__"):
        pandas = _package("pandas", "reading a table of another package")
        return _of_pandas(pandas.api.interchange.from_dataframe(table))
    raise DataError(
        f"a {type(table).__name__} is no table: give columns by name, such as {{'age': [34, 4]}}, "
        "or a DataFrame."
    )


def _of_pandas(frame: Any) -> dict[str, Array]:
    names = [str(name) for name in frame.columns]
    if len({*names}) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the DataFrame has two columns {twice!r}: give each its own name.")
    return {name: _of_series(frame.iloc[:, place]) for place, name in enumerate(names)}


def _of_series(series: Any) -> Array:
    if series.dtype.kind in "iufbM" and isinstance(series.dtype, np.dtype):
        return column_array(series.to_numpy())
    known = series.isna().to_numpy()
    cells = series.astype(object).to_numpy(copy=True)
    cells[known] = None
    return column_array(cells)


def of_arrow(table: Any) -> dict[str, Array]:
    """Columns of an Arrow table or batch."""
    names = list(map(str, table.schema.names))
    if len({*names}) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DataError(f"the table has two columns {twice!r}: give each its own name.")
    return {name: column_array(table.column(i).to_pylist()) for i, name in enumerate(names)}


def column_array(values: Any) -> Array:
    """A column as an array: numbers as they are, or with NaN in gaps; dates; or objects."""
    if type(values) is not np.ndarray and isinstance(values, np.ma.MaskedArray):
        values = np.ma.filled(values.astype(object), None)
    array = values if isinstance(values, np.ndarray) else _of_list(list(values))
    if array.ndim != 1:
        raise DataError(f"a column has shape {list(array.shape)}: expected [N].")
    if array.dtype.kind == "O":
        return _of_objects(array)
    if array.dtype.kind in "US":
        return array.astype(str).astype(object)
    if array.dtype.kind == "M":
        days = array.astype("M8[D]")
        seconds = array.astype("M8[s]")
        return days if (np.isnat(array) | (days == seconds)).all() else seconds
    if array.dtype.kind not in "iufb":
        raise DataError(f"a column has dtype {array.dtype}: expected numbers, text or dates.")
    return array


def _of_list(values: list[Any]) -> Array:
    array = np.empty(len(values), object)
    array[:] = values
    return array


def _of_objects(array: Array) -> Array:
    """Numbers or dates where all cells are such; else objects, with None in gaps."""
    import datetime

    values = [None if v is None or v != v else v for v in array.tolist()]  # NaN differs from itself
    known = [v for v in values if v is not None]
    kinds = {type(v) for v in known}
    if known and kinds <= {int, float}:
        if kinds == {int} and len(known) == len(values):
            return _integers(known)
        if all(isinstance(v, float) or abs(v) <= 2**53 for v in known):
            return np.array([np.nan if v is None else v for v in values], np.float64)
    if known and all(isinstance(v, datetime.date) for v in known):
        unit = "s" if all(isinstance(v, datetime.datetime) for v in known) else "D"
        days = [v.replace(tzinfo=None) if isinstance(v, datetime.datetime) else v for v in values]
        return column_array(np.array(days, f"M8[{unit}]"))
    return _of_list(values)


def _integers(values: list[int]) -> Array:
    """Of any size: text where they have too many digits for NumPy."""
    if all(-(2**63) <= value < 2**63 for value in values):
        return np.array(values, np.int64)
    return _of_list([str(value) for value in values])


def to_pandas(table: Columns) -> Any:
    """Columns by name as a pandas DataFrame. Raises `MissingExtraError` without pandas."""
    pandas = _package("pandas", "a DataFrame")
    return pandas.DataFrame({name: np.asarray(column) for name, column in table.items()})


def _package(module: str, purpose: str) -> Any:
    try:
        return importlib.import_module(module)
    except ImportError:
        raise missing_extra("tables", module.split(".")[0], purpose) from None


__all__ = ["FILES", "Columns", "as_columns", "is_table", "read_table", "to_pandas"]
