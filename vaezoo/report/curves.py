"""How a run's figures went, epoch by epoch: its log, and charts of it."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vaezoo.errors import DamagedFileError
from vaezoo.protocols import Array
from vaezoo.report.charts import Line, Panel, draw
from vaezoo.report.plots import COLOURS

LOG, PICTURE = "log.csv", "curves.png"
_FIGURES = {
    "loss": "loss",
    "elbo": "ELBO, nats per example",
    "log_likelihood": "E[log p(x|z)], nats per example",
    "kl": "KL(q(z|x) || p(z)), nats per example",
}
_TRAIN, _VALIDATION = "#9db7d5", COLOURS[0]
_BEGINNING = 0.1  # of the epochs: it does not decide which values are shown

Log = Mapping[str, Array]


def read_log(folder: Path) -> Log:
    """Figures by name, [epochs] each, of the log in a run's folder; empty before the first epoch.

    Raises:
        DamagedFileError: it is not the log of a run.
    """
    path = folder / LOG
    if not path.is_file():
        return {}
    try:
        with open(path, newline="", encoding="utf-8") as file:
            rows = [{k: float(v) for k, v in row.items()} for row in csv.DictReader(file)]
    except (ValueError, TypeError, csv.Error) as error:
        raise DamagedFileError(f"{path} is no log of a run: {error}.") from None
    if any("epoch" not in row for row in rows):
        raise DamagedFileError(f"{path} is no log of a run: it has no column epoch.")
    return {name: np.array([row[name] for row in rows]) for name in rows[0]} if rows else {}


def curves(log: Log) -> Array | None:
    """The charts of one run, training and validation in each, uint8 [H, W, 3]: None of no epoch.

    The dotted line is the epoch of the highest validation ELBO. The first tenth of the epochs is
    cut off where it would squeeze the others.
    """
    best = float(log["epoch"][log["val_elbo"].argmax()]) if "val_elbo" in log else None
    panels = []
    for name, title in _FIGURES.items():
        parts = (("", "training", _TRAIN), ("val_", "validation", _VALIDATION))
        lines = [
            Line(log["epoch"], log[prefix + name], colour, label)
            for prefix, label, colour in parts
            if prefix + name in log
        ]
        panels += _panel(title, lines, best)
    return draw(panels) if panels else None


def overlaid(logs: Mapping[str, Log]) -> tuple[list[Array], dict[str, str]]:
    """Charts of the validation figures of several runs, by name, uint8 [H, W, 3] each, and the
    colour of each run that is in them."""
    colours = {
        name: COLOURS[place % len(COLOURS)] for place, name in enumerate(filter(logs.get, logs))
    }
    panels = []
    for key, title in _FIGURES.items():
        lines = [
            Line(logs[name]["epoch"], logs[name][f"val_{key}"], colour)
            for name, colour in colours.items()
            if f"val_{key}" in logs[name]
        ]
        panels += _panel(title, lines, None)
    return [draw([panel]) for panel in panels], colours


def _panel(title: str, lines: Sequence[Line], mark: float | None) -> list[Panel]:
    """A chart; none where there is nothing to show."""
    lines = [_finite(line) for line in lines]
    lines = [line for line in lines if len(line.y)]
    return [Panel(title, lines, "epoch", _limits(lines), mark)] if lines else []


def _finite(line: Line) -> Line:
    rows = np.isfinite(line.y)
    return Line(line.x[rows], line.y[rows], line.colour, line.label, line.width)


def _limits(lines: Sequence[Line]) -> tuple[float, float]:
    """Least and greatest value after the beginning, and a little more."""
    later = np.concatenate([line.y[int(_BEGINNING * len(line.y)) :] for line in lines])
    low, high = float(later.min()), float(later.max())
    margin = 0.05 * (high - low) or 0.05 * abs(high) or 1.0
    return low - margin, high + margin
