"""What the page about a model of tables shows: marginals, pairs, rules, and figures."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from vaezoo.datasets.base import Dataset
from vaezoo.protocols import Array
from vaezoo.report import markup, plots
from vaezoo.report.table_figures import SOURCES
from vaezoo.report.tables import Cell, Table, html
from vaezoo.runtime.model import Model
from vaezoo.tables.kinds import Category, Learned, Ordinal
from vaezoo.tables.model import TableModel

_SHOWN, _LABELS, _WORST = 5_000, 12, 8
_PIXELS = 320  # of a heat map, about
_FIGURES = {
    "shapes": "columns (1)",
    "pairs": "pairs (1)",
    "c2st": "classifier (0.5)",
    "density": "density (1)",
    "coverage": "coverage (1)",
    "gaps": "gaps (0)",
    "closest": "closest (0.5)",
    "membership": "attack (0.5)",
    "copies": "copies (0)",
}


def table_sections(model: Model, data: Dataset, figures: Mapping[str, Any]) -> list[str]:
    """Sections of HTML.

    Args:
        model: of tables.
        data: that it was evaluated on.
        figures: of `table_figures`; {} where the data were too few.
    """
    table = TableModel(model)
    real = np.asarray(data.test[np.arange(min(len(data.test), _SHOWN))], np.float64)
    rows = table.schema.encode(table.generate(len(real), seed=0))
    pairs = zip(*(table.schema.values(x).T for x in (real, rows)), strict=True)
    marginals = [
        markup.figure(column.name, _marginal(column, *both), above=True)
        for column, both in zip(table.schema.learned, pairs, strict=True)
    ]
    legend = markup.legend({"real": plots.REAL, "generated": plots.MADE})
    sections = [_quality(figures), _rules(figures)] if figures else []
    sections.append(markup.beside("Each column: shares of its cells", marginals, legend))
    return [*sections, _heat(figures)] if figures else sections


def _marginal(column: Learned, real: Array, made: Array) -> str:
    """Bars over labels, the commonest first, or histograms of numbers; of the cells that are
    there."""
    real, made = real[~np.isnan(real)], made[~np.isnan(made)]
    if isinstance(column, (Category, Ordinal)):
        num = len(column.labels)
        shares = [np.bincount(x.astype(int), minlength=num) / max(1, len(x)) for x in (real, made)]
        order = np.arange(num)
        if not isinstance(column, Ordinal):
            order = np.argsort(-shares[0], kind="stable")
        names = [column.labels[place] for place in order[:_LABELS]]
        more = f"… {num - _LABELS} more" if num > _LABELS else ""
        return plots.label_bars(names, shares[0][order], shares[1][order], more)
    return plots.two_histograms(real, made, lambda x: column.text(column.write(x)))


def _quality(figures: Mapping[str, Any]) -> str:
    rows = figures["rows"]
    lines = [
        [Cell(text), *(Cell(_number(rows[s].get(key), key)) for s in SOURCES)]
        for key, text in _FIGURES.items()
        if any(key in rows[source] for source in SOURCES)
    ]
    notes = [
        f"{figures['num']:,} rows of each, against as many training rows; in brackets the best "
        "value. “Real” are test rows, “independent” are columns drawn each alone, and "
        "“interpolated” are rows between training rows: close to copies.",
        "How alike columns, and pairs of them, are; how well a classifier tells rows from real "
        "ones; whether rows lie where real ones do, and cover them; the error of the shares of "
        "missing cells; how often the closest real row is one that was trained on; how well an "
        "attack tells who was trained on; and copies of training rows. These figures can show that "
        "something leaks, never that nothing does: no differential privacy is claimed.",
    ]
    header = ["", "generated", "real", "independent", "interpolated"]
    return html(Table("Rows: like the data, and no copies?", header, lines, notes))


def _number(value: float | None, key: str) -> str:
    if value is None:
        return ""
    return f"{value:.0f}" if key == "copies" else f"{value:.3f}"


def _rules(figures: Mapping[str, Any]) -> str:
    if not figures["rules"]:
        return ""
    lines = [
        [Cell(name), *(Cell(_share(one[kind])) for kind in _KINDS), Cell(one["text"])]
        for name, one in figures["rules"].items()
    ]
    note = (
        "Shares of rows that break a rule: of the data, of rows as the model draws them, and of "
        "rows as it generates them, which is after the map that makes rules hold."
    )
    header = ["rule", "data", "drawn", "generated", ""]
    return html(Table("Rules", header, lines, [note]))


_KINDS = ("data", "drawn", "generated")


def _share(value: float) -> str:
    return "0" if not value else f"{value:.2%}" if value >= 5e-5 else "< 0.01%"


def _heat(figures: Mapping[str, Any]) -> str:
    """Scores of pairs as pictures, and the worst of them by name."""
    names = list(figures["columns"]["model"])
    pictures = [
        markup.figure(f"{title}: the mean is {_mean(matrix):.3f}", markup.image(_picture(matrix)))
        for title, matrix in (
            ("generated rows", figures["pairs"]["model"]),
            ("real rows", figures["pairs"]["real"]),
        )
    ]
    before = (
        '<p class="note">Columns in their order, from above and from the left; on the diagonal the '
        f"columns alone. White is 1, the darkest {_LOWEST:g} or less, grey unknown.</p>"
    )
    every = _worst(figures["pairs"]["model"], figures["pairs"]["real"], names)
    lines = [[Cell(pair), Cell(f"{made:.3f}"), Cell(f"{real:.3f}")] for pair, made, real in every]
    listed = html(Table("The pairs that are least alike", ["", "generated", "real"], lines))
    return markup.beside("Each pair of columns", pictures, before) + listed


_LOWEST = 0.5


def _mean(matrix: Sequence[Sequence[float | None]]) -> float:
    known = [v for i, row in enumerate(matrix) for v in row[:i] if v is not None]
    return float(np.mean(known)) if known else float("nan")


def _picture(matrix: Sequence[Sequence[float | None]]) -> Array:
    """White for 1, over blue, to dark for the lowest: uint8 [H, W, 3]."""
    values = np.array(matrix, float)
    depth = np.clip((1 - values) / (1 - _LOWEST), 0, 1)[..., None]
    ends = [np.array(colour) for colour in ((255, 255, 255), (86, 150, 205), (15, 25, 70))]
    light = ends[0] + (ends[1] - ends[0]) * np.minimum(2 * depth, 1)
    colours = light + (ends[2] - ends[1]) * np.maximum(2 * depth - 1, 0)
    colours = np.where(np.isnan(depth), 170, colours)
    size = max(1, round(_PIXELS / len(values)))
    return colours.astype(np.uint8).repeat(size, axis=0).repeat(size, axis=1)


def _worst(
    made: Sequence[Sequence[float | None]], real: Sequence[Sequence[float | None]], names: list[str]
) -> Iterator[tuple[str, float, float]]:
    pairs = [
        (made_score, real_score, f"{names[i]} and {names[j]}")
        for i in range(len(names))
        for j in range(i)
        if (made_score := made[i][j]) is not None and (real_score := real[i][j]) is not None
    ]
    for made_score, real_score, pair in sorted(pairs)[:_WORST]:
        yield pair, made_score, real_score
