"""What is known of examples, for directions of attributes: numbers, factors, labels, files."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vaezoo.cli import examples, options
from vaezoo.errors import DataError

if TYPE_CHECKING:
    from vaezoo.datasets import Dataset
    from vaezoo.protocols import Array
    from vaezoo.runtime.model import Model


def measured(
    model: Model,
    data: str,
    num: int,
    split: str | None,
    binarise: bool,
    values: Sequence[Path],
    asked: Sequence[str],
) -> tuple[Array, dict[str, Array], set[str]]:
    """Codes of examples; what is known of each by name, [N], NaN where it is not; and which of
    these are labels.

    Args:
        model: that encodes.
        data: a data set's name, or a path.
        num: at most so many examples, evenly spaced.
        split: of the data; None: validation of a named data set, all of the user's own.
        binarise: whether levels of the user's own data are drawn as 0 or 1.
        values: .npy files of a number for each row.
        asked: names that the user gave; attributes that nobody asks for may stay unmeasured.

    Raises:
        DataError: nothing is known of the examples, or a file does not fit them.
        MissingExtraError: a package that measures what was asked for is not installed.
    """
    from vaezoo.datasets import as_float
    from vaezoo.datasets.base import evenly_spaced
    from vaezoo.datasets.loading import is_own

    split = split or (None if is_own(data) else "validation")
    prepared = model.manifest.preparation
    dataset, split = examples.load(data, model.data_shape, prepared, split, binarise=binarise)
    dataset = _with_attributes(dataset, data, asked)
    source = getattr(dataset, split)
    rows = evenly_spaced(len(source), num)
    known = {name: column[rows] for name, column in _numbers(dataset, split)}
    known |= {path.stem: _column(path, len(source))[rows] for path in values}
    labels = {name: column[rows] for name, column in _labels(dataset, split) if name not in known}
    if not known and not labels:
        raise DataError(
            f"{data} has no attributes, factors or labels: give --values, a .npy of one number "
            "for each row."
        )
    condition = examples.conditions(model, dataset, split, rows)
    codes = model.encode_mean(as_float(source[rows]), condition=condition)
    return codes, known | labels, set(labels)


def _with_attributes(dataset: Dataset, data: str, asked: Sequence[str]) -> Dataset:
    """A named data set with its attributes, those that are asked for, or all; without, where
    nobody asked and they cannot be measured here."""
    import dataclasses

    from vaezoo import datasets
    from vaezoo.datasets.loading import is_own
    from vaezoo.errors import MissingExtraError, need

    known = () if is_own(data) else datasets.attribute_names(data)
    wanted = [name for name in known if name in asked or not asked or "all" in asked]
    if not wanted or set(wanted) <= set(dataset.factor_names):
        return dataset
    try:
        if set(wanted) & set(datasets.STROKES):
            need("attributes", "skimage", "measuring strokes")
    except MissingExtraError as error:
        if set(wanted) & set(asked):
            raise
        examples.note(f"labels only: {error}")
        return dataset
    measured = datasets.load(data, attributes=wanted)
    return dataclasses.replace(
        dataset, attributes=measured.attributes, attribute_names=measured.attribute_names
    )


def _numbers(dataset: Dataset, split: str) -> Iterator[tuple[str, Array]]:
    """Attributes and factors by name."""
    import numpy as np

    for columns, titles in (
        (dataset.attributes, dataset.attribute_names),
        (dataset.factors, dataset.factor_names),
    ):
        if split in columns:
            yield from zip(titles, np.asarray(columns[split], np.float64).T, strict=True)


def _labels(dataset: Dataset, split: str) -> Iterator[tuple[str, Array]]:
    """Each label as yes or no, by name."""
    import numpy as np

    if split in dataset.labels:
        labels = dataset.labels[split]
        for label in range(dataset.num_classes):
            title = dataset.label_names[label] if dataset.label_names else f"label_{label}"
            yield title, np.where(labels < 0, np.nan, labels == label)


def _column(path: Path, num: int) -> Array:
    column = options.read_npy(path)
    if column.shape != (num,) or column.dtype.kind not in "fiub":
        raise DataError(
            f"{path} has shape {list(column.shape)} and dtype {column.dtype}: expected [{num}], a "
            "number for each row."
        )
    return column.astype("float64")
