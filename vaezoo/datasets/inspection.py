"""What is known of a data set by looking at it: what is chosen for a model follows from that."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vaezoo.datasets.base import SPLITS, Dataset, as_float, evenly_spaced
from vaezoo.errors import ConfigError, DataError
from vaezoo.metrics.components import Components, location_and_unit, principal_components
from vaezoo.protocols import Array

_NUMBERS = 2**24  # that are looked at
_ROWS = 4096
_MOST_COMPONENTS = 64
_CHANNELS = {1: "grey", 2: "grey with alpha", 3: "colour", 4: "colour with alpha"}
_SAME_UNIT = 10.0  # largest ratio of standard deviations of values in one unit
_LARGEST = 1e12
_FAR = 1e4  # standard deviations of half of the values: no digit would be left for the others


@dataclass(frozen=True)
class Findings:
    """What the training examples of a data set are.

    Attributes:
        kind: "binary", values of 0 and 1; "levels", pixels from 0 to 1; "counts", whole numbers of
            0 or more; "table", rows that are encoded by a schema; or "real".
        data_shape: of one example.
        sizes: numbers of examples by split.
        low, high: least and greatest value seen.
        num_constant: values that are the same in all examples.
        spread: ratio of the largest standard deviation of a value to the smallest, of those that
            vary.
        channels: "grey", "colour", ... of images; "" of other data.
        classes: number of classes, where there are labels.
        explained: share of the variance that the first components hold, [K]; of values divided by
            their standard deviations, where they have units of their own.
        above_noise: of vectors, the number of components with a variance above that of the same
            place where values are permuted among examples (parallel analysis, Horn 1965,
            https://doi.org/10.1007/BF02289447), at least 1; else None.
        remark: what is unusual, in a sentence; "" for nothing.

    Example:
        >>> from vaezoo import datasets
        >>> found = datasets.inspect(datasets.load("digits"))
        >>> found.kind, found.data_shape, found.channels, found.classes
        ('levels', (8, 8, 1), 'grey', 10)
    """

    kind: str
    data_shape: tuple[int, ...]
    sizes: dict[str, int]
    low: float
    high: float
    num_constant: int
    spread: float
    channels: str
    classes: int | None
    explained: tuple[float, ...]
    above_noise: int | None = None
    remark: str = ""

    @property
    def own_units(self) -> bool:
        """Whether values differ so much in scale that each has a unit of its own."""
        return _have_own_units(self.kind, self.spread)

    @property
    def num_values(self) -> int:
        """Of one example."""
        return math.prod(self.data_shape)

    @property
    def text(self) -> str:
        """In one line."""
        shape = " × ".join(map(str, self.data_shape))
        what = {
            "binary": "values of 0 and 1",
            "levels": f"{self.channels or 'values'} from 0 to 1",
            "counts": f"counts up to {self.high:g}",
            "table": "numbers for each row of a table",
            "real": f"real values from {self.low:g} to {self.high:g}",
        }[self.kind]
        labels = f", {self.classes} classes" if self.classes else ""
        sizes = " / ".join(f"{self.sizes[split]:,}" for split in SPLITS)
        return f"{shape} {what}{labels}; {sizes} examples to train, validate and test"


def inspect(data: Dataset) -> Findings:
    """Looks at up to 4,096 training examples, evenly spaced.

    Raises:
        DataError: values that no model could learn from: images with the channels first, or single
            values so large that all others would be lost beside them.
    """
    shape = data.data_shape
    most = max(2, min(_ROWS, _NUMBERS // math.prod(shape)))
    x = as_float(data.train[evenly_spaced(len(data.train), most)])
    _check_axes(shape)
    _check_outliers(x)
    mean, unit = location_and_unit([(x.astype(np.float64), np.ones(len(x)))], constant=0.0)
    varying = unit[unit > 0]
    kind = _kind(x, data)
    spread = float(varying.max() / varying.min()) if len(varying) else 1.0
    scaled = (x - mean) / np.where(unit > 0, unit, 1.0) if _have_own_units(kind, spread) else x
    scaled = np.log1p(scaled) if kind == "counts" else scaled
    found = _components(scaled)
    labels = data.labels.get("train")
    return Findings(
        kind=kind,
        data_shape=shape,
        sizes={split: len(getattr(data, split)) for split in SPLITS},
        low=float(x.min()),
        high=float(x.max()),
        num_constant=int((unit == 0).sum()),
        spread=spread,
        channels=_CHANNELS.get(shape[-1], "") if len(shape) == 3 else "",
        classes=None if labels is None else len(np.unique(labels[labels >= 0])),
        explained=_explained(found),
        above_noise=_above_noise(scaled, found) if len(shape) == 1 else None,
        remark=_remark(x, kind, int((unit == 0).sum())),
    )


def _check_axes(shape: tuple[int, ...]) -> None:
    if len(shape) == 3 and shape[0] in (1, 3, 4) and shape[1] == shape[2] > 4:
        raise DataError(
            f"examples have shape {list(shape)}: expected [height, width, channels], and these "
            f"look like {shape[0]} channels first; write them as x.transpose(0, 2, 3, 1)."
        )


def _check_outliers(x: Array) -> None:
    sizes = np.abs(x - np.median(x, axis=0)).reshape(len(x), -1)
    largest, usual = sizes.max(axis=0), np.percentile(sizes, 75, axis=0)
    far = (largest > _LARGEST) & (largest > _FAR * np.maximum(usual, 1e-30))
    if far.any():
        column = int(np.flatnonzero(far)[0])
        raise DataError(
            f"value {column} of an example lies {largest[column]:.0e} from its median, three "
            f"quarters of them within {usual[column]:.2g}: take out wrong values."
        )


def _kind(x: Array, data: Dataset) -> str:
    if data.schema is not None:
        return "table"
    if data.binary or bool(((x == 0) | (x == 1)).all()):
        return "binary"
    if data.train.dtype == np.uint8 or _within_levels(x, data.data_shape):
        return "levels"
    return "counts" if _is_counts(x, data.data_shape) else "real"


def _within_levels(x: Array, shape: tuple[int, ...]) -> bool:
    return len(shape) == 3 and x.min() >= 0 and x.max() <= 1


def _is_counts(x: Array, shape: tuple[int, ...]) -> bool:
    """Whole numbers, at least one in twenty of which is 0, that are no pixels."""
    whole = bool((x == np.round(x)).all()) and x.min() >= 0
    return whole and len(shape) == 1 and float((x == 0).mean()) > 0.05


def _have_own_units(kind: str, spread: float) -> bool:
    return kind == "real" and spread > _SAME_UNIT


def _components(x: Array) -> Components | None:
    """None of values that never change."""
    examples = [(x.astype(np.float64), np.ones(len(x)))]
    try:
        return principal_components(examples, _MOST_COMPONENTS, or_fewer=True)
    except ConfigError:
        return None


def _explained(found: Components | None) -> tuple[float, ...]:
    if found is None:
        return ()
    total = found.variances.sum() + found.residuals.sum()
    return tuple((np.cumsum(found.variances) / max(total, 1e-30)).tolist())


def _above_noise(x: Array, found: Components | None) -> int:
    noise = _components(np.random.default_rng(0).permuted(x, axis=0))
    if found is None or noise is None:
        return 1
    num = min(len(found.variances), len(noise.variances))
    below = np.flatnonzero(found.variances[:num] <= noise.variances[:num])
    return max(1, int(below[0]) if len(below) else num)


def _remark(x: Array, kind: str, constant: int) -> str:
    if kind == "table":
        return ""
    if constant == x[0].size:
        return "all examples are the same"
    if kind == "real" and len(x.shape) == 4 and x.min() >= 0 and 1 < x.max() <= 255:
        return "floats from 0 to 255 are taken as they are; uint8 would be taken as levels"
    return f"{constant} values never change" if constant else ""
