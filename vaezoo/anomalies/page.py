"""A page with the oddest and the most typical examples, and with where they are odd."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vaezoo import images
from vaezoo._storage.files import replaced_file
from vaezoo.anomalies.pixels import PixelErrors
from vaezoo.protocols import Array
from vaezoo.report import markup
from vaezoo.report.plots import histogram

ODDEST, TYPICAL = 36, 12
_HOT = 6.0  # usual errors, and more: white
_NOTE = (
    '<p class="note">The example, its reconstruction, and the difference at each pixel: black '
    "none, red 2, yellow 4, white 6 and more times that of usual examples at this pixel.</p>"
)


@dataclass(frozen=True)
class Page:
    """What the page shows.

    Attributes:
        title: of the page.
        facts: a sentence or two about the scores.
        x: examples, [N, *data_shape].
        condition: of each, for a model that has one.
        scores: higher is odder, [N].
        usual: scores of usual examples, [M].
        threshold: above which a score is odd.
        names: of the examples, or none.
        pixels: errors in units of those of usual examples.
    """

    title: str
    facts: str
    x: Array
    condition: Array | None
    scores: Array
    usual: Array
    threshold: float
    names: Sequence[str]
    pixels: PixelErrors

    def write(self, path: Path) -> None:
        """Writes one HTML file without external resources; it is complete or absent."""
        with replaced_file(path) as temporary:
            temporary.write_text(self.html(), encoding="utf-8")

    def html(self) -> str:
        """The page."""
        order = np.argsort(self.scores, kind="stable")
        caption = "Shares of scores: usual examples in blue, these in orange; dashed: the threshold"
        return markup.page(
            self.title,
            self.facts,
            [
                markup.figure(caption, histogram(self.usual, self.scores, self.threshold)),
                self._section(f"The oddest of {len(order):,}", order[::-1][:ODDEST]),
                self._section("The most typical", order[:TYPICAL]),
            ],
        )

    def _section(self, title: str, rows: Array) -> str:
        x, c = self.x[rows], None if self.condition is None else self.condition[rows]
        copies, heat = self.pixels.model.reconstruct(x, condition=c), heat_map(self.pixels(x, c))
        cards = [
            markup.figure(self._caption(row), markup.image(images.grid(tiles, 3)))
            for row, tiles in zip(rows, _triples(x, copies, heat), strict=True)
        ]
        return f'<h2>{title}</h2>{_NOTE}<div class="cards">{"".join(cards)}</div>'

    def _caption(self, row: int) -> str:
        name = f" {self.names[row]}" if len(self.names) else ""
        mark = ", odd" if self.scores[row] > self.threshold else ""
        return f"row {row}{name}: {self.scores[row]:.4g}{mark}"


def heat_map(errors: Array) -> Array:
    """Black, red, yellow, white for 0 to 6 usual errors: [N, H, W, 3] from 0 to 1.

    Args:
        errors: [N, *data_shape]; of channels the greatest counts; vectors become one row.
    """
    if errors.ndim != 4:
        errors = errors.reshape(len(errors), 1, -1, 1)
    level = 3 * errors.max(axis=-1) / _HOT
    return np.stack([np.clip(level - step, 0, 1) for step in range(3)], axis=-1)


def _triples(x: Array, copies: Array, heat: Array) -> Array:
    """Pictures in colour, [N, 3, H, W, 3] from 0 to 1."""
    both = images.as_images(np.concatenate([x, copies])) / 255
    both = np.broadcast_to(both, (*both.shape[:3], 3))
    return np.stack([both[: len(x)], both[len(x) :], heat], axis=1)
