"""Scores of odd examples, as `vaezoo score --method` gives them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaezoo.cli import examples, outputs
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

    def run(self, chosen: Examples) -> Scored:
        """Scores of these examples."""
        from vaezoo.anomalies import threshold

        is_odd = self._odd(chosen)
        fitted, held_out = self._usual()
        threshold([0.0] * len(held_out.x), self.false_positives)  # refuses too few, before the work
        needed = self._needed(fitted, held_out)
        scores, usual = self._scores(chosen, needed), self._scores(held_out, needed)
        limit = threshold(usual, self.false_positives)
        return Scored(self, chosen, held_out, scores, usual, limit, is_odd)

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


@dataclass(frozen=True)
class Scored:
    """Examples and how odd they are.

    Attributes:
        request: what was asked for.
        chosen: the N examples.
        held_out: usual ones, M.
        scores: higher is odder, [N].
        usual: scores of the usual ones, [M].
        limit: the threshold.
        is_odd: by label, [N]; None where that is not known.
    """

    request: Request
    chosen: Examples
    held_out: Examples
    scores: Array
    usual: Array
    limit: float
    is_odd: Array | None

    def lines(self) -> list[str]:
        """What the scores say, in words."""
        method, count = self.request.method, (self.scores > self.limit).sum()
        named = {"log_likelihood": "-log-likelihood", "elbo": "-ELBO"}.get(method, method)
        return [
            f"{named.replace('_', ' ')}, higher is odder, of {self.chosen.what}: mean "
            f"{self.scores.mean():.4g}",
            f"{count:,} of {len(self.scores):,} are above {self.limit:.4g}, as at most "
            f"{self.request.false_positives:.4g} of usual examples are, by {self.held_out.what}",
            *self._areas(),
        ]

    def _areas(self) -> Iterator[str]:
        from vaezoo.metrics import auroc, average_precision

        if self.is_odd is None:
            return
        areas = auroc(self.scores, self.is_odd), average_precision(self.scores, self.is_odd)
        labels = ", ".join(map(str, self.request.odd_labels))
        yield (
            f"AUROC {areas[0]:.4f}, average precision {areas[1]:.4f} ({self.is_odd.sum():,} of "
            f"{len(self.is_odd):,} are odd: label {labels})"
        )

    def oddest(self) -> Iterator[str]:
        """The five with the highest scores."""
        for row in (-self.scores).argsort(kind="stable")[:5]:
            name = f"  {self.chosen.names[row]}" if self.chosen.names else ""
            yield f"  row {row}: {self.scores[row]:.4g}{name}"

    def save(self, out: Path) -> None:
        """All rows, in their order."""
        import numpy as np

        request = self.request
        arrays = {"name": np.array(self.chosen.names)} if self.chosen.names else {}
        arrays |= {request.method: self.scores, "odd": self.scores > self.limit}
        if self.is_odd is not None:
            arrays["labelled_odd"] = self.is_odd
        facts = {
            "preset": request.preset, "data": request.data, "examples": self.chosen.what,
            "method": request.method, "threshold": self.limit,
            "false_positives": request.false_positives, "num_samples": request.num_samples,
            "seed": request.seed, "summary": self.lines(),
        }  # fmt: skip
        outputs.save_arrays(out, request.method, arrays, facts)

    def write_page(self, path: Path) -> None:
        """The page with the oddest and the most typical."""
        from vaezoo.anomalies import PixelErrors
        from vaezoo.anomalies.page import Page

        facts = ". ".join(line[0].upper() + line[1:] for line in self.lines())
        data, model = self.request.data, self.request.model
        name = Path(data).name  # a page may be shown to others
        Page(
            title=f"{name} by {Path(self.request.preset).name}",
            facts=f"{facts}.".replace(data, name),
            x=self.chosen.x,
            condition=self.chosen.labels,
            scores=self.scores,
            usual=self.usual,
            threshold=self.limit,
            names=self.chosen.names,
            pixels=PixelErrors.fit(model, self.held_out.x, self.held_out.labels),
        ).write(path)
