"""Rules of tables as a layer: the map that repairs rows, in TensorFlow."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo.errors import ConfigError
from vaezoo.tables.constraints import Constraints, computable, encoded
from vaezoo.tables.rules.evaluation import violated
from vaezoo.tables.rules.execution import Execution, as_rows
from vaezoo.tables.rules.normal_form import formula_of
from vaezoo.tables.rules.repair import WAYS, Repair
from vaezoo.tables.rules.snapping import rounded
from vaezoo.tables.schema import Schema

_NAN, _NONE = np.float64(math.nan), np.float64(0)


def _straight_through(function: Callable[[tf.Tensor], tf.Tensor]) -> Any:
    """A function of steps, with the derivative of the identity."""
    return staticmethod(lambda x: x + tf.stop_gradient(function(x) - x))


class _TensorFlow:
    """`vaezoo.tables.rules.library.Library` on float64 tensors."""

    isnan, isfinite = staticmethod(tf.math.is_nan), staticmethod(tf.math.is_finite)
    minimum, maximum = staticmethod(tf.minimum), staticmethod(tf.maximum)
    exp, log, sqrt = staticmethod(tf.exp), staticmethod(tf.math.log), staticmethod(tf.sqrt)
    floor, ceil, rint = (_straight_through(f) for f in (tf.floor, tf.math.ceil, tf.round))

    def where(self, condition: tf.Tensor, one: Any, other: Any) -> tf.Tensor:
        return tf.where(condition, *(tf.convert_to_tensor(x, tf.float64) for x in (one, other)))

    def full(self, num: tf.Tensor, value: float) -> tf.Tensor:
        return tf.fill([num], tf.constant(value, tf.float64))

    def size(self, x: tf.Tensor) -> tf.Tensor:
        return tf.shape(x)[0]

    def take(self, table: np.ndarray, codes: tf.Tensor) -> tf.Tensor:
        return tf.gather(tf.constant(table), tf.cast(codes, tf.int32))

    def isin(self, keys: tf.Tensor, known: Sequence[int]) -> tf.Tensor:
        return tf.reduce_any(keys[:, None] == np.array(known, np.float64), axis=1)

    def every(self, arrays: Sequence[tf.Tensor]) -> tf.Tensor:
        return functools.reduce(tf.logical_and, arrays)

    def some(self, arrays: Sequence[tf.Tensor]) -> tf.Tensor:
        return functools.reduce(tf.logical_or, arrays)

    def any(self, array: tf.Tensor) -> tf.Tensor:
        return tf.reduce_any(array, axis=-1)

    def least(self, array: tf.Tensor) -> tf.Tensor:
        return tf.cast(tf.argmin(tf.cast(array, tf.float32), axis=-1), tf.float64)

    def nth(self, allowed: tf.Tensor, share: tf.Tensor) -> tf.Tensor:
        counted = tf.cumsum(tf.cast(allowed, tf.float64), axis=1)
        beyond = counted > tf.floor(share * counted[:, -1])[:, None]
        return tf.cast(tf.argmax(tf.cast(beyond, tf.float32), axis=1), tf.float64)

    def joined(self, *parts: tf.Tensor) -> tf.Tensor:
        return tf.concat(parts, axis=-1)

    def replaced(self, x: tf.Tensor, wrong: tf.Tensor, choose: Callable[..., Any]) -> tf.Tensor:
        return tf.where(wrong, choose(lambda array: array), x)


def _library() -> Any:
    """TensorFlow has no types."""
    return _TensorFlow()


@keras.saving.register_keras_serializable("vaezoo")
class ObeyRules(keras.layers.Layer):
    """Encoded rows of a table -> rows that obey every rule of its schema: what
    `vaezoo.tables.Rules.repair` does, in float64.

        y = x where x obeys all rules; else the first of r(x), r(x + t_1 (w - x)), ..., w that does

    r follows the rules' plan, t_i are steps of the way to w, a known row that obeys. Rows that obey
    stay, y of y is y, and where y is a number that was moved to the end of an interval, its
    derivative is that of the end. Rounding to steps has the derivative of the identity; which
    category a cell has, and whether it is there, have none. Stoian et al. 2024,
    https://arxiv.org/abs/2402.04823.

    Args:
        schema: what `Schema.to_dict` gives, with rules.

    Raises:
        ConfigError: it has none.

    Example:
        >>> import numpy as np
        >>> from vaezoo.networks import ObeyRules
        >>> from vaezoo.tables import Rules, Schema
        >>> from vaezoo.tables.constraints import facts_of
        >>> schema = Schema.of_numbers(2)
        >>> rules = Rules.from_texts(["`value 0` <= `value 1`"], facts_of(schema))
        >>> layer = ObeyRules({**schema.to_dict(), "rules": rules.to_json()})
        >>> layer(np.array([[1.0, 5.0], [9.0, 5.0]])).numpy()
        array([[1., 5.],
               [5., 5.]])
    """

    def __init__(self, schema: Mapping[str, Any], **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**{"dtype": "float64", **keras_args})
        self.schema = schema
        self._table = Schema.of_dict(schema)
        constraints = self._table.constraints
        if constraints is None:
            raise ConfigError("the schema has no rules: there is nothing to obey.")
        self._map = _Map(constraints)

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "schema": dict(self.schema)}

    def call(self, x: tf.Tensor) -> tf.Tensor:
        """Of rows [N, width], float64."""
        table, columns = self._table, tf.unstack(tf.cast(x, tf.float64), axis=1)
        values = {column.name: columns[place] for place, column in enumerate(table.learned)}
        masks = dict(zip(table.with_gaps, range(len(table.learned), table.width), strict=True))
        for place, column in enumerate(table.learned):
            if place in masks:
                gone = columns[masks[place]] <= 0.5
                values[column.name] = tf.where(gone, _NAN, values[column.name])
        found = self._map(values)
        for place, column in enumerate(table.learned):
            values_of = found.get(column.name, values[column.name])
            gone = tf.math.is_nan(values_of)
            columns[place] = tf.where(gone, _NONE, values_of)
            if place in masks:
                columns[masks[place]] = tf.cast(~gone, tf.float64)
        return tf.stack(columns, axis=1)


class _Map:
    """Columns [N], NaN where missing -> columns that obey."""

    def __init__(self, constraints: Constraints) -> None:
        rules, self.constraints = constraints.rules, constraints
        self.repair: Repair = rules.repair_of(())
        self.problem, self.variables = self.repair.problem, self.repair.variables
        formulas = [rule for rule in self.problem.rules if formula_of(rule) is not None]
        self.library = _library()
        plan, facts = rules.plan, self.problem.facts
        self.follow = Execution(plan, self.variables, facts, formulas, self.library)
        self.witness = self.repair.witness.tolist()

    def __call__(self, values: Mapping[str, tf.Tensor]) -> dict[str, tf.Tensor]:
        learned = {c.name: c for c in self.constraints.schema.learned}
        names = [name for name in learned if name in self.problem.facts]
        x = {name: computable(learned[name], values[name], self.library) for name in names}
        obeyed = self._obeyed(self._rounded(self._variables(x)))
        view = as_rows(obeyed, self.variables, self.problem.facts, self.library)
        return {n: encoded(learned[n], view.numbers[n], self.library) for n in names}

    def _variables(self, x: Mapping[str, tf.Tensor]) -> list[tf.Tensor]:
        """[N] of each variable: numbers that are missing are those of the witness."""
        rows = []
        for variable, known in zip(self.variables, self.witness, strict=True):
            column = x[variable.column]
            if variable.kind == "presence":
                column = tf.cast(~tf.math.is_nan(column), tf.float64)
            elif variable.kind == "number":
                column = self.library.where(tf.math.is_nan(column), known, column)
            rows.append(column)
        return rows

    def _rounded(self, rows: Sequence[tf.Tensor]) -> list[tf.Tensor]:
        pairs = zip(rows, self.variables, strict=True)
        return [rounded(x, variable.step, self.library) for x, variable in pairs]

    def _obeyed(self, rows: list[tf.Tensor]) -> list[tf.Tensor]:
        """The first candidate of each row that breaks no rule; all are followed at once."""
        moved = [self._moved(rows, which, way) for which in self.repair.movable for way in WAYS]
        num = len(moved)  # the last one is the witness
        tried = [tf.concat(each, axis=0) for each in zip(rows, *moved[:-1], strict=True)]
        tried = self.follow(tried)
        tried = [tf.concat([x, last], axis=0) for x, last in zip(tried, moved[-1], strict=True)]
        is_wrong = tf.reshape(self._broken(tried) | self._outside(tried), [num + 1, -1])
        first = tf.argmin(tf.cast(is_wrong, tf.float32), axis=0)
        chosen = tf.cast(tf.range(num + 1, dtype=first.dtype)[:, None] == first, tf.float64)
        wrong = self._broken(rows)
        return [
            tf.where(wrong, tf.reduce_sum(tf.reshape(x, [num + 1, -1]) * chosen, axis=0), before)
            for x, before in zip(tried, rows, strict=True)
        ]

    def _moved(self, rows: Sequence[tf.Tensor], which: Any, way: float) -> list[tf.Tensor]:
        """As `Repair` moves rows, before they follow the plan."""
        every = which is self.repair.movable[-1]
        moved = []
        for number, (x, known) in enumerate(zip(rows, self.witness, strict=True)):
            is_number = bool(self.repair.movable[-1][number])
            if every and (way == 1.0 or (not is_number and way >= 0.5)):
                x = tf.fill(tf.shape(x), tf.constant(known, tf.float64))
            elif is_number and which[number]:
                x = x + way * (known - x)
            moved.append(x)
        return moved if every and way == 1.0 else self._rounded(moved)

    def _broken(self, rows: Sequence[tf.Tensor]) -> tf.Tensor:
        view = as_rows(rows, self.variables, self.problem.facts, self.library)
        return self.library.some([violated(rule, view) for rule in self.problem.rules])

    def _outside(self, rows: Sequence[tf.Tensor]) -> tf.Tensor:
        view = as_rows(rows, self.variables, self.problem.facts, self.library)
        parts = [
            self.repair.beyond(number, view.numbers[self.variables[number].column])
            for number in self.repair.computed
        ]
        return self.library.some(parts) if parts else tf.zeros_like(rows[0], bool)
