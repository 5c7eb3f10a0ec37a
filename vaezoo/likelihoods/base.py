"""Base class of likelihoods."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Sequence
from typing import Unpack

import numpy as np
import tensorflow as tf

from vaezoo._checks import check_shape
from vaezoo._core.components import Component
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import tfd
from vaezoo.protocols import Array


class Likelihood(Component, abc.ABC):
    """p(x|z): reads the decoder's outputs as a distribution over x.

    To add a likelihood, implement `output_shape`, `parameters` and `distribution`, set
    `value_range`, `support` and `is_discrete` if x is not any real number, and add the class to
    `vaezoo.likelihoods.LIKELIHOODS`. Log-probabilities are nats per example.

    Args:
        data_shape: shape of one example, such as (28, 28, 1) or (64,).
        keras_args: `name` and `dtype`, as for any Keras layer.

    Attributes:
        value_range: least and greatest value that data may have; None for any value.
        is_discrete: whether it is a mass function, so that bits per dimension are meaningful.
        is_of_counts: whether data are counts, so that bytes stand for themselves.
        support: the values on which the mass function sums to one; None for a density on the
            whole range.

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.likelihoods import Bernoulli
        >>> likelihood = Bernoulli((8, 8, 1))
        >>> p = likelihood.distribution(tf.zeros([5, *likelihood.output_shape]))
        >>> p.log_prob(tf.ones([5, 8, 8, 1])).shape.as_list()
        [5]
        >>> likelihood.value_range
        (0.0, 1.0)
    """

    value_range: tuple[float, float] | None = None
    is_discrete = False
    is_of_counts = False
    support: tuple[float, ...] | None = None

    def __init__(self, data_shape: Sequence[int], **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.data_shape = check_shape(data_shape)

    def is_normalised_on(self, x: np.ndarray) -> bool:
        """Whether this is a normalised density or mass function on all values of `x`."""
        return self.support is None or bool(np.isin(x, self.support).all())

    def nearest(self, x: np.ndarray) -> np.ndarray:
        """x rounded to the nearest values on which this is a density or a mass function."""
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

        "mean", [..., *data_shape], is always among them: what is shown as the image.
        """

    @abc.abstractmethod
    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        """p(x|z), batch shape [...], event shape data_shape, normalised over x."""

    def training_distribution(
        self, outputs: tf.Tensor, x: tf.Tensor, weights: tf.Tensor | None = None
    ) -> tfd.Distribution:
        """`distribution`, in training, for likelihoods that fit parameters to the batch `x`, with
        `weights` [K, B] of the samples and examples; None: 1/K each. Their sum over K has a mean
        of 1 over the batch, or over the batches of all replicas."""
        return self.distribution(outputs)

    def encoder_inputs(self, x: tf.Tensor) -> tf.Tensor:
        """x as the encoder sees it, on a scale suited to networks."""
        return x

    @property
    def encoder_shape(self) -> tuple[int, ...]:
        """Shape of `encoder_inputs` for one example."""
        return self.data_shape

    @property
    def own_units(self) -> Array | None:
        """The unit of each value, of a shape that broadcasts to an example's, where values have
        units of their own; None where one unit serves all."""
        return None

    @property
    def is_adapted(self) -> bool:
        """Whether all that is computed from data before the first step is known."""
        return True

    def adapt(self, examples: Iterable[tuple[Array, Array]]) -> None:
        """What is computed from batches of examples [B, *data_shape] and their weights [B] before
        the first step: by most likelihoods, nothing."""

    def outputs_near(self, mean: Array, slopes: Array) -> tuple[Array, Array] | None:
        """Decoder outputs b + z A whose mean is, as the encoder sees it, near `mean` + z `slopes`.

        Args:
            mean: [V], of the V values of an example.
            slopes: [D, V].

        Returns:
            b and A, of the same shapes; None where outputs are no means.
        """
        return None

    def start_noise(self, mean: Array, variances: Array) -> None:
        """Starts learned noise near the mean squared errors of a first model of the data; by
        default, there is none to learn.

        Args:
            mean: of each value, as the encoder sees it, [*data_shape].
            variances: mean squared error of each value, likewise.
        """
