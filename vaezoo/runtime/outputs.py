"""What graphs give, checked: as many rows as they were given, of the promised shape, and finite."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vaezoo._checks import all_finite
from vaezoo.errors import ConfigError, DamagedFileError, DataError, VaezooError
from vaezoo.protocols import Array
from vaezoo.runtime.manifest import Graph, Port

# How ONNX Runtime says that memory did not suffice: its exceptions share no class for it.
_EXHAUSTED = ("bad_alloc", "bad allocation", "Failed to allocate memory", "Available memory of")


def num_draws(graph: Graph, inputs: Sequence[Array]) -> int | None:
    """K, the size of the axis of any size of a graph's inputs; None where they have none."""
    sizes = (
        size
        for port, x in zip(graph.inputs, inputs, strict=True)
        for size, promised in zip(x.shape[1:], port.shape, strict=True)
        if promised is None
    )
    return next(sizes, None)


def check_shape(name: str, port: Port, shape: Sequence[int], rows: int, draws: int | None) -> None:
    """Raises `DamagedFileError` for another shape than [rows, *port.shape], where an axis of any
    size has that of the draws."""
    expected = [rows, *(draws if size is None else size for size in port.shape)]
    if list(shape) != expected:
        raise DamagedFileError(
            f"the {name} gave {port.name} of shape {list(shape)} for {rows} rows: expected "
            f"{expected}; export or download the preset again."
        )


def check_finite(name: str, output: str, value: Array, first: int = 0) -> None:
    """Raises `DataError` for NaN or infinite values; `first` is the number of the first row."""
    if all_finite(value):
        return
    rows = np.flatnonzero(~np.isfinite(value.reshape(len(value), -1)).all(axis=1))
    raise DataError(
        f"the {name} gave {output} with NaN or infinite values in {len(rows)} of {len(value)} "
        f"rows, first in row {first + rows[0]}: what it was given lies too far from its training "
        "data, or its weights are damaged (vaezoo verify)."
    )


def failure(name: str, error: Exception) -> VaezooError:
    """The error for what ONNX Runtime raised when it ran a graph."""
    text = str(error).strip()
    if isinstance(error, MemoryError) or any(words in text for words in _EXHAUSTED):
        return ConfigError(
            f"there was not enough memory to run the {name}: close other programs, or give fewer "
            "rows at once."
        )
    lines = text.splitlines() or [type(error).__name__]
    return DamagedFileError(
        f"ONNX Runtime cannot run the {name} ({lines[0][:300]}): verify the preset (vaezoo "
        "verify), or try device='cpu'."
    )
