"""What every quantiser offers."""

from __future__ import annotations

import abc
from typing import NamedTuple

import tensorflow as tf

from vaezoo._core.components import Component


class Quantised(NamedTuple):
    """What became of the encoder's outputs h.

    Attributes:
        codes: whole numbers below `codebook_size`, int32 [B, P, R].
        values: what the codes stand for, with the gradient of h, [B, P, C].
        penalty: what the quantiser asks the encoder and the codebook to keep small, [B].
    """

    codes: tf.Tensor
    values: tf.Tensor
    penalty: tf.Tensor


class Quantiser(Component, abc.ABC):
    """h -> codes -> values near h, at each of P positions.

    Args:
        channels: C, numbers at a position.

    Attributes:
        codebook_size: S, how many codes there are.
        num_codes: R, codes at a position.
    """

    codebook_size: int
    num_codes: int = 1

    def __init__(self, channels: int, **keras_args: object) -> None:
        super().__init__(**keras_args)
        self.channels = channels

    @abc.abstractmethod
    def quantise(self, h: tf.Tensor, seed: tf.Tensor, training: bool) -> Quantised:
        """Codes of h [B, P, C]. In training, what is no matter of gradients is learned here."""

    @abc.abstractmethod
    def embed(self, codes: tf.Tensor) -> tf.Tensor:
        """What codes stand for, int32 [..., P, R] -> [..., P, C]."""


def straight_through(h: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """values, whose gradient is passed to h as it is: Bengio et al. 2013,
    https://arxiv.org/abs/1308.3432."""
    return h + tf.stop_gradient(values - h)
