"""Likelihood of the rows of a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import TableCells, tfd
from vaezoo.distributions.table import mapped, observed, special_numbers
from vaezoo.errors import ConfigError
from vaezoo.likelihoods.base import Likelihood
from vaezoo.protocols import Array
from vaezoo.tables.density import RowDensity
from vaezoo.tables.layout import COMPONENTS, Layout
from vaezoo.tables.schema import Schema

_LOG_SCALES = (-7.0, 4.0)  # in units of the column


@keras.saving.register_keras_serializable("vaezoo")
class Table(Likelihood):
    """p(x|z) = prod_i p_i(x_i|z) over the cells i that are there, each of its column's kind.

    A number has a mixture of normal distributions after its column's map, or, where it is rounded,
    of logistic ones, whose masses count; and special values with probabilities of their own. A
    label has a categorical distribution. A missing cell contributes nothing (missing at random);
    where the schema says that gaps are learned, so has each mask a Bernoulli distribution:
    Nazabal et al. 2020, sec. 3, https://arxiv.org/abs/1807.03653. Densities are of the data in
    their own units. The networks see standardised numbers, one of each label, and the mask; zeros
    where a cell is missing.

    Location and unit of each column are the mean and the standard deviation, after its map, of the
    examples that `fit` is given, computed before the first step, and saved with the weights.

    Args:
        data_shape: (schema.width,), of encoded rows; any shape where there is no schema.
        schema: what `Schema.to_dict` gives; None: all values are real numbers that are never
            missing.
        num_components: of the mixtures.

    Raises:
        ConfigError: the schema is none, or has another width.

    Example:
        >>> import numpy as np
        >>> from vaezoo.likelihoods import Table
        >>> from vaezoo.tables import Schema
        >>> schema = Schema.infer({"sex": np.array(["m", "f", "m"]), "age": np.array([3, 4, 50])})
        >>> likelihood = Table((schema.width,), schema.to_dict(), num_components=2)
        >>> likelihood.output_shape  # "which" and 2 · 3 for the age, 2 for the sex
        (9,)
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        schema: Mapping[str, Any] | None = None,
        num_components: int = COMPONENTS,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(data_shape, **keras_args)
        self.schema, self.num_components = schema, positive("num_components", num_components)
        self.layout = Layout(self._schema(schema), num_components)
        shape, state = (len(self.layout.numbers),), {"trainable": False, "dtype": "float32"}
        self.loc = self.add_weight(shape=shape, initializer="zeros", name="loc", **state)
        self.unit = self.add_weight(shape=shape, initializer="ones", name="unit", **state)
        self.known = self.add_weight(shape=(), initializer="zeros", name="known", **state)

    def _schema(self, given: Mapping[str, Any] | None) -> Schema:
        size = int(np.prod(self.data_shape))
        if given is None:
            return Schema.of_numbers(size)
        try:
            schema = Schema.of_dict(given)
        except (KeyError, TypeError, ValueError) as error:
            raise ConfigError(f"the schema of the table likelihood is none: {error}") from None
        if (schema.width,) != self.data_shape:
            raise ConfigError(
                f"data_shape is {list(self.data_shape)}, and rows of this schema have "
                f"{schema.width} numbers: give ({schema.width},)."
            )
        return schema

    def is_normalised_on(self, x: np.ndarray) -> bool:
        schema = self.layout.schema
        return bool(np.array_equal(schema.nearest(x).astype(x.dtype), x))

    def nearest(self, x: np.ndarray) -> np.ndarray:
        return self.layout.schema.nearest(x).astype(x.dtype)

    @property
    def output_shape(self) -> tuple[int, ...]:
        return (self.layout.size,)

    @property
    def is_adapted(self) -> bool:
        return bool(tf.convert_to_tensor(self.known) > 0)

    def adapt(self, examples: Iterable[tuple[Array, Array]]) -> None:
        """Sets location and unit of each column of numbers."""
        numbers = self.layout.numbers
        sums = np.zeros((3, len(numbers)))
        for rows, weights in examples:
            rows = rows.reshape(len(rows), -1)
            x = rows[:, numbers.places].astype(np.float64)
            seen = self.layout.schema.observed(rows)[:, numbers.places]
            seen = seen & ~numbers.is_special(x).any(axis=2)
            w = weights[:, None] * seen
            y = numbers.mapped(x)
            sums += np.stack([w.sum(axis=0), (w * y).sum(axis=0), (w * y**2).sum(axis=0)])
        total = np.maximum(sums[0], 1e-9)
        mean = sums[1] / total
        variance = sums[2] / total - mean**2
        is_constant = variance <= 1e-12 * np.maximum(1e-12, mean**2)
        self.loc.assign(mean)
        self.unit.assign(np.where(is_constant, 1.0, np.sqrt(np.maximum(variance, 1e-30))))
        self.known.assign(1.0)

    @property
    def encoder_shape(self) -> tuple[int, ...]:
        """That of `encoder_inputs`."""
        layout = self.layout
        if self.schema is None:
            return self.data_shape
        labels = sum(group.fill.size for group in layout.groups)
        num_special = int((~np.isnan(layout.numbers.special)).sum())
        return (len(layout.numbers) + num_special + labels + len(layout.schema.with_gaps),)

    def encoder_inputs(self, x: tf.Tensor) -> tf.Tensor:
        """Numbers (m(x) - loc) / unit, which special values they are, labels, and the mask:
        [..., *encoder_shape]."""
        if self.schema is None:
            shape = self.data_shape
            return (x - tf.reshape(self.loc.value, shape)) / tf.reshape(self.unit.value, shape)
        layout, seen, parts = self.layout, observed(self.layout, x), []
        if len(layout.numbers):
            parts += self._of_numbers(x, seen)
        for group in layout.groups:
            codes = tf.cast(tf.round(tf.gather(x, group.places, axis=-1)), tf.int32)
            labels = tf.one_hot(codes, group.fill.shape[1])
            parts += tf.unstack(labels * tf.gather(seen, group.places, axis=-1)[..., None], axis=-2)
        return tf.concat([*parts, x[..., len(layout.schema.learned) :]], axis=-1)

    def _of_numbers(self, x: tf.Tensor, seen: tf.Tensor) -> list[tf.Tensor]:
        numbers = self.layout.numbers
        x, seen = (tf.gather(values, numbers.places, axis=-1) for values in (x, seen))
        standard = (mapped(numbers, x) - self.loc.value) / self.unit.value
        if not numbers.special.size:
            return [standard * seen]
        is_special = tf.cast(special_numbers(numbers, x), tf.float32) * seen[..., None]
        usual = seen * (1 - tf.reduce_sum(is_special, axis=-1))
        pairs = np.argwhere(~np.isnan(numbers.special))
        flags = [is_special[..., row, place] for row, place in pairs.tolist()]
        return [standard * usual, tf.stack(flags, axis=-1)]

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        cells = self._cells(outputs)
        return {"mean": cells.mean(), "cells": cells.outputs}

    def draw(self, parameters: Mapping[str, tf.Tensor], seed: int = 0) -> Array:
        """A draw of each row, float32, [N, *data_shape], of `parameters`."""
        cells = RowDensity(self.layout, np.asarray(parameters["cells"]))
        rows = self.layout.schema.nearest(cells.sample(np.random.default_rng(seed)))
        return rows.reshape(-1, *self.data_shape).astype(np.float32)

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        return tfd.Independent(self._cells(outputs), len(self.data_shape))

    def _cells(self, outputs: tf.Tensor) -> TableCells:
        """In the columns' units, of outputs in standardised ones."""
        layout = self.layout
        outputs = tf.cast(outputs, tf.float32)
        if not len(layout.numbers):
            return TableCells(layout, outputs, self.data_shape)
        low, high, gain, shift = self._units()
        own, others = tf.split(outputs, [layout.numbers_stop, -1], axis=-1)
        own = tf.clip_by_value(own, low, high) * gain + shift
        return TableCells(layout, tf.concat([own, others], axis=-1), self.data_shape)

    def _units(self) -> tuple[tf.Tensor, ...]:
        """Least and greatest output of numbers, and the gain and the shift to their units."""
        layout, k = self.layout, self.num_components
        is_loc, is_scale, start = (
            np.zeros((len(layout.numbers), layout.per_number), np.float32) for _ in range(3)
        )
        is_loc[:, -2 * k : -k] = is_scale[:, -k:] = 1
        if k > 1:  # components start side by side
            start[:, -2 * k : -k], start[:, -k:] = np.linspace(-1.5, 1.5, k), -1.0
        loc, unit = self.loc.value[:, None], self.unit.value[:, None]
        gain = 1 + is_loc * (unit - 1)
        shift = is_loc * (loc + unit * start) + is_scale * (tf.math.log(unit) + start)
        low, high = (np.where(is_scale, limit, 1e9 * limit) for limit in _LOG_SCALES)
        return tuple(tf.reshape(tf.cast(v, tf.float32), [-1]) for v in (low, high, gain, shift))
