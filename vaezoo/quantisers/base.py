"""Base class of quantisers."""

from __future__ import annotations

import abc
from typing import NamedTuple, Unpack

import tensorflow as tf

from vaezoo._core.components import Component
from vaezoo._core.types import KerasArguments


class QuantiserOutput(NamedTuple):
    """The encoder's outputs h, quantised.

    Attributes:
        codes: integers below `codebook_size`, int32 [B, P, R].
        values: the vectors that the codes represent, with the gradient of h, [B, P, C].
        penalty: added to the loss, for the encoder and the codebook, in nats, [B].
    """

    codes: tf.Tensor
    values: tf.Tensor
    penalty: tf.Tensor


class Quantiser(Component, abc.ABC):
    """h -> codes -> values near h, at each of P positions.

    To add a quantiser, implement `quantise` and `embed`, set `codebook_size` (and `num_codes`, if
    a position has several codes), and add the class to `vaezoo.quantisers.QUANTISERS`.

    Args:
        channels: C, the size of the vector at each position.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Attributes:
        codebook_size: S, the number of different codes.
        num_codes: R, codes per position.

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.quantisers import FiniteScalar
        >>> quantiser = FiniteScalar(channels=2, levels=(3, 3))
        >>> h = tf.constant([[[-9.0, 9.0]]])
        >>> codes, values, penalty = quantiser.quantise(h, tf.constant([0, 0]), training=False)
        >>> codes.numpy().tolist(), values.numpy().tolist()
        ([[[6]]], [[[-1.0, 1.0]]])
    """

    codebook_size: int
    num_codes: int = 1

    def __init__(self, channels: int, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.channels = channels

    @abc.abstractmethod
    def quantise(
        self, h: tf.Tensor, seed: tf.Tensor, training: bool, weights: tf.Tensor | None = None
    ) -> QuantiserOutput:
        """Codes of h, [B, P, C].

        In training, state that is not learned by gradients, such as running means, is updated,
        by `weights` of the examples, [B], if there are any: their mean is 1 over those above 0 of
        all replicas, and the rows of weight 0 come last. On a replica all may be 0.
        """

    @abc.abstractmethod
    def embed(self, codes: tf.Tensor) -> tf.Tensor:
        """The vectors that codes represent, int32 [..., P, R] -> [..., P, C]."""


def straight_through(h: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """`values`, with the gradient of h: Bengio et al. 2013, https://arxiv.org/abs/1308.3432."""
    return h + tf.stop_gradient(values - h)
