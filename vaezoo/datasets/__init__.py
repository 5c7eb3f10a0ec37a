"""Data sets by name, and the user's own, as arrays: no TensorFlow."""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo._checks import positive
from vaezoo.datasets import digits, dsprites, fashion_mnist, mnist, mnist_static, omniglot, own
from vaezoo.datasets.base import Dataset, Source, as_float, value_range
from vaezoo.errors import ConfigError, unknown_name

__all__ = [
    "BINARISE",
    "DATASETS",
    "LICENCES",
    "Dataset",
    "Source",
    "as_float",
    "binarise",
    "load",
    "value_range",
]

DATASETS = {
    "digits": digits.load,
    "dsprites": dsprites.load,
    "fashion_mnist": fashion_mnist.load,
    "mnist": mnist.load,
    "mnist_static": mnist_static.load,
    "omniglot": omniglot.load,
}
LICENCES = {
    "digits": digits.LICENCE,
    "dsprites": dsprites.LICENCE,
    "fashion_mnist": fashion_mnist.LICENCE,
    "mnist": mnist.LICENCE,
    "mnist_static": mnist_static.LICENCE,
    "omniglot": omniglot.LICENCE,
}
BINARISE = ("none", "static", "dynamic")
_SEEDS = {"train": 0, "validation": 1, "test": 2}  # no two splits share their noise


def load(
    name: str | os.PathLike[str],
    *,
    binarise: str = "none",
    image_size: Any = None,
    image_mode: str | None = None,
    resize: str = "crop",
    num_labels: int | None = None,
) -> Dataset:
    """A data set by name, or the user's own by path.

    Args:
        name: of `DATASETS`, or the path of a .npy or .npz file or a folder of images.
        binarise: "none"; "static" draws every pixel once, x ~ Bernoulli(grey level), by one
            fixed seed; "dynamic" does so for validation and test, and leaves the training
            split grey, for the training pipeline to draw anew in every epoch.
        image_size, image_mode, resize: for a folder of images; see `vaezoo.datasets.own`.
        num_labels: how many training examples keep their label, chosen by one fixed seed and
            spread evenly over the classes; the others' becomes -1. None keeps all.

    Raises:
        UnknownNameError: no such data set, and no such path.
        DataError: the data cannot be used, or a download failed.
        DamagedFileError: a file is not what it should be.
        ConfigError: data that are binary or out of 0…1 cannot be binarised; data without
            labels, or with fewer than `num_labels`, cannot keep that many.
    """
    if binarise not in BINARISE:
        raise unknown_name("binarise", binarise, BINARISE)
    if str(name) in DATASETS:
        dataset = DATASETS[str(name)]()
    elif Path(name).exists() or Path(name).suffix in (".npy", ".npz") or os.sep in str(name):
        if not Path(name).exists():
            raise unknown_name("data set or path", str(name), DATASETS)
        dataset = own.load_own(name, image_size=image_size, image_mode=image_mode, resize=resize)
    else:
        raise unknown_name("data set", str(name), DATASETS)
    dataset = dataset if num_labels is None else _partly_labelled(dataset, num_labels)
    return _binarised(dataset, binarise)


def binarise(x: np.ndarray, seed: int) -> np.ndarray:
    """x ~ Bernoulli(grey level): uint8 0 or 255, of the shape of `x`; 0…1 or uint8 0…255."""
    draw = np.random.default_rng(seed).random(x.shape, dtype=np.float32)
    return (draw < as_float(x)) * np.uint8(255)


def _partly_labelled(dataset: Dataset, num_labels: int) -> Dataset:
    known = dataset.labels.get("train", np.empty(0, int))
    if positive("num_labels", num_labels) > len(known):
        raise ConfigError(
            f"num_labels={num_labels}: {dataset.name} has {len(known)} labels to train with."
        )
    # In a random order, each example's place among those of its class; the first places are kept.
    order = np.random.default_rng(0).permutation(len(known))
    classes = known[order]
    place = np.empty(len(known), int)
    for label in np.unique(classes):
        place[classes == label] = np.arange((classes == label).sum())
    kept = order[np.argsort(place, kind="stable")[:num_labels]]
    labels = np.full_like(known, -1)
    labels[kept] = known[kept]
    return dataclasses.replace(dataset, labels=dict(dataset.labels) | {"train": labels})


def _binarised(dataset: Dataset, option: str) -> Dataset:
    if option == "none":
        return dataset
    if dataset.binary:
        raise ConfigError(f"{dataset.name} is binary already: binarise = 'none', not {option!r}.")
    low, high = value_range(dataset.train)
    if low < 0 or high > 1:
        raise ConfigError(
            f"{dataset.name} has values from {low:g} to {high:g}: binarising needs 0 to 1."
        )
    splits = [split for split in _SEEDS if option == "static" or split != "train"]
    drawn: dict[str, Any] = {
        split: binarise(_whole(getattr(dataset, split)), _SEEDS[split]) for split in splits
    }
    return dataclasses.replace(dataset, **drawn, binary=option == "static")


def _whole(source: Source) -> np.ndarray:
    return source[np.arange(len(source))]
