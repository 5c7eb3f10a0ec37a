"""Batches of a PyDataset or of a generator, changed on their way."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import keras


class ChangedBatches(keras.utils.PyDataset):
    """Another PyDataset, with its batches changed.

    Args:
        data: the other.
        change: of one batch.
        options: of `keras.utils.PyDataset`; by default those of `data`.
    """

    def __init__(
        self, data: keras.utils.PyDataset, change: Callable[[Any], Any], **options: Any
    ) -> None:
        names = ("workers", "use_multiprocessing", "max_queue_size")
        super().__init__(**{name: getattr(data, name) for name in names} | options)
        self._data, self._change = data, change

    @property
    def num_batches(self) -> int | None:
        number: int | None = self._data.num_batches
        return number

    def __len__(self) -> int:
        return len(self._data)

    def __getitem__(self, index: int) -> Any:
        return self._change(self._data[index])

    def on_epoch_begin(self) -> None:
        self._data.on_epoch_begin()

    def on_epoch_end(self) -> None:
        self._data.on_epoch_end()
