"""Charts as SVG, without a plotting library."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from vaezoo.protocols import Array

# Ten colours that are distinguishable with colour blindness: Wong 2011 and greys,
# https://doi.org/10.1038/nmeth.1618.
COLOURS = (
    "#0072b2", "#e69f00", "#009e73", "#d55e00", "#cc79a7",
    "#56b4e9", "#b8a900", "#7f7f7f", "#5b3a8c", "#8c510a",
)  # fmt: skip
_SIZE = 420


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


def _colour(label: int) -> str:
    return COLOURS[label % len(COLOURS)]


def _svg(width: float, height: float, content: str) -> str:
    return (
        f'<svg viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" role="img" '
        f'xmlns="http://www.w3.org/2000/svg">{content}</svg>'
    )
