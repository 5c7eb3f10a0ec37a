"""Charts of lines and points as pictures, by Pillow, without a plotting library."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vaezoo.protocols import Array

if TYPE_CHECKING:
    from PIL import ImageDraw

INK, GREY, GRID = "#333333", "#8a8a8a", "#e4e4e4"
WIDTH, HEIGHT = 400, 250  # of a panel, pixels
_LEFT, _RIGHT, _TOP, _BOTTOM = 64, 14, 34, 40  # margins of a panel
_ROW = 22  # of the legend
_FINER = 3  # everything is drawn so much larger, and then reduced: smooth lines and letters
_TEXT = 12


@dataclass(frozen=True)
class Line:
    """One line of a panel.

    Attributes:
        x, y: its points, [N] each.
        colour: as "#rrggbb".
        label: in the legend; lines of one label share their entry.
        width: in pixels.
        dots: points that no line joins.
    """

    x: Array
    y: Array
    colour: str
    label: str = ""
    width: float = 1.8
    dots: bool = False


@dataclass(frozen=True)
class Panel:
    """One chart.

    Attributes:
        title: above it, with the unit.
        lines: the later ones over the earlier ones.
        x_label: below the axis.
        limits: least and greatest y that are shown; what lies beyond is cut off.
        mark: x of a dotted vertical line.
    """

    title: str
    lines: Sequence[Line]
    x_label: str
    limits: tuple[float, float]
    mark: float | None = None


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """At most `most` + 1 round numbers between two: multiples of 1, 2 or 5 times a power of ten.

    Example:
        >>> ticks(0.0, 50.0)
        [0.0, 10.0, 20.0, 30.0, 40.0, 50.0]
    """
    span = max(high - low, 1e-300)
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(step * power for step in (1, 2, 5, 10) if step * power * most >= span * 0.999)
    first = math.ceil(low / step - 1e-9)
    return [index * step for index in range(first, math.floor(high / step + 1e-9) + 1)]


def draw(panels: Sequence[Panel], columns: int = 2, height: int = HEIGHT) -> Array:
    """The panels on white, row by row, below a legend of their labels: uint8 [H, W, 3]."""
    from PIL import Image, ImageDraw

    columns = min(columns, len(panels))
    entries = {line.label: line.colour for panel in panels for line in panel.lines if line.label}
    places = list(_places(list(entries), columns * WIDTH))
    top = 8 + _ROW * (places[-1][1] + 1) if places else 0
    size = (columns * WIDTH, top + height * math.ceil(len(panels) / columns))
    image = Image.new("RGB", (size[0] * _FINER, size[1] * _FINER), "white")
    pen = _Pen(ImageDraw.Draw(image))
    for (label, colour), (x, row) in zip(entries.items(), places, strict=True):
        y = 8 + _ROW * row + _ROW / 2
        pen.line([(x, y), (x + 18, y)], colour, 3)
        pen.text(x + 24, y, label, "lm", INK)
    for index, panel in enumerate(panels):
        left, above = index % columns * WIDTH, top + index // columns * height
        _draw_panel(pen, panel, left, above, height)
    return np.asarray(image.resize(size, Image.Resampling.LANCZOS))


def _places(labels: Sequence[str], width: int) -> Iterator[tuple[float, int]]:
    """Where the entries of a legend begin, and in which row: the next where one is full."""
    x, row = 16.0, 0
    for label in labels:
        needed = 44 + _Pen.length(label)
        if x + needed > width and x > 16:
            x, row = 16.0, row + 1
        yield x, row
        x += needed


class _Pen:
    """Draws in pixels of the finished picture."""

    def __init__(self, canvas: ImageDraw.ImageDraw) -> None:
        self._canvas = canvas

    @staticmethod
    def length(text: str) -> float:
        """The width of a text."""
        from PIL import ImageFont

        return float(ImageFont.load_default(_TEXT).getlength(text))

    def line(self, points: Sequence[tuple[float, float]], colour: str, width: float) -> None:
        placed = [(_FINER * x, _FINER * y) for x, y in points]
        self._canvas.line(placed, fill=colour, width=round(_FINER * width), joint="curve")

    def dot(self, x: float, y: float, colour: str, radius: float) -> None:
        self._canvas.circle((_FINER * x, _FINER * y), _FINER * radius, fill=colour)

    def text(self, x: float, y: float, text: str, anchor: str, colour: str) -> None:
        from PIL import ImageFont

        font = ImageFont.load_default(_FINER * _TEXT)
        self._canvas.text((_FINER * x, _FINER * y), text, colour, font=font, anchor=anchor)


def _draw_panel(pen: _Pen, panel: Panel, left: float, top: float, height: int) -> None:
    x0, x1 = left + _LEFT, left + WIDTH - _RIGHT
    y0, y1 = top + height - _BOTTOM, top + _TOP
    low, high = panel.limits
    first, last = _extent([line.x for line in panel.lines])

    def place(x: float, y: float) -> tuple[float, float]:
        across = (x - first) / ((last - first) or 1)
        return x0 + (x1 - x0) * across, y0 + (y1 - y0) * (y - low) / ((high - low) or 1)

    pen.text(x0, top + _TOP / 2, panel.title, "lm", INK)
    for value in ticks(low, high):
        y = place(first, value)[1]
        pen.line([(x0, y), (x1, y)], GRID, 1)
        pen.text(x0 - 6, y, _number(value, high - low), "rm", GREY)
    for value in ticks(first, last):
        pen.text(place(value, low)[0], y0 + 11, _number(value, last - first), "mm", GREY)
    pen.text((x0 + x1) / 2, y0 + 27, panel.x_label, "mm", GREY)
    if panel.mark is not None:
        x = place(panel.mark, low)[0]
        for y in np.arange(y1, y0, 6):
            pen.line([(x, y), (x, min(y + 3, y0))], GREY, 1)
    for line in panel.lines:
        if line.dots:
            for x, y in zip(line.x, line.y, strict=True):
                if low <= y <= high:
                    pen.dot(*place(x, y), line.colour, line.width)
            continue
        for piece in _inside(line, low, high):
            pen.line([place(x, y) for x, y in piece], line.colour, line.width)
    pen.line([(x0, y0), (x1, y0)], GREY, 1)


def _extent(arrays: Sequence[Array]) -> tuple[float, float]:
    return min(float(x.min()) for x in arrays), max(float(x.max()) for x in arrays)


def _inside(line: Line, low: float, high: float) -> Iterator[list[tuple[float, float]]]:
    """The pieces of a line between two heights, cut where it crosses them; one point is a dash."""
    points = [(float(x), float(y)) for x, y in zip(line.x, line.y, strict=True)]
    if len(points) == 1:
        points *= 2
    for start, end in itertools.pairwise(points):
        a, b = _cut(start, end, low, high), _cut(end, start, low, high)
        if a is not None and b is not None:
            yield [a, b]


def _cut(
    point: tuple[float, float], other: tuple[float, float], low: float, high: float
) -> tuple[float, float] | None:
    """The point, or where the way to the other first comes between two heights, if it does."""
    (x, y), (x_other, y_other) = point, other
    limit = min(max(y, low), high)
    if limit == y:
        return point
    share = (limit - y) / (y_other - y) if y_other != y else -1.0
    return (x + share * (x_other - x), limit) if 0 <= share <= 1 else None


def _number(value: float, span: float) -> str:
    """A tick's number, with as many digits as tell it from its neighbours."""
    if abs(value) >= 1e5:
        return f"{value:.3g}"
    digits = max(0, 1 - math.floor(math.log10(max(span, 1e-12))))
    text = f"{value:.{digits}f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text).replace("-0", "0", text == "-0")
