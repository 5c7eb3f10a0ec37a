"""Labels of the user's own arrays, and data sets of which only some examples keep theirs."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vaezoo._checks import positive
from vaezoo.datasets.base import Dataset, Source
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array


def split_off_labels(
    arrays: Mapping[str, Array], aliases: Mapping[str, Sequence[str]]
) -> tuple[dict[str, Array], dict[str, Array]]:
    """Arrays of a .npz without those of labels; and labels, by split, or as "x" of one array.

    Args:
        arrays: by name.
        aliases: names that the array of each split may have.
    """
    names = {"y": "x", "labels": "x"}
    for split, others in aliases.items():
        names |= {f"y_{other.removeprefix('x_')}": split for other in others}
    if len(arrays) < 2:  # the only array is data, whatever its name
        return dict(arrays), {}
    labels = {names[name]: array for name, array in arrays.items() if name in names}
    return {name: array for name, array in arrays.items() if name not in names}, labels


def checked_labels(
    path: Path, sources: Mapping[str, Source], labels: Mapping[str, Array]
) -> dict[str, Array]:
    """The labels of each source that has some, as integers.

    Raises:
        DataError: not one whole number for each row, -1 where there is none.
    """
    result = {}
    for split in sources.keys() & labels.keys():
        array = labels[split]
        if array.shape != (len(sources[split]),) or array.dtype.kind not in "iuf":
            raise DataError(
                f"{path}: labels have shape {list(array.shape)} and dtype {array.dtype}: expected "
                f"[{len(sources[split])}] whole numbers, one for each row of {split}."
            )
        if not (np.isfinite(array) & (array >= -1) & (array == np.round(array))).all():
            raise DataError(
                f"{path}: labels go from {array.min()} to {array.max()}: expected whole numbers "
                "from 0, or -1 where there is none."
            )
        result[split] = array.astype(np.int64)
    return result


def partly_labelled(dataset: Dataset, num_labels: int) -> Dataset:
    """The data set with `num_labels` training labels, spread evenly over the classes; the others
    become -1.

    Raises:
        ConfigError: it has fewer labels.
    """
    labels = dataset.labels.get("train", np.empty(0, int))
    if positive("num_labels", num_labels) > len(labels):
        raise ConfigError(
            f"num_labels={num_labels}: {dataset.name} has {len(labels)} labels to train with."
        )
    # In a random order, each example's rank within its class: the first ranks keep their label.
    order = np.random.default_rng(0).permutation(len(labels))
    classes = labels[order]
    rank = np.empty(len(labels), int)
    for label in np.unique(classes):
        rank[classes == label] = np.arange((classes == label).sum())
    rows = order[np.argsort(rank, kind="stable")[:num_labels]]
    remaining = np.full_like(labels, -1)
    remaining[rows] = labels[rows]
    return dataclasses.replace(dataset, labels=dict(dataset.labels) | {"train": remaining})
