"""What a chapter draws: charts of lines and points, and grids of examples."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from vaezoo.errors import DataError
from vaezoo.protocols import Array, ArrayLike
from vaezoo.report.charts import HEIGHT, INK, Line, Panel, draw
from vaezoo.report.plots import COLOURS

_Sink = Callable[[Array], None]
_sinks: list[_Sink] = []
_COLOURS = (*COLOURS, INK)  # an eleventh: what ten classes are compared with


def chart(
    title: str,
    series: Mapping[str, tuple[ArrayLike, ArrayLike]],
    *,
    x_label: str = "",
    limits: tuple[float, float] | None = None,
    dots: bool = False,
    mark: float | None = None,
) -> Panel:
    """A chart of lines or points, which `show` draws.

    Args:
        title: above it, with the unit.
        series: x and y, [N] each, by label.
        x_label: below the axis.
        limits: least and greatest y that are shown; None: those of the series, and a little more.
        dots: points instead of lines.
        mark: x of a dotted vertical line.

    Example:
        >>> from vaezoo import tutorial
        >>> tutorial.chart("y", {"a line": ([0, 1], [0, 2])}).limits
        (-0.1, 2.1)

    Raises:
        DataError: there is no series, or its x and y are not [N] both, or not finite.
    """
    lines = [
        Line(*_points(label, x, y), _COLOURS[place % len(_COLOURS)], label, dots=dots)
        for place, (label, (x, y)) in enumerate(series.items())
    ]
    if not lines:
        raise DataError("series is empty: a chart needs one or more.")
    if limits is None:
        values = np.concatenate([line.y for line in lines])
        low, high = float(values.min()), float(values.max())
        margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
        limits = (low - margin, high + margin)
    return Panel(title, lines, x_label, limits, mark)


def _points(label: str, x: ArrayLike, y: ArrayLike) -> tuple[Array, Array]:
    x, y = (np.asarray(values, np.float64) for values in (x, y))
    if x.ndim != 1 or x.shape != y.shape or not len(x) or not np.isfinite([x, y]).all():
        raise DataError(
            f"{label!r} has x of shape {list(x.shape)} and y of shape {list(y.shape)}: expected "
            "[N] both, finite, with N of 1 or more."
        )
    return x, y


def show(*what: Array | Panel, columns: int = 2, height: int = HEIGHT) -> None:
    """Shows pictures in a notebook, charts beside each other. In a script nothing is shown:
    `vaezoo.images.save_png` writes a file.

    Args:
        what: pictures, uint8 [H, W, 1 or 3], such as those of `vaezoo.images.grid`, or charts.
        columns: charts in a row.
        height: of a chart, pixels.

    Example:
        >>> import numpy as np
        >>> from vaezoo import images, tutorial
        >>> tutorial.show(images.grid(np.zeros((4, 8, 8, 1))))
    """
    charts = [one for one in what if isinstance(one, Panel)]
    pictures = [one for one in what if not isinstance(one, Panel)]
    for picture in [*pictures, *([draw(charts, columns, height)] if charts else [])]:
        _sinks[-1](picture) if _sinks else _display(picture)


@contextlib.contextmanager
def captured(sink: _Sink) -> Iterator[None]:
    """Within the block, `show` gives its pictures to `sink`."""
    _sinks.append(sink)
    try:
        yield
    finally:
        _sinks.remove(sink)


def _display(picture: Array) -> None:
    """In the notebook that runs this, if one does."""
    ipython: Any = sys.modules.get("IPython")
    if ipython is None or ipython.get_ipython() is None:
        return
    from PIL import Image

    ipython.display.display(Image.fromarray(picture[..., 0] if picture.shape[-1] == 1 else picture))
