"""Data sets by name or by path."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Unpack

from vaezoo.datasets import (
    adult,
    cells,
    digits,
    dsprites,
    emoji,
    fashion_mnist,
    frames,
    mnist,
    mnist_static,
    nhanes,
    omniglot,
    sprites,
)
from vaezoo.datasets.attributes import with_attributes
from vaezoo.datasets.base import Dataset
from vaezoo.datasets.binarisation import binarised, binarised_rows, check_option
from vaezoo.datasets.labelling import partly_labelled
from vaezoo.datasets.own import load_all, load_own
from vaezoo.datasets.own.rows import Reading, ReadingArguments
from vaezoo.errors import ConfigError, UnknownNameError, unknown_name

DATASETS: dict[str, Callable[[], Dataset]] = {
    "adult": adult.load,
    "cartpole": frames.load_cartpole,
    "cells": cells.load,
    "digits": digits.load,
    "dsprites": dsprites.load,
    "emoji": emoji.load,
    "emoji_64": emoji.load_64,
    "fashion_mnist": fashion_mnist.load,
    "minatar_breakout": frames.load_minatar_breakout,
    "mnist": mnist.load,
    "mnist_static": mnist_static.load,
    "nhanes": nhanes.load,
    "omniglot": omniglot.load,
    "sprites": sprites.load,
}
LICENCES = {
    "adult": adult.LICENCE,
    "cells": cells.LICENCE,
    "digits": digits.LICENCE,
    "dsprites": dsprites.LICENCE,
    "emoji": emoji.LICENCE,
    "emoji_64": emoji.LICENCE,
    "fashion_mnist": fashion_mnist.LICENCE,
    "mnist": mnist.LICENCE,
    "mnist_static": mnist_static.LICENCE,
    "nhanes": nhanes.LICENCE,
    "omniglot": omniglot.LICENCE,
    "sprites": sprites.LICENCE,
    **frames.LICENCES,
}


def load(
    name: str | os.PathLike[str],
    *,
    binarise: str = "none",
    num_labels: int | None = None,
    **reading: Unpack[ReadingArguments],
) -> Dataset:
    """A data set by name, or the user's own by path.

    Args:
        name: of `DATASETS`, or the path of the user's own data: a .npy file, which stays on disk;
            a .npz or .h5 file, or a Zarr store, of arrays; a folder of images; or a folder of
            Hugging Face datasets. Arrays are uint8 (0…255 for 0…1), bool or floats: [N, D],
            [N, H, W] or [N, H, W, C].
        binarise: "none"; "static" draws every pixel once, x ~ Bernoulli(grey level), with a
            fixed seed; "dynamic" does so for validation and test, and leaves the training
            split grey, for the training pipeline to sample again in every epoch.
        num_labels: how many training examples keep their label, chosen by a fixed seed and
            spread evenly over the classes; the others become -1. None keeps all.
        reading: of the user's own data, each by its name.
            For a folder of images: `image_size`, one side or (height, width), 64 by default;
            `image_mode`, "grey", "rgb" or "rgba", by default grey if all images are; `resize`,
            "crop", which scales the shorter side and cuts the middle out, or "stretch";
            `background`, the colour behind transparent pixels, "white" by default.
            For arrays: `counts`, whether their bytes are counts instead of levels.
            For tables, .csv, .tsv, .parquet or .arrow: `schema`, a .toml; without it, what the
            columns are is read from them, `rare`, labels of fewer rows are pooled, and `leave_out`,
            columns that are not to be learned; `constraints`, rules in a .toml, which generated
            rows obey, and the data too, unless `allow_violations`.
            For all: `labels`, the column that holds the labels, where several could; `attributes`,
            columns of numbers, and of a named data set some of its `attribute_names`; `split_by`,
            a column of groups of which none is in two splits, or for files "folder" or "prefix";
            `skip_bad`, whether files and rows that cannot be used are left out, which `notes` of
            the result then tells.

    Raises:
        UnknownNameError: no such data set, and no such path; or no such column.
        DataError: the data cannot be used, or a download failed.
        DamagedFileError: a file does not have the expected content.
        MissingExtraError: a package that reads it, or measures attributes, is not installed.
        ConfigError: data that are binary or out of 0…1 cannot be binarised; data without
            labels, or with fewer than `num_labels`, cannot keep that many; an option of the user's
            own data for a named data set.

    Example:
        >>> from vaezoo import datasets
        >>> data = datasets.load("digits", binarise="static")
        >>> data.test.shape, data.binary
        ((300, 8, 8, 1), True)
    """
    check_option(binarise)
    options = Reading(**reading)
    check_counts(name, options.counts, binarise)
    if is_own(name):
        dataset = load_own(name, options)
    else:
        _check_named(str(name), options)
        dataset = DATASETS[str(name)]()
        if options.attributes:
            dataset = with_attributes(dataset, options.attributes)
    if num_labels is not None:
        dataset = partly_labelled(dataset, num_labels)
    return binarised(dataset, binarise)


def load_rows(
    path: str | os.PathLike[str],
    *,
    binarise: str = "none",
    **reading: Unpack[ReadingArguments],
) -> Dataset:
    """All of the user's own data in their order, as each of the three splits: for commands that
    act on data, while splits are for training.

    Arguments and errors as `vaezoo.datasets.load`; one row is enough. `names` of the result are
    those of a folder's files, or "train[0]" where a file has splits of its own.

    Example:
        >>> import tempfile
        >>> import numpy as np
        >>> from vaezoo import datasets
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     np.save(f"{folder}/mine.npy", np.arange(8, dtype=np.float32).reshape(4, 2))
        ...     datasets.load_rows(f"{folder}/mine.npy").test[np.arange(2)].tolist()
        [[0.0, 1.0], [2.0, 3.0]]
    """
    check_option(binarise)
    data = load_all(path, Reading(**reading))
    return data if binarise == "none" else binarised_rows(data)


def _check_named(name: str, reading: Reading) -> None:
    """Raises `ConfigError` for what a named data set would ignore."""
    for option in ("labels", "split_by"):
        if getattr(reading, option):
            raise ConfigError(f"data.{option} is for data of your own: {name} is a named data set.")


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
