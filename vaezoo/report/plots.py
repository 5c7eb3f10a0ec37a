"""Charts as SVG, without a plotting library."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

import numpy as np

from vaezoo.protocols import Array

# Ten colours that are distinguishable with colour blindness: Wong 2011 and greys,
# https://doi.org/10.1038/nmeth.1618.
COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7",
    "#56b4e9", "#b8a900", "#7f7f7f", "#5b3a8c", "#8c510a",
)  # fmt: skip
REAL, MADE = "#9a9a9a", "#d55e00"
_SIZE = 420
_WIDE, _TALL, _LINE = 320, 110, 20  # of small charts that stand side by side


def scatter(points: Array, labels: Array | None = None) -> str:
    """Points [N, 2], coloured by label, with a legend."""
    low, high = points.min(axis=0), points.max(axis=0)
    span = float(max(np.max(high - low), 1e-12))
    placed = 10 + (_SIZE - 20) * ((points - (low + high) / 2) / span + 0.5)
    classes = np.zeros(len(points), int) if labels is None else np.asarray(labels, int)
    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{_SIZE - y:.1f}" r="2" fill="{_colour(label)}"/>'
        for (x, y), label in zip(placed, classes, strict=True)
    )
    entries = [] if labels is None else sorted(set(classes.tolist()))[: len(COLOURS)]
    legend = "".join(
        f'<circle cx="{_SIZE + 14}" cy="{20 + 22 * place}" r="6" fill="{_colour(label)}"/>'
        f'<text x="{_SIZE + 28}" y="{25 + 22 * place}">{label}</text>'
        for place, label in enumerate(entries)
    )
    return _svg(_SIZE + 60 * bool(entries), _SIZE, f'<g fill-opacity="0.7">{dots}</g>{legend}')


def bars(values: Sequence[float], unit: str) -> str:
    """One bar per value, the highest first, with the highest value on the axis."""
    ordered = sorted(values, reverse=True)
    top = max(ordered[0], 1e-12)
    width = max(3.0, min(24.0, 640 / len(ordered)))
    rects = "".join(
        f'<rect x="{60 + place * width:.1f}" y="{160 - 150 * max(value, 0) / top:.1f}" '
        f'width="{width * 0.85:.1f}" height="{150 * max(value, 0) / top:.1f}" '
        f'fill="{COLOURS[0]}"><title>{value:.3f} {unit}</title></rect>'
        for place, value in enumerate(ordered)
    )
    scale = f'<text x="0" y="18">{top:.2f}</text><text x="0" y="160">0</text>'
    axis = f'<line x1="58" x2="{64 + len(ordered) * width:.0f}" y1="160" y2="160"/>'
    return _svg(80 + len(ordered) * width, 170, scale + axis + rects)


def histogram(usual: Array, others: Array, threshold: float) -> str:
    """Shares of two kinds of scores in 40 bins, and a line at the threshold.

    Args:
        usual: scores, [M].
        others: scores, [N].
        threshold: a score.
    """
    values = np.concatenate([usual, others, [threshold]])
    edges = np.linspace(values.min(), np.nextafter(values.max(), np.inf), 41)
    shares = [np.histogram(kind, edges)[0] / len(kind) for kind in (usual, others)]
    top, width = max(float(np.max(shares)), 1e-12), 15
    rects = "".join(
        f'<rect x="{place * width}" y="{150 - 140 * share / top:.1f}" width="{width}" '
        f'height="{140 * share / top:.1f}" fill="{COLOURS[kind]}" fill-opacity="0.6"/>'
        for kind, bins in enumerate(shares)
        for place, share in enumerate(bins)
        if share
    )
    at = 600 * (threshold - edges[0]) / max(float(edges[-1] - edges[0]), 1e-12)
    line = f'<line x1="{at:.1f}" x2="{at:.1f}" y1="0" y2="150" stroke-dasharray="5 4"/>'
    axis = (
        f'<line x1="0" x2="600" y1="150" y2="150"/><text x="0" y="168">{edges[0]:.4g}</text>'
        f'<text x="600" y="168" text-anchor="end">{edges[-1]:.4g}</text>'
    )
    return _svg(600, 174, rects + line + axis)


def two_histograms(real: Array, made: Array, text: Callable[[Array], Sequence[str]]) -> str:
    """Shares of two columns of numbers in 30 bins: bars, and the outline of the second.

    Args:
        real, made: numbers, [N] and [M]; ends of few rows are joined with the bins beside them.
        text: numbers as they are written.
    """
    both = [x for x in (real, made) if len(x)]
    if not both:
        return _svg(_WIDE, 20, '<text x="0" y="14">no cells</text>')
    ends = np.concatenate([np.quantile(x, (0.005, 0.995)) for x in both])
    low, high = float(ends.min()), float(ends.max())
    edges = np.linspace(low, high if high > low else low + 1, 31)
    shares = [np.histogram(np.clip(x, low, high), edges)[0] / max(1, len(x)) for x in (real, made)]
    top, width = max(float(np.max(shares)), 1e-12), _WIDE / 30
    bars = "".join(
        f'<rect x="{place * width:.1f}" y="{_TALL - _TALL * share / top:.1f}" '
        f'width="{width:.1f}" height="{_TALL * share / top:.1f}" fill="{REAL}"/>'
        for place, share in enumerate(shares[0])
        if share
    )
    heights = np.repeat(_TALL - _TALL * shares[1] / top, 2)
    across = np.repeat(np.arange(31) * width, 2)[1:-1]
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(across, heights, strict=True))
    outline = f'<polyline points="{points}" fill="none" stroke="{MADE}" stroke-width="2"/>'
    written = text(np.array([low, high]))
    axis = (
        f'<text x="0" y="{_TALL + 16}">{escape(written[0])}</text>'
        f'<text x="{_WIDE}" y="{_TALL + 16}" text-anchor="end">{escape(written[1])}</text>'
    )
    return _svg(_WIDE, _TALL + 22, bars + outline + axis)


def label_bars(names: Sequence[str], real: Array, made: Array, more: str = "") -> str:
    """Shares of labels: a bar for each, and another below it; `more` is said at the end."""
    top = max(float(np.max([real, made])), 1e-12)
    parts = []
    for place, (name, *both) in enumerate(zip(names, real, made, strict=False)):
        y, label = place * _LINE, name if len(name) <= 20 else f"{name[:18]}…"
        parts.append(f'<text x="0" y="{y + 13}">{escape(label)}</text>')
        parts += [
            f'<rect x="150" y="{y + 2 + 7 * row}" width="{(_WIDE - 150) * share / top:.1f}" '
            f'height="7" fill="{colour}"><title>{share:.1%}</title></rect>'
            for row, (share, colour) in enumerate(zip(both, (REAL, MADE), strict=True))
        ]
    if more:
        parts.append(f'<text x="0" y="{len(names) * _LINE + 13}">{escape(more)}</text>')
    return _svg(_WIDE, _LINE * (len(names) + bool(more)), "".join(parts))


def _colour(label: int) -> str:
    return COLOURS[label % len(COLOURS)]


def _svg(width: float, height: float, content: str) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg">{content}</svg>'
    )
