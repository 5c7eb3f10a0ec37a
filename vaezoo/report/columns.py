"""Columns of a table: how real and generated values are spread."""

from __future__ import annotations

import numpy as np

from vaezoo.datasets.base import evenly_spaced
from vaezoo.protocols import Array
from vaezoo.report.charts import Line, Panel, draw
from vaezoo.report.plots import COLOURS
from vaezoo.tables.schema import Schema

MOST = 8  # columns that are shown
_BINS, _TAIL = 30, 0.005  # of a histogram, and what lies beyond each of its ends


def columns(real: Array, generated: Array, schema: Schema | None = None) -> Array:
    """Histograms of at most eight columns, evenly spaced: uint8 [H, W, 3].

    Args:
        real: rows of data, [N, D].
        generated: draws of a model, [M, D].
        schema: of a table, by which both are encoded; cells that are missing are left out.
    """
    names = [f"column {place}" for place in range(real.shape[1])]
    if schema is not None:
        names = [column.name for column in schema.learned]
        real, generated = schema.values(real), schema.values(generated)
    shown = evenly_spaced(len(names), MOST)
    panels = [_panel(names[place], real[:, place], generated[:, place]) for place in shown]
    return draw(panels, 2 if len(panels) < 5 else 3)


def _panel(name: str, real: Array, generated: Array) -> Panel:
    """Two histograms over the same bins, as shares of the rows that have a value."""
    real, generated = (
        x[~np.isnan(x)] if len(x) > np.isnan(x).sum() else np.zeros(1) for x in (real, generated)
    )
    both = np.concatenate([np.quantile(x, (_TAIL, 1 - _TAIL)) for x in (real, generated)])
    low, high = float(both.min()), float(both.max())
    edges = np.linspace(low, high if high > low else low + 1, _BINS + 1)
    shares = [np.histogram(np.clip(x, low, high), edges)[0] / len(x) for x in (real, generated)]
    sides = np.repeat(edges, 2)[1:-1]
    lines = [
        Line(sides, np.repeat(share, 2), colour, label)
        for share, colour, label in zip(
            shares, ("#8a8a8a", COLOURS[3]), ("real", "generated"), strict=True
        )
    ]
    top = max(float(share.max()) for share in shares)
    return Panel(f"{name}, share of rows", lines, "value", (0.0, 1.05 * top))
