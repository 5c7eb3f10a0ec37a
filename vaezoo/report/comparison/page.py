"""Runs side by side on one page: tables, curves, samples, reconstructions."""

from __future__ import annotations

import os
from collections.abc import Iterator
from html import escape

import numpy as np

from vaezoo import images
from vaezoo._storage import files
from vaezoo.protocols import Array
from vaezoo.report import markup
from vaezoo.report.columns import columns
from vaezoo.report.comparison.compare import Comparison
from vaezoo.report.comparison.pairs import Group
from vaezoo.report.comparison.runs import Run, in_words
from vaezoo.report.curves import overlaid
from vaezoo.report.pictures import draws, schema_of
from vaezoo.report.tables import html

_TILES, _COLUMNS = 32, 8
_ROWS = 1000  # of a table, whose columns are shown


def write_comparison(path: str | os.PathLike[str], comparison: Comparison) -> None:
    """Writes the page; the file is complete or absent.

    Args:
        path: of the page, .html.
        comparison: from `compare`.
    """
    with files.replaced_file(path) as temporary:
        temporary.write_text(comparison_page(comparison), encoding="utf-8")


def comparison_page(comparison: Comparison) -> str:
    """The HTML of the page: no script, no external resource."""
    names = ", ".join(run.label for run in comparison.runs)
    num = len(comparison.runs)
    sections = [
        *map(html, comparison.tables()),
        *(f'<p class="note">Note: {escape(note)}</p>' for note in comparison.notes()),
        *_curves(comparison),
    ]
    by_name = {run.label: run for run in comparison.runs}
    for group in comparison.groups:
        sections += _pictures(group, [by_name[name] for name in group.kinds])
    title = f"{num} run{'s' if num > 1 else ''} side by side"
    return markup.page(title, names, sections, wide=True)


def _curves(comparison: Comparison) -> Iterator[str]:
    """Curves of the runs of each data set that have a log, unfinished ones too."""
    logs = [(in_words(run.data), run.label, run.log) for run in comparison.runs]
    logs += [(each.data, f"{each.name} (left out)", each.log) for each in comparison.left_out]
    for data in dict.fromkeys(data for data, _, _ in logs):
        charts, colours = overlaid({name: log for own, name, log in logs if own == data})
        if charts:
            figures = (markup.image(chart, chart=True) for chart in charts)
            yield markup.beside(f"Curves of {data}, validation", figures, markup.legend(colours))


def _pictures(group: Group, runs: list[Run]) -> Iterator[str]:
    x, labels = group.examples.take(_ROWS)
    what = group.examples.what
    if x.ndim == 2:
        spread = (
            markup.figure(run.label, markup.image(_columns(run, x, labels), chart=True))
            for run in runs
        )
        yield markup.beside(f"Columns of {what}, real and generated", spread)
        return
    x, labels = group.examples.take(_TILES)
    data = markup.figure("test data", markup.image(images.grid(x, _COLUMNS)))
    copies = (_tiles(run, run.model.reconstruct(x, condition=_given(run, labels))) for run in runs)
    yield markup.beside(f"Reconstructions of {what}", [data, *copies])
    conditional = any(_given(run, labels) is not None for run in runs)
    under = "; conditional models under the labels of the test data" if conditional else ""
    samples = (
        _tiles(run, run.model.generate(_TILES, seed=0, condition=_resized(run, labels)))
        for run in runs
    )
    yield markup.beside(f"Samples of {what}: means of p(x|z), seed 0{under}", samples)


def _tiles(run: Run, x: Array) -> str:
    return markup.figure(run.label, markup.image(images.grid(x, _COLUMNS)))


def _columns(run: Run, x: Array, labels: Array | None) -> Array:
    drawn = draws(run.model, len(x), _given(run, labels))
    return columns(x, drawn, schema_of(run.model))


def _given(run: Run, labels: Array | None) -> Array | None:
    return labels if run.model.manifest.condition is not None else None


def _resized(run: Run, labels: Array | None) -> Array | None:
    given = _given(run, labels)
    return None if given is None else np.resize(given, _TILES)
