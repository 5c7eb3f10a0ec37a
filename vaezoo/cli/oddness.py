"""Scores of odd examples, as `vaezoo score --method` gives them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaezoo.cli import examples, outputs, terminal
from vaezoo.errors import ConfigError, DataError

if TYPE_CHECKING:
    from vaezoo.cli.examples import Examples
    from vaezoo.protocols import Array
    from vaezoo.runtime.model import Model

# As `vaezoo.anomalies.METHODS` lists them, which a test compares: that would import NumPy.
METHODS = (
    "log_likelihood", "elbo", "reconstruction", "typicality", "likelihood_ratio",
    "input_complexity",
)  # fmt: skip
_BACKGROUND = 10_000  # training examples that independent pixels are fitted to
_THRESHOLD = 1000  # validation examples that decide a threshold


def share(context: click.Context, option: click.Parameter, value: str | None) -> float | None:
    """A callback of options: "1%" or "0.01", above 0 and below 1. Raises `ConfigError`."""
    if value is None:
        return None
    try:
        number = float(value.removesuffix("%")) / (100 if value.endswith("%") else 1)
    except ValueError:
        number = 0.0
    if not 0 < number < 1:
        raise ConfigError(f"--false-positives {value}: give a share, such as 1% or 0.01.")
    return number


def numbers(context: click.Context, option: click.Parameter, value: str | None) -> list[int]:
    """A callback of options: labels, such as "3,5". Raises `ConfigError`."""
    try:
        return [int(part) for part in value.split(",")] if value else []
    except ValueError:
        raise ConfigError(f"--odd-labels {value}: give whole numbers, such as 3,5.") from None


@dataclass(frozen=True)
class Request:
    """What was asked for.

    Attributes:
        preset: as it was named.
        model: of it.
        data: as it was named.
        method: of `METHODS`.
        false_positives: share of usual examples that may be called odd.
        reference: usual examples by name or path; None: the preset's own data set.
        background: another preset; None: independent pixels.
        odd_labels: labels of the data that are odd.
        binarise: whether levels of the user's own data are drawn as 0 or 1.
        num_samples: K.
        seed: of the samples.
    """

    preset: str
    model: Model
    data: str
    method: str
    false_positives: float
    reference: str | None
    background: str | None
    odd_labels: list[int]
    binarise: bool
    num_samples: int
    seed: int

    def run(self, chosen: Examples, out: Path | None, page: Path | None) -> None:
        """Scores examples, says which are odd, and writes what was asked for."""
        is_odd = self._odd(chosen)
        from vaezoo.anomalies import threshold

        fitted, held_out = self._usual()
        threshold([0.0] * len(held_out.x), self.false_positives)  # refuses too few, before the work
        needed = self._needed(fitted, held_out)
        scores, reference = self._scores(chosen, needed), self._scores(held_out, needed)
        limit = threshold(reference, self.false_positives)
        lines = [
            f"{self._named()}, higher is odder, of {chosen.what}: mean {scores.mean():.4g}",
            f"{(scores > limit).sum():,} of {len(scores):,} are above {limit:.4g}, as at most "
            f"{self.false_positives:.4g} of usual examples are, by {held_out.what}",
            *self._areas(scores, is_odd),
        ]
        if out:
            self._save(out, chosen, scores, limit, is_odd, lines)
        if page:
            self._page(page, chosen, held_out, scores, reference, limit, lines)
        for line in lines:
            terminal.say(line)
        for row in (-scores).argsort(kind="stable")[:5]:
            name = f"  {chosen.names[row]}" if chosen.names else ""
            terminal.say(f"  row {row}: {scores[row]:.4g}{name}")

    def _named(self) -> str:
        name = self.method.replace("_", " ")
        return {"log_likelihood": "-log-likelihood", "elbo": "-ELBO"}.get(self.method, name)

    def _usual(self) -> tuple[Examples | None, Examples]:
        """Usual examples to fit a background to, where one is, and others for the threshold."""
        from vaezoo.datasets import DATASETS

        name = self.reference or self.model.manifest.data
        if self.reference is None and name not in DATASETS:
            raise ConfigError(
                f"the data that {self.preset} was trained on ({name or 'not recorded'}) are no "
                "named set: give usual examples that it was not trained on by --reference PATH."
            )
        fits = self.method == "likelihood_ratio" and self.background is None
        if name in DATASETS:
            fitted = self._choose(name, "train", _BACKGROUND) if fits else None
            return fitted, self._choose(name, "validation", _THRESHOLD)
        rows = self._choose(name, None, None)
        return rows.halves() if fits else (None, rows)

    def _choose(self, name: str, split: str | None, most: int | None) -> Examples:
        return examples.choose(
            self.model, name, None, split=split, binarise=self.binarise, most=most
        )

    def _needed(self, fitted: Examples | None, held_out: Examples) -> dict[str, Any]:
        """What the method takes besides examples."""
        import vaezoo
        from vaezoo.anomalies import IndependentPixels, log_likelihood

        if self.method == "typicality":
            options = self._options(held_out)
            return {"reference": -log_likelihood(self.model, held_out.x, **options)}
        if fitted is not None:
            binary = self.model.manifest.likelihood == "Bernoulli"
            return {"background": IndependentPixels.fit(fitted.x, binary=binary)}
        if self.background is None:
            return {}
        background = vaezoo.load(self.background)
        if background.data_shape != self.model.data_shape:
            raise DataError(
                f"{self.background} takes {list(background.data_shape)}, and {self.preset} "
                f"{list(self.model.data_shape)}: a background takes the same data."
            )
        return {"background": background}

    def _options(self, chosen: Examples) -> Any:
        return {"num_samples": self.num_samples, "seed": self.seed, "condition": chosen.labels}

    def _scores(self, chosen: Examples, needed: dict[str, Any]) -> Array:
        from vaezoo.anomalies import METHODS

        options = {**self._options(chosen), "progress": True, **needed}
        return METHODS[self.method](self.model, chosen.x, **options)

    def _odd(self, chosen: Examples) -> Array | None:
        import numpy as np

        if not self.odd_labels:
            return None
        if chosen.classes is None:
            raise DataError(f"{self.data} has no labels: leave --odd-labels out.")
        is_odd = np.isin(chosen.classes, self.odd_labels)
        if is_odd.all() or not is_odd.any():
            there = ", ".join(map(str, np.unique(chosen.classes)[:20]))
            raise DataError(
                f"{self.data} has the labels {there}: --odd-labels takes some of them, not all."
            )
        return is_odd

    def _areas(self, scores: Array, is_odd: Array | None) -> list[str]:
        from vaezoo.metrics import auroc, average_precision

        if is_odd is None:
            return []
        labels = ", ".join(map(str, self.odd_labels))
        return [
            f"AUROC {auroc(scores, is_odd):.4f}, average precision "
            f"{average_precision(scores, is_odd):.4f} ({is_odd.sum():,} of {len(is_odd):,} are "
            f"odd: label {labels})"
        ]

    def _save(
        self,
        out: Path,
        chosen: Examples,
        scores: Array,
        limit: float,
        is_odd: Array | None,
        lines: list[str],
    ) -> None:
        import numpy as np

        arrays = {"name": np.array(chosen.names)} if chosen.names else {}
        arrays |= {self.method: scores, "odd": scores > limit}
        if is_odd is not None:
            arrays["labelled_odd"] = is_odd
        facts = {
            "preset": self.preset, "data": self.data, "examples": chosen.what,
            "method": self.method, "threshold": limit, "false_positives": self.false_positives,
            "num_samples": self.num_samples, "seed": self.seed, "summary": lines,
        }  # fmt: skip
        outputs.save_arrays(out, self.method, arrays, facts)

    def _page(
        self,
        page: Path,
        chosen: Examples,
        held_out: Examples,
        scores: Array,
        reference: Array,
        limit: float,
        lines: list[str],
    ) -> None:
        from vaezoo.anomalies import PixelErrors
        from vaezoo.anomalies.page import Page

        Page(
            title=f"{Path(self.data).name} by {self.preset}",
            facts=". ".join(line[0].upper() + line[1:] for line in lines) + ".",
            x=chosen.x,
            condition=chosen.labels,
            scores=scores,
            usual=reference,
            threshold=limit,
            names=chosen.names,
            pixels=PixelErrors.fit(self.model, held_out.x, held_out.labels),
        ).write(page)
        terminal.say(f"{page}: open it in a browser")
