"""What every likelihood offers."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from vaezoo._core.components import Component
from vaezoo.distributions import tfd


class Likelihood(Component, abc.ABC):
    """p(x|z): the decoder's outputs read as a distribution over x.

    Args:
        data_shape: shape of one example, such as (28, 28, 1) or (64,).

    Attributes:
        value_range: least and greatest value that data may have; None where any value may be.
        is_discrete: whether it is a mass function, so that bits per dimension are meaningful.
        support: the values on which it sums to one; None for a density on the whole range.
    """

    value_range: tuple[float, float] | None = None
    is_discrete = False
    support: tuple[float, ...] | None = None

    def __init__(self, data_shape: Sequence[int], **keras_args: Any) -> None:
        super().__init__(**keras_args)
        self.data_shape = tuple(data_shape)

    def is_normalised_on(self, x: np.ndarray) -> bool:
        """Whether all of `x` lies where this is a density or a mass function."""
        return self.support is None or bool(np.isin(x, self.support).all())

    def nearest(self, x: np.ndarray) -> np.ndarray:
        """x moved to the nearest values on which this is a density or a mass function."""
        if self.support is None:
            return x
        values = np.asarray(self.support, x.dtype)
        return values[np.abs(x[..., None] - values).argmin(axis=-1)]

    @property
    @abc.abstractmethod
    def output_shape(self) -> tuple[int, ...]:
        """Shape of the decoder's output for one example."""

    @abc.abstractmethod
    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """The distribution's parameters by name, from decoder outputs [..., *output_shape].

        "mean" is always among them: [..., *data_shape], what is shown as the picture.
        """

    @abc.abstractmethod
    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        """p(x|z), batch shape [...], event shape data_shape, normalised over x."""

    def training_distribution(self, outputs: tf.Tensor, x: tf.Tensor) -> tfd.Distribution:
        """`distribution` in training, for likelihoods that fit parameters to the batch `x`."""
        return self.distribution(outputs)

    def encoder_inputs(self, x: tf.Tensor) -> tf.Tensor:
        """x as the encoder sees it, on a scale that networks like."""
        return x
