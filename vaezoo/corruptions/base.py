"""What every corruption offers."""

from __future__ import annotations

import abc

import tensorflow as tf

from vaezoo._core.components import Component


class Corruption(Component, abc.ABC):
    """c(x'|x): the encoder sees x' in training, while the likelihood is that of x."""

    @abc.abstractmethod
    def corrupt(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """x' ~ c(x'|x), of the shape of x; the same seed [2], the same x'."""
