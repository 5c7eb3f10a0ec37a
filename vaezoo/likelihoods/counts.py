"""Base class of likelihoods of counts."""

from __future__ import annotations

import abc

import numpy as np
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.likelihoods.base import Likelihood
from vaezoo.protocols import Array


class Counts(Likelihood, abc.ABC):
    """Integers 0, 1, 2, …, as float32, which represents all of them up to 2^24.

    The mean is softplus(outputs), which grows linearly with the outputs; the encoder sees
    log(1 + x). Subclasses implement `value_distribution`.

    Args:
        data_shape: shape of one example.
    """

    value_range = (0.0, 2.0**24)
    is_discrete = True
    is_of_counts = True

    def is_normalised_on(self, x: np.ndarray) -> bool:
        return bool((x == np.round(x)).all())

    def nearest(self, x: np.ndarray) -> np.ndarray:
        return np.round(x)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return self.data_shape

    @abc.abstractmethod
    def value_distribution(self, mean: tf.Tensor) -> tfd.Distribution:
        """The distribution of each count, of the batch shape of `mean`."""

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"mean": tf.nn.softplus(tf.cast(outputs, tf.float32)) + 1e-6}

    def encoder_inputs(self, x: tf.Tensor) -> tf.Tensor:
        """log(1 + x)."""
        return tf.math.log(1 + x)

    def outputs_near(self, mean: Array, slopes: Array) -> tuple[Array, Array]:
        """Of the inverse of the softplus, at exp(mean) - 1."""
        counts = np.expm1(mean) + 1e-2
        logits = np.where(counts > 30, counts, np.log(np.expm1(np.minimum(counts, 30.0))))
        return logits, slopes * np.exp(mean) * (1 + np.exp(-logits))

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        counts = self.value_distribution(self.parameters(outputs)["mean"])
        return tfd.Independent(counts, len(self.data_shape))
