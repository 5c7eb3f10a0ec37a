"""Attributes of data sets by name: measured on images, factors of a renderer, words of a name."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from vaezoo._progress import steps
from vaezoo.datasets import dsprites, emoji
from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.datasets.made import measured_once
from vaezoo.datasets.strokes import STROKES, measure_strokes
from vaezoo.errors import need, unknown_name
from vaezoo.protocols import Array

_CHUNK = 1000  # images that are measured between two looks at the clock
_VERSION = 1  # of the measurements


@dataclass(frozen=True)
class Attributes:
    """What a data set's attributes are.

    Attributes:
        names: in the order of the columns.
        of: the data set and a split -> [N, A], float32; NaN where one has no meaning.
        measured: whether they are measured on images, for which scikit-image is needed.
    """

    names: Sequence[str]
    of: Callable[[Dataset, str], Array]
    measured: bool = False


def with_attributes(dataset: Dataset, names: Sequence[str]) -> Dataset:
    """The data set with these attributes, in this order; they are found when they are first read.

    Raises:
        UnknownNameError: it has no such attribute.
        MissingExtraError: they are measured, and scikit-image is not installed.

    Example:
        >>> import numpy as np
        >>> from vaezoo.datasets import Dataset
        >>> from vaezoo.datasets.attributes import with_attributes
        >>> x, places = np.zeros((1, 8, 8, 1)), {"test": np.array([[2, 0, 7, 3, 4]])}
        >>> data = Dataset("dsprites", x, x, x, "", "", "", factors=places)
        >>> with_attributes(data, ["y", "shape"]).attributes["test"].tolist()
        [[4.0, 2.0]]
    """
    if dataset.name not in ATTRIBUTES:
        raise unknown_name("data set with attributes", dataset.name, ATTRIBUTES)
    known = ATTRIBUTES[dataset.name]
    for name in names:
        if name not in known.names:
            raise unknown_name(f"attribute of {dataset.name}", name, known.names)
    if known.measured:
        need("attributes", "skimage", f"measuring the attributes of {dataset.name}")
    columns = [list(known.names).index(name) for name in names]
    values = _WhenRead(lambda split: known.of(dataset, split)[:, columns])
    return dataclasses.replace(dataset, attributes=values, attribute_names=tuple(names))


class _WhenRead(Mapping[str, Array]):
    """The attributes by split, found when they are first read: most uses of the data need none."""

    def __init__(self, of: Callable[[str], Array]) -> None:
        self._of, self._found = of, dict[str, Array]()

    def __getitem__(self, split: str) -> Array:
        if split not in SPLITS:
            raise KeyError(split)
        if split not in self._found:
            self._found[split] = self._of(split)
        return self._found[split]

    def __iter__(self) -> Iterator[str]:
        return iter(SPLITS)

    def __len__(self) -> int:
        return len(SPLITS)


def attribute_names(name: str) -> tuple[str, ...]:
    """The attributes that a data set has, by its name; () for none."""
    return tuple(ATTRIBUTES[name].names) if name in ATTRIBUTES else ()


def _strokes(dataset: Dataset, split: str) -> Array:
    """Measured once: later calls read the cache."""
    x = getattr(dataset, split)
    pixels = x[np.arange(len(x))]
    name = f"{dataset.name}/{split}_attributes_{_VERSION}"
    return measured_once(name, pixels, lambda: _measured(pixels, f"measuring {dataset.name}"))


def _measured(x: Array, what: str) -> Array:
    chunks = np.array_split(np.arange(len(x)), -(-len(x) // _CHUNK))
    parts = []
    with steps(what, len(chunks), shown=True) as advance:
        for rows in chunks:
            parts.append(measure_strokes(x[rows]))
            advance()
    return np.concatenate(parts)


def _factors(dataset: Dataset, split: str) -> Array:
    return dataset.factors[split].astype(np.float32)


_HAIR = tuple(kind.replace(" ", "_") for kind in emoji.ATTRIBUTES["hair"][1:])


def _people(dataset: Dataset, split: str) -> Array:
    """Of emoji: skin tone from light, 0, to dark, 4; 1 for male, 0 for female; each kind of hair, 1
    or 0, of those whose name tells anything of a person. All else is NaN."""
    tone, gender, hair = dataset.factors[split].T.astype(np.float32)
    told = (tone > 0) | (gender > 0) | (hair > 0)
    columns = [
        np.where((tone > 0) & (tone < 6), tone - 1, np.nan),
        np.where((gender > 0) & (gender < 3), gender - 1, np.nan),
        *(np.where(told, hair == kind + 1, np.nan) for kind in range(len(_HAIR))),
    ]
    return np.stack(columns, axis=1).astype(np.float32)


_PEOPLE = Attributes(("skin_tone", "male", *_HAIR), _people)

ATTRIBUTES: Mapping[str, Attributes] = {
    "dsprites": Attributes(dsprites.FACTORS, _factors),
    "emoji": _PEOPLE,
    "emoji_64": _PEOPLE,
    "mnist": Attributes(STROKES, _strokes, measured=True),
}
