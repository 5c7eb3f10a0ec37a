"""An optimiser for models that a single batch can derail."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

import keras
import tensorflow as tf

from vaezoo._checks import above_zero
from vaezoo.errors import ConfigError

_DECAY = 0.99
Rate: TypeAlias = float | keras.optimizers.schedules.LearningRateSchedule


@keras.saving.register_keras_serializable("vaezoo")
class SkippingAdam(keras.optimizers.Adam):
    """Adam that skips every update whose gradient is far larger than usual, or not finite.

    Child 2021, sec. 3.2, https://arxiv.org/abs/2011.10650: in a deep hierarchy a rare batch has a
    gradient that undoes what was learned. The paper's limit is a constant; here it is a multiple
    of the running mean of the norms, since the losses of the first steps are large.

    Args:
        learning_rate: as for `keras.optimizers.Adam`.
        skip_factor: largest ratio of a gradient's global norm to the running mean of the norms.
        arguments: as for `keras.optimizers.Adam`.

    Raises:
        ConfigError: `skip_factor` is not above 0; or there are several replicas, which could not
            agree on what to skip.
    """

    def __init__(
        self, learning_rate: Rate = 0.001, *, skip_factor: float = 10.0, **arguments: object
    ) -> None:
        super().__init__(learning_rate, **arguments)
        self.skip_factor = above_zero("skip_factor", skip_factor)

    def get_config(self) -> dict[str, Any]:
        return super().get_config() | {"skip_factor": self.skip_factor}

    def build(self, variables: Sequence[keras.Variable]) -> None:
        super().build(variables)
        self.usual_norm = self.add_variable((), name="usual_norm")

    def apply(
        self,
        grads: Sequence[tf.Tensor],
        trainable_variables: Sequence[keras.Variable] | None = None,
    ) -> None:
        """`Adam.apply`, or nothing: then moments and the step counter stay as they are."""
        if tf.distribute.get_strategy().num_replicas_in_sync > 1:
            raise ConfigError("skipping_adam is for one replica: choose optimizer.name=adam.")

        def follow() -> tf.Tensor:
            super(SkippingAdam, self).apply(grads, trainable_variables)
            return tf.constant(True)

        norm, usual = tf.linalg.global_norm(grads), tf.convert_to_tensor(self.usual_norm)
        begun = usual > 0
        limit = tf.where(begun, self.skip_factor * usual, tf.float32.max)
        tf.cond(norm <= limit, follow, lambda: tf.constant(False))  # never, where norm is NaN
        # A skipped norm counts as the limit, so that norms that stay larger are accepted again.
        norm = tf.where(tf.math.is_finite(norm), tf.minimum(norm, limit), usual)
        mean = tf.where(begun, _DECAY * usual + (1 - _DECAY) * norm, norm)
        self.usual_norm.assign(mean)
