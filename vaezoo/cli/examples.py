"""The examples that a command acts on: all rows of the user's data, or a named set's test split."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaezoo.cli import terminal
from vaezoo.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable

    from vaezoo.datasets import Dataset
    from vaezoo.protocols import Array
    from vaezoo.runtime.model import Model
    from vaezoo.runtime.preparation import Preparation

SPLITS = ("all", "train", "validation", "test")
FORMATS = "Data set's name, .npy, .npz, .h5, folder of images, or .csv of a table."
_MOST = 1000  # of a named data set, where no number is given


def data_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that say which examples to take and how to prepare them."""
    split = click.option(
        "--split",
        type=click.Choice(SPLITS),
        help="Rows to take.  [all of your own data; test of a named data set]",
    )
    binarise = click.option(
        "--binarise",
        is_flag=True,
        help="Draw each value of your own data as 0 or 1, with its level as the probability.",
    )
    return split(binarise(command))


@dataclass(frozen=True)
class Examples:
    """Some examples, as a model takes them.

    Attributes:
        x: [N, *data_shape], float32.
        labels: [N], where the model takes them.
        names: of the rows: files, or empty.
        what: which they are: "all 400 rows of mine.npy".
        classes: their labels, [N], whether the model takes them or not; None where there are none.
    """

    x: Array
    labels: Array | None
    names: list[str]
    what: str
    classes: Array | None = None

    def halves(self) -> tuple[Examples, Examples]:
        """Every second example, and the others."""
        both = []
        for start, name in enumerate(("first", "second")):
            rows = slice(start, None, 2)
            labels, classes = (None if v is None else v[rows] for v in (self.labels, self.classes))
            what = f"the {name} of every two of {self.what}"
            both.append(Examples(self.x[rows], labels, self.names[rows], what, classes))
        return both[0], both[1]


def choose(
    model: Model,
    data: str,
    num: int | None,
    *,
    split: str | None,
    binarise: bool = False,
    most: int | None = _MOST,
) -> Examples:
    """The examples that the options name.

    Args:
        model: that takes them.
        data: a data set's name, or a path.
        num: how many, from the first on; None: all of the user's own, `most` of a named data set.
        split: one of `SPLITS`; None: as the option's help has it.
        binarise: whether levels of the user's own data are drawn as 0 or 1.
        most: of a named data set.

    Raises:
        ConfigError: the data are images and the model takes none, or there is no such split.
        DataError: the data have no labels, or cannot be used.
    """
    import numpy as np

    from vaezoo.cli.options import need_memory
    from vaezoo.datasets import as_float
    from vaezoo.datasets.loading import is_own

    own = is_own(data)
    prepared = model.manifest.preparation
    dataset, split = load(data, model.data_shape, prepared, split, binarise=binarise)
    source = getattr(dataset, split)
    num = num or (len(source) if own or most is None else most)
    rows = np.arange(min(num, len(source)))
    need_memory(8 * len(rows) * int(np.prod(source.shape[1:])), f"reading {len(rows):,} examples")
    kind = "rows" if own and dataset.splits.startswith("none") else f"{split} examples"
    amount = f"all {len(rows):,}" if len(rows) == len(source) else _first(len(rows), len(source))
    return Examples(
        as_float(source[rows]),
        conditions(model, dataset, split, rows),
        [dataset.names[row] for row in range(len(rows))] if dataset.names else [],
        f"{amount} {kind} of {data}",
        dataset.labels[split][rows] if split in dataset.labels else None,
    )


def load(
    data: str,
    shape: tuple[int, ...],
    prepared: Preparation | None,
    split: str | None,
    *,
    binarise: bool = False,
) -> tuple[Dataset, str]:
    """A data set, prepared as a model's was, and the name of the split to take.

    Notes on stderr say what was assumed. Raises as `choose`.
    """
    from vaezoo import datasets
    from vaezoo.datasets.loading import is_own
    from vaezoo.runtime.preparation import Preparation

    if not is_own(data):
        if split == "all":
            raise ConfigError(f"--split all is for data of your own: {data} has three splits.")
        return _named(data, prepared, split or "test", binarise), split or "test"
    known = prepared or Preparation()
    arguments: dict[str, Any] = {"counts": known.counts}
    if Path(data).is_dir():
        arguments = _image_options(shape, known)
        if prepared is None:
            note(f"how images were resized in training is not recorded: {known.resize} is assumed.")
    arguments |= {"labels": known.labels, "attributes": known.attributes}
    arguments["binarise"] = "static" if binarise else "none"
    every = split in (None, "all")
    dataset = datasets.load_rows(data, **arguments) if every else datasets.load(data, **arguments)
    for text in dataset.notes:
        note(text)
    return dataset, "test" if every else str(split)


def _named(data: str, prepared: Preparation | None, split: str, binarise: bool) -> Dataset:
    """A named data set; its levels are drawn as they were when the model was measured."""
    from vaezoo import datasets
    from vaezoo.datasets.binarisation import binarised

    dataset = datasets.load(data)
    drawn = binarise or (prepared is not None and prepared.binarise != "none")
    if not drawn or dataset.binary:
        return dataset
    note(f"{data} is binarised, as in training: each level is the probability of a 1.")
    return binarised(dataset, "static" if split == "train" else "dynamic")


def _image_options(shape: tuple[int, ...], prepared: Preparation) -> dict[str, Any]:
    """How a folder's images are brought to the model's shape."""
    modes = {1: "grey", 3: "rgb", 4: "rgba"}
    if len(shape) != 3 or shape[2] not in modes:
        raise ConfigError(f"the model takes data of shape {list(shape)}, not images.")
    return {
        "image_size": shape[:2],
        "image_mode": prepared.image_mode or modes[shape[2]],
        "resize": prepared.resize,
        "background": prepared.background,
    }


def conditions(model: Model, dataset: Dataset, split: str, rows: Array) -> Array | None:
    """What the model takes as the condition of these rows; None where it takes or needs none."""
    expected = model.manifest.condition
    if expected is None or "classifier" in model.manifest.graphs:  # which guesses them
        return None
    from vaezoo.datasets.labelling import Needed, condition_of

    needed = Needed(model.manifest.model, expected.kind, expected.dim, expected.names)
    return condition_of(dataset, split, needed)[rows]


def _first(num: int, total: int) -> str:
    return f"the first {num:,} of {total:,}"


def note(text: str) -> None:
    """A line on stderr."""
    terminal.say(f"Note: {text}", err=True)
