"""Data sets by name or by path."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from vaezoo.datasets import (
    cells,
    digits,
    dsprites,
    emoji,
    fashion_mnist,
    mnist,
    mnist_static,
    omniglot,
    sprites,
)
from vaezoo.datasets.base import Dataset
from vaezoo.datasets.binarisation import binarised, check_option
from vaezoo.datasets.labelling import partly_labelled
from vaezoo.datasets.own import load_own
from vaezoo.errors import ConfigError, UnknownNameError, unknown_name

DATASETS: dict[str, Callable[[], Dataset]] = {
    "cells": cells.load,
    "digits": digits.load,
    "dsprites": dsprites.load,
    "emoji": emoji.load,
    "emoji_64": emoji.load_64,
    "fashion_mnist": fashion_mnist.load,
    "mnist": mnist.load,
    "mnist_static": mnist_static.load,
    "omniglot": omniglot.load,
    "sprites": sprites.load,
}
LICENCES = {
    "cells": cells.LICENCE,
    "digits": digits.LICENCE,
    "dsprites": dsprites.LICENCE,
    "emoji": emoji.LICENCE,
    "emoji_64": emoji.LICENCE,
    "fashion_mnist": fashion_mnist.LICENCE,
    "mnist": mnist.LICENCE,
    "mnist_static": mnist_static.LICENCE,
    "omniglot": omniglot.LICENCE,
    "sprites": sprites.LICENCE,
}


def load(
    name: str | os.PathLike[str],
    *,
    binarise: str = "none",
    image_size: int | Sequence[int] | None = None,
    image_mode: str | None = None,
    resize: str = "crop",
    num_labels: int | None = None,
    counts: bool = False,
) -> Dataset:
    """A data set by name, or the user's own by path.

    Args:
        name: of `DATASETS`, or the path of a .npy or .npz file or a folder of images.
        binarise: "none"; "static" draws every pixel once, x ~ Bernoulli(grey level), with a
            fixed seed; "dynamic" does so for validation and test, and leaves the training
            split grey, for the training pipeline to sample again in every epoch.
        image_size, image_mode, resize: for a folder of images; see `vaezoo.datasets.own`.
        num_labels: how many training examples keep their label, chosen by a fixed seed and
            spread evenly over the classes; the others become -1. None keeps all.
        counts: for arrays of the user's own: whether their bytes are counts instead of levels.

    Raises:
        UnknownNameError: no such data set, and no such path.
        DataError: the data cannot be used, or a download failed.
        DamagedFileError: a file does not have the expected content.
        ConfigError: data that are binary or out of 0…1 cannot be binarised; data without
            labels, or with fewer than `num_labels`, cannot keep that many.

    Example:
        >>> from vaezoo import datasets
        >>> data = datasets.load("digits", binarise="static")
        >>> data.test.shape, data.binary
        ((300, 8, 8, 1), True)
    """
    check_option(binarise)
    check_counts(name, counts, binarise)
    if not is_own(name):
        dataset = DATASETS[str(name)]()
    else:
        dataset = load_own(
            name, image_size=image_size, image_mode=image_mode, resize=resize, counts=counts
        )
    if num_labels is not None:
        dataset = partly_labelled(dataset, num_labels)
    return binarised(dataset, binarise)


def unknown_data(name: str | os.PathLike[str]) -> UnknownNameError:
    """The error for what is neither the name of a data set nor a path."""
    if Path(name).suffix or os.sep in str(name):
        return UnknownNameError(f"no such file or folder: {name}.")
    return unknown_name("data set, file or folder", str(name), DATASETS)


def check_counts(name: str | os.PathLike[str], counts: bool, binarise: str) -> None:
    """Raises `ConfigError` for counts that are none: pixels, or values that become 0 or 1."""
    if counts and (not (is_own(name) and Path(name).is_file()) or binarise != "none"):
        raise ConfigError(
            f"counts=true is for a .npy or .npz of your own without binarise: {name} has "
            f"{'binarised values' if binarise != 'none' else 'levels'}."
        )


def is_own(name: str | os.PathLike[str]) -> bool:
    """Whether it is the path of the user's own data, instead of the name of a data set.

    Raises:
        UnknownNameError: it is neither.
    """
    if str(name) in DATASETS:
        return False
    if Path(name).exists():
        return True
    raise unknown_data(name)
