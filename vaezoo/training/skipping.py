"""An optimiser for models that a single batch can throw off."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from vaezoo.checks import above_zero


@keras.saving.register_keras_serializable("vaezoo")
class SkippingAdam(keras.optimizers.Adam):
    """Adam that leaves out every update whose gradient is too large.

    Child 2021, sec. 3.2, https://arxiv.org/abs/2011.10650: in a deep hierarchy a rare batch has a
    gradient that undoes what was learned.

    Args:
        learning_rate: as for `keras.optimizers.Adam`.
        skip_norm: the largest global norm of a gradient that is followed, in nats.
        arguments: as for `keras.optimizers.Adam`.

    Raises:
        ConfigError: `skip_norm` is not above 0.
    """

    def __init__(
        self, learning_rate: Any = 0.001, *, skip_norm: float = 200.0, **arguments: Any
    ) -> None:
        super().__init__(learning_rate, **arguments)
        self.skip_norm = above_zero("skip_norm", skip_norm)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"skip_norm": self.skip_norm}

    def apply(self, grads: Sequence[Any], trainable_variables: Any = None) -> None:
        """`Adam.apply`, or nothing: no moment moves, and the step is not counted."""

        def follow() -> tf.Tensor:
            super(SkippingAdam, self).apply(grads, trainable_variables)
            return tf.constant(True)

        # A gradient that is not finite is not below anything.
        tf.cond(tf.linalg.global_norm(grads) < self.skip_norm, follow, lambda: tf.constant(False))
