"""Epoch means of what a whole batch says about the aggregate posterior."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf


class AggregateMeans:
    """Means of terms that batches of too few examples do not have.

    Added to the means of the other terms, they are the means of the losses: a single mean would
    count a missing term as 0. Keras neither saves nor reports them, as they are no attribute of
    a model that it knows.

    Args:
        names: of the losses.
    """

    def __init__(self, names: Sequence[str]) -> None:
        self._means = {name: keras.metrics.Mean(f"{name}_of_aggregate") for name in names}

    def update(self, name: str, term: tf.Tensor, weights: tf.Tensor) -> None:
        """Adds the term of a loss for one batch, [B], with the weights of the examples, [B]."""
        self._means[name].update_state(term, weights)

    def results(self) -> dict[str, tf.Tensor]:
        """The means since `reset`, by loss."""
        return {name: mean.result() for name, mean in self._means.items()}

    def lack_batches(self) -> bool:
        """Whether there are such terms, and no batch had enough examples for them."""
        return any(float(tf.convert_to_tensor(mean.count)) == 0 for mean in self._means.values())

    def reset(self) -> None:
        """Begins again."""
        for mean in self._means.values():
            mean.reset_state()
