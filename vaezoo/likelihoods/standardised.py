"""Base class of likelihoods that can work in the data's own location and unit."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Sequence
from typing import Unpack

import numpy as np
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo.errors import DataError, unknown_name
from vaezoo.likelihoods.base import Likelihood
from vaezoo.metrics.components import location_and_unit
from vaezoo.protocols import Array

STANDARDISE = ("shared", "per_channel", "per_dimension")
LARGEST_UNIT = 1e15  # whose squares, summed over an example, float32 still holds


class Standardised(Likelihood, abc.ABC):
    """p(x|z) of location-scale families, with networks that see (x - loc) / unit.

        p(x|z) = p((x - loc) / unit | z) / unit,  so that log p(x) is in the units of x

    `loc` and `unit` are the mean and the standard deviation of the examples that `fit` is given,
    computed before the first step, and saved with the weights; before `train_on_batch`, call
    `model.adapt(x)`. Without `standardise` there are none, and the networks see x.

    Args:
        data_shape: shape of one example.
        standardise: None; or what has a mean and a standard deviation of its own: all values
            together ("shared"), those of each channel ("per_channel"), or each value
            ("per_dimension"). A value that never changes keeps a unit of 1.

    Raises:
        UnknownNameError: `standardise` is none of these.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        standardise: str | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(data_shape, **keras_args)
        if standardise is not None and standardise not in STANDARDISE:
            raise unknown_name("standardise", standardise, STANDARDISE)
        self.standardise = standardise
        if standardise is not None:
            shape = self.data_shape[self._shared_axes :]
            state = {"trainable": False, "dtype": "float32"}
            self.loc = self.add_weight(shape=shape, initializer="zeros", name="loc", **state)
            self.unit = self.add_weight(shape=shape, initializer="ones", name="unit", **state)
            self.known = self.add_weight(shape=(), initializer="zeros", name="known", **state)

    @property
    def _shared_axes(self) -> int:
        """The number of an example's leading axes that have one location and unit."""
        rank = len(self.data_shape)
        return {"shared": rank, "per_channel": rank - 1}.get(str(self.standardise), 0)

    @property
    def own_units(self) -> Array | None:
        if self.standardise in (None, "shared"):
            return None
        return np.asarray(tf.convert_to_tensor(self.unit))

    @property
    def is_adapted(self) -> bool:
        return self.standardise is None or bool(tf.convert_to_tensor(self.known) > 0)

    def adapt(self, examples: Iterable[tuple[Array, Array]]) -> None:
        """Sets `loc` and `unit`.

        Raises:
            DataError: values so large that float32 does not hold their squares.
        """
        loc, unit = location_and_unit(examples, self._shared_axes)
        if (largest := np.max(np.maximum(np.abs(loc), unit))) > LARGEST_UNIT:
            raise DataError(
                f"the examples have values of about {largest:.0e}: expected no more than "
                f"{LARGEST_UNIT:.0e}; take out wrong values, or choose another unit."
            )
        self.loc.assign(loc)
        self.unit.assign(unit)
        self.known.assign(1.0)

    def encoder_inputs(self, x: tf.Tensor) -> tf.Tensor:
        """(x - loc) / unit."""
        if self.standardise is None:
            return x
        return (x - tf.convert_to_tensor(self.loc)) / tf.convert_to_tensor(self.unit)

    def outputs_near(self, mean: Array, slopes: Array) -> tuple[Array, Array]:
        """The same: the decoder's outputs are the means of standardised values."""
        return mean, slopes

    def in_units(self, mean: tf.Tensor, scale: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Location and scale in the units of x, of those of standardised values."""
        if self.standardise is None:
            return mean, scale
        unit = tf.convert_to_tensor(self.unit)
        return tf.convert_to_tensor(self.loc) + unit * mean, unit * scale
