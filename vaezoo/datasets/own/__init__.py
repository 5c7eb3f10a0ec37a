"""The user's own data: arrays in files, or a folder of images, with labels and splits."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vaezoo.datasets.base import SPLITS, Dataset, Source
from vaezoo.datasets.own.labels import attributes_of, label_notes, labels_of
from vaezoo.datasets.own.rows import NamesOf, Reading, Rows, taken
from vaezoo.datasets.own.sources import open_rows
from vaezoo.datasets.own.splitting import split_rows
from vaezoo.protocols import Array


def load_own(path: str | os.PathLike[str], reading: Reading) -> Dataset:
    """Reads the user's own data in three splits: those that they have, or 80 / 10 / 10 percent.

    Raises:
        DataError: no examples, too few, values or files that cannot be read, or labels that do
            not match.
        DamagedFileError: not a readable file of its kind.
        MissingExtraError: a package that reads it is not installed.
        UnknownNameError, ConfigError: a column that is not there, or options that do not fit.
    """
    path = Path(path)
    rows = open_rows(path, reading)
    labels, names = labels_of(str(path), rows, reading.labels)
    parts, sentence = split_rows(str(path), rows, labels, reading.split_by or rows.split_by)
    sources = {split: taken(rows.source, parts[split]) for split in SPLITS}
    data = _dataset(path, rows, (labels, names), sources, parts, reading)
    return dataclasses.replace(data, splits=sentence)


def load_all(path: str | os.PathLike[str], reading: Reading) -> Dataset:
    """All rows in their order, as each of the three splits. Raises as `load_own`."""
    path = Path(path)
    rows = open_rows(path, reading)
    labels = labels_of(str(path), rows, reading.labels)
    every = dict.fromkeys(SPLITS, np.arange(len(rows.source)))
    return _dataset(path, rows, labels, dict.fromkeys(SPLITS, rows.source), every, reading)


def _dataset(
    path: Path,
    rows: Rows,
    known: tuple[Array | None, tuple[str, ...]],
    sources: Mapping[str, Source],
    parts: Mapping[str, Array],
    reading: Reading,
) -> Dataset:
    labels, label_names = known
    attributes, attribute_names = attributes_of(str(path), rows, reading.attributes)
    names = {split: NamesOf(rows.names, parts[split]) for split in SPLITS}
    return Dataset(
        f"{path.name}/" if path.is_dir() else path.name,
        sources["train"],
        sources["validation"],
        sources["test"],
        licence="not stated (your data)",
        source=path.name,
        splits="none: all rows, in their order",
        labels={} if labels is None else _known(labels, parts),
        label_names=label_names,
        attributes={} if attributes is None else {s: attributes[i] for s, i in parts.items()},
        attribute_names=attribute_names,
        names=list(names["test"]) if rows.names else (),
        row_names=names,
        schema=rows.schema,
        notes=(*rows.notes, *label_notes(rows, labels, label_names)),
    )


def _known(labels: Array, parts: Mapping[str, Array]) -> dict[str, Array]:
    """Labels by split, without a split that has none."""
    by_split = {split: labels[rows] for split, rows in parts.items()}
    return {split: values for split, values in by_split.items() if (values >= 0).any()}
