"""What a data set is, and how arrays of it are read."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

SPLITS = ("train", "validation", "test")


class Source(Protocol):
    """Examples that index like an array: an array, a memory map, a folder of images.

    Attributes:
        shape: [N, *data_shape].
        dtype: uint8, which means 0…255 for 0…1, or float32, taken as it is.
    """

    @property
    def shape(self) -> tuple[int, ...]: ...

    @property
    def dtype(self) -> np.dtype: ...

    def __len__(self) -> int: ...

    def __getitem__(self, rows: np.ndarray) -> np.ndarray: ...


@dataclass(frozen=True)
class Dataset:
    """A data set in three splits.

    Attributes:
        name: the one it was loaded by.
        train: examples to train on.
        validation: examples for model selection.
        test: examples for the reported figures, never for model selection.
        licence: of the data.
        source: where they come from.
        splits: how the splits are made, in one sentence.
        labels: class of each example, by split, if there are any: [N] integers from 0, or -1
            where it is unknown.
        label_names: of the classes, if they have any.
        attributes: numbers that describe each example, by split: [N, A], float32.
        attribute_names: of the A attributes.
        factors: classes of the ground-truth factors of each example, by split, if they are
            known: [N, F] integers.
        factor_names: of the F factors.
        binary: whether every pixel is already 0 or 1 (255 in bytes).
        names: of the test examples, where files or the user's own splits give them names.
        row_names: of the examples by split, in the user's own data: files, or "row 7".
        notes: what was found in the user's own data that they may not expect, a sentence each.
        schema: of a table, by which rows are encoded, as `vaezoo.tables.Schema.to_dict` gives it.

    Example:
        >>> import numpy as np
        >>> x = np.zeros((5, 8, 8, 1), np.uint8)
        >>> data = Dataset("mine", x, x, x, licence="mine", source="here", splits="all the same")
        >>> data.data_shape
        (8, 8, 1)
    """

    name: str
    train: Source
    validation: Source
    test: Source
    licence: str
    source: str
    splits: str
    labels: Mapping[str, np.ndarray] = field(default_factory=dict)
    label_names: Sequence[str] = ()
    attributes: Mapping[str, np.ndarray] = field(default_factory=dict)
    attribute_names: Sequence[str] = ()
    factors: Mapping[str, np.ndarray] = field(default_factory=dict)
    factor_names: Sequence[str] = ()
    binary: bool = False
    names: Sequence[str] = ()
    row_names: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: Sequence[str] = ()
    schema: Mapping[str, Any] | None = None

    @property
    def num_classes(self) -> int:
        """Number of classes: as many as have names, or as the largest label says; 0 for none."""
        largest = max(
            (int(labels.max()) for labels in self.labels.values() if len(labels)), default=-1
        )
        return len(self.label_names) or largest + 1

    @property
    def data_shape(self) -> tuple[int, ...]:
        """Shape of one example."""
        return tuple(self.train.shape[1:])


@dataclass(frozen=True)
class Subset:
    """Some rows of a source, read when needed."""

    source: Source
    rows: np.ndarray

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self.rows), *self.source.shape[1:])

    @property
    def dtype(self) -> np.dtype:
        return self.source.dtype

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        return self.source[self.rows[rows]]


@dataclass(frozen=True)
class Joined:
    """Sources of one shape and dtype, one after the other."""

    sources: tuple[Source, ...]

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self), *self.sources[0].shape[1:])

    @property
    def dtype(self) -> np.dtype:
        dtypes = {source.dtype for source in self.sources}
        return dtypes.pop() if len(dtypes) == 1 else np.dtype(np.float32)

    def __len__(self) -> int:
        return sum(map(len, self.sources))

    def __getitem__(self, rows: np.ndarray) -> np.ndarray:
        rows = np.asarray(rows)
        result = np.empty((len(rows), *self.shape[1:]), self.dtype)
        first = 0
        for source in self.sources:
            here = (rows >= first) & (rows < first + len(source))
            part = source[rows[here] - first]
            result[here] = part if part.dtype == self.dtype else as_float(part)
            first += len(source)
        return result


def evenly_spaced(num: int, most: int) -> np.ndarray:
    """At most `most` of the rows 0…num-1, evenly spaced: the first ones need not represent the
    rest (those of MNIST are written more clearly).

    Example:
        >>> evenly_spaced(10, 4).tolist()
        [0, 2, 5, 7]
    """
    most = min(num, most)
    return np.arange(most) * num // most


def as_float(x: np.ndarray) -> np.ndarray:
    """float32; uint8 is divided by 255.

    Example:
        >>> as_float(np.array([0, 51, 255], np.uint8)).tolist()
        [0.0, 0.20000000298023224, 1.0]
    """
    scale = 255 if x.dtype == np.uint8 else 1
    return x.astype(np.float32) / np.float32(scale)


def chunks(source: Source, size: int = 1024) -> Iterator[np.ndarray]:
    """The examples in order, at most `size` at a time, so that memory stays bounded."""
    for start in range(0, len(source), size):
        yield source[np.arange(start, min(start + size, len(source)))]


def value_range(source: Source) -> tuple[float, float]:
    """Lowest and highest value: 0 and 1 for bytes, whatever they are; else those that occur.

    Example:
        >>> value_range(np.array([[7]], np.uint8)), value_range(np.array([[-1.0, 3.0]]))
        ((0.0, 1.0), (-1.0, 3.0))
    """
    if source.dtype == np.uint8:
        return 0.0, 1.0
    extremes = [(float(x.min()), float(x.max())) for x in map(as_float, chunks(source))]
    return min(low for low, _ in extremes), max(high for _, high in extremes)
