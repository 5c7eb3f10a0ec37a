"""Training that goes on where an optimiser averages weights (`use_ema`).

Keras leaves the averages in the model when `fit` ends, and so would begin another `fit` from them.
Here the weights before averaging are kept, and saved with the model, so that one epoch and another
are the same as two.
"""

from __future__ import annotations

from typing import Any

import keras
import numpy as np

from vaezoo._model.train_step import TraceModel
from vaezoo.protocols import Array

_PREFIX = "unaveraged_"


class AveragedModel(TraceModel):
    """A model that knows its weights before averaging, where it has averages in their place."""

    _unaveraged: tuple[Array, ...] = ()

    def _go_on(self) -> None:
        """Puts the weights before averaging back, unless others than the averages were set."""
        optimizer = averaging(self.optimizer)
        if optimizer is None or not self._unaveraged or not optimizer.built:
            return
        weights = optimizer._trainable_variables
        pairs = zip(weights, optimizer._model_variables_moving_average, strict=True)
        if all(np.array_equal(weight, average) for weight, average in pairs):
            for weight, value in zip(weights, self._unaveraged, strict=True):
                weight.assign(value)
        self._unaveraged = ()

    def save_own_variables(self, store: Any) -> None:
        super().save_own_variables(store)
        for place, value in enumerate(self._unaveraged):
            store[f"{_PREFIX}{place}"] = value

    def load_own_variables(self, store: Any) -> None:
        names = list(store.keys())
        mine = sum(name.startswith(_PREFIX) for name in names)
        super().load_own_variables({n: store[n] for n in names if not n.startswith(_PREFIX)})
        self._unaveraged = tuple(np.array(store[f"{_PREFIX}{place}"]) for place in range(mine))


class KeepUnaveraged(keras.callbacks.Callback):
    """Keeps the weights of the last epoch's end, which Keras then replaces by averages."""

    weights: tuple[Array, ...] = ()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        optimizer = averaging(self.model.optimizer)
        if optimizer is not None and optimizer.built:
            self.weights = tuple(np.array(each) for each in optimizer._trainable_variables)

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self.model._unaveraged = self.weights


def averaging(optimizer: Any) -> Any:
    """The optimiser that averages: itself, or that whose loss it scales; None where none does."""
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    return inner if getattr(inner, "use_ema", False) else None
