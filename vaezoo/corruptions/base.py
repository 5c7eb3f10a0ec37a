"""Base class of corruptions."""

from __future__ import annotations

import abc

import tensorflow as tf

from vaezoo._core.components import Component


class Corruption(Component, abc.ABC):
    """c(x'|x): in training the encoder sees x', while the likelihood is that of x.

    To add a corruption, implement `corrupt`, and add the class to
    `vaezoo.corruptions.CORRUPTIONS`.

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.corruptions import Masking
        >>> x = Masking(share=0.5).corrupt(tf.ones([4, 100]), seed=tf.constant([0, 0]))
        >>> x.shape.as_list(), bool(0 < tf.reduce_mean(x) < 1)
        ([4, 100], True)
    """

    @abc.abstractmethod
    def corrupt(self, x: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
        """x' ~ c(x'|x), of the shape of x, as a deterministic function of x and the seed [2]."""
