"""`fit` and its companions, on inputs that were checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import keras
import tensorflow as tf

from vaezoo._model import fit_arguments
from vaezoo._model.batch_checks import BatchChecks, checked_batches, is_array, plain_errors
from vaezoo._model.fit_methods import Data, FitMethods
from vaezoo.corruptions import Corruption
from vaezoo.errors import DataError
from vaezoo.likelihoods import Likelihood
from vaezoo.protocols import Array


class CheckedInputs(FitMethods):
    """The same methods, after checking x and y, whatever they come in: arrays as a whole, batches
    one by one.

    Without a condition, y may be x; or, for a model with a corruption, examples that x are
    damaged copies of: x is then encoded as it is, and y is scored.
    """

    data_shape: tuple[int, ...]
    likelihood: Likelihood
    corruption: Corruption | None

    def fit(
        self, x: Data = None, *args: Any, validation_data: Data = None, **kwargs: Any
    ) -> keras.callbacks.History:
        x, args, kwargs = self._checked(x, args, kwargs)
        validation_data = self._checked_validation(validation_data)
        with plain_errors():
            return super().fit(x, *args, validation_data=validation_data, **kwargs)

    def evaluate(self, x: Data = None, *args: Any, **kwargs: Any) -> Any:
        if "_use_cached_eval_dataset" in kwargs:  # from `fit`, which has checked everything
            return super().evaluate(x, *args, **kwargs)
        x, args, kwargs = self._checked(x, args, kwargs)
        with plain_errors():
            return super().evaluate(x, *args, **kwargs)

    def predict(self, x: Data, *args: Any, **kwargs: Any) -> Array:
        checks = self._checks()
        if not (isinstance(x, tuple) and len(x) == 2):  # (x, condition)
            x = fit_arguments.known(x, self.data_shape)
        if is_array(x) or isinstance(x, tuple):
            checks.check_inputs(x)
        with plain_errors():
            return super().predict(checked_batches(_inputs(x), checks), *args, **kwargs)

    def train_on_batch(self, x: Any, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.train_on_batch`. Raises as `fit` does."""
        return super().train_on_batch(x, self._checked_y(x, y), *args, **kwargs)

    def test_on_batch(self, x: Any, y: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.test_on_batch`. Raises as `fit` does."""
        return super().test_on_batch(x, self._checked_y(x, y), *args, **kwargs)

    def predict_on_batch(self, x: Any) -> Array:
        """`keras.Model.predict_on_batch`. Raises as `fit` does."""
        self._checks().check_inputs(x)
        return super().predict_on_batch(x)

    def __call__(self, inputs: Any, *args: Any, **kwargs: Any) -> Any:
        # not in `call`, where Keras rewrites errors
        is_symbolic = isinstance(tf.nest.flatten(inputs)[0], keras.KerasTensor)
        if tf.executing_eagerly() and not is_symbolic:
            self._checks().check_inputs(inputs)
        return super().__call__(inputs, *args, **kwargs)

    def _checks(self) -> BatchChecks:
        return BatchChecks(
            type(self).__name__,
            self.data_shape,
            self.likelihood.value_range,
            f"the {type(self.likelihood).__name__} likelihood",
            self.given,
            self.corruption is not None,
        )

    def _checked_y(self, x: Any, y: Any) -> tf.Tensor | None:
        y = self._checks().check(x, y)
        return None if y is None else tf.convert_to_tensor(y)

    def _checked(
        self, x: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]
    ) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        x = fit_arguments.known(x, self.data_shape)
        if not is_array(x):
            return checked_batches(x, self._checks()), args, dict(kwargs)
        y = self._checks().check(x, args[0] if args else kwargs.get("y"))
        if args:
            return x, (y, *args[1:]), dict(kwargs)
        return x, args, {**kwargs, "y": y} if "y" in kwargs else dict(kwargs)

    def _checked_validation(self, data: Any) -> Any:
        if isinstance(data, tuple) and len(data) == 1:
            data = data[0]
        if isinstance(data, tuple) and not (1 < len(data) < 4 and is_array(data[0])):
            raise DataError(
                f"validation_data is a tuple of {len(data)} parts: expected (x, y) or (x, y, "
                "sample_weight), of arrays."
            )
        if isinstance(data, (tuple, list)) and 1 < len(data) < 4 and is_array(data[0]):
            y = self._checks().check(data[0], data[1], "validation_data")
            return (data[0], y, *data[2:])
        if is_array(data):
            self._checks().check(data, what="validation_data")
        return checked_batches(data, self._checks())


def _inputs(data: Any) -> Any:
    """Batches of a Dataset without the y that `predict` does not use."""
    if isinstance(data, tf.data.Dataset) and isinstance(data.element_spec, tuple):
        return data.map(lambda x, *_: (x,))
    return data
