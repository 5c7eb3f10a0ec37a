"""KL minimisation under a constraint on the reconstruction: GECO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core import replicas
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.errors import ConfigError
from vaezoo.objectives.base import ModelObjective


@keras.saving.register_keras_serializable("vaezoo")
class Constrained(ModelObjective):
    """loss = KL(q(z|x) || p(z)) + lambda D C,  C = -E_q[log p(x|z)] / D - tolerance.

    D is the number of values per example, so that the constraint C <= 0 holds when the
    reconstruction costs at most `tolerance` nats per value, and lambda = 1 gives the gradient of
    the ELBO. Each training step multiplies lambda by exp(rate C'), C' a moving average of C: GECO,
    Rezende & Viola 2018, algorithm 1, https://arxiv.org/abs/1810.00597.

    Args:
        tolerance: nats per value. It may be negative for densities.
        rate: of the updates of lambda, above 0. The paper gives no value.
        momentum: of the moving average, 0 or more and below 1. The paper: 0.99.
        num_samples: K, samples of z per x.

    Reports `multiplier`, which is lambda, and `constraint`, which is C.

    Raises:
        ConfigError: `rate` is not positive, or `momentum` is out of its range.
    """

    reports = ("multiplier", "constraint")

    def __init__(
        self,
        tolerance: float = 0.2,
        rate: float = 0.01,
        momentum: float = 0.99,
        num_samples: int = 1,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        if not rate > 0 or not 0 <= momentum < 1:
            raise ConfigError(
                f"rate={rate!r}, momentum={momentum!r}: give a rate above 0 and a momentum of 0 "
                "or more and below 1."
            )
        self.tolerance = tolerance
        self.rate = rate
        self.momentum = momentum
        state = {"shape": (), "trainable": False, "dtype": "float32", "aggregation": "mean"}
        self.log_multiplier = self.add_weight(initializer="zeros", name="log_multiplier", **state)
        self.average = self.add_weight(initializer="zeros", name="average", **state)

    def loss(self, trace: Trace) -> tf.Tensor:
        size = tf.cast(tf.size(trace.x[0]), tf.float32)
        constraint = -trace.reconstruction() / size - self.tolerance
        # its value before this step, which updates it
        multiplier = tf.exp(tf.identity(tf.convert_to_tensor(self.log_multiplier)))
        if trace.training:
            share = tf.ones([]) if trace.share is None else trace.share
            self._update(trace.over_examples(tf.stop_gradient(constraint)), trace.step, share)
        return trace.kl() + multiplier * size * constraint

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        size = tf.cast(tf.size(trace.x[0]), tf.float32)
        constraint = -trace.reconstruction() / size - self.tolerance
        return {
            "multiplier": tf.exp(tf.convert_to_tensor(self.log_multiplier)),
            "constraint": constraint,
        }

    def _update(self, constraint: tf.Tensor, step: int | tf.Tensor, share: tf.Tensor) -> None:
        counted = replicas.mean(share)  # 1, or 0 where no replica has anything to count
        rate = tf.where(tf.equal(step, 0), 1.0, 1 - self.momentum)  # starts at the first value
        average = tf.convert_to_tensor(self.average)
        average += rate * (replicas.mean(share * constraint) - counted * average)
        self.average.assign(average)
        log_multiplier = tf.convert_to_tensor(self.log_multiplier)
        log_multiplier += self.rate * counted * average
        # a bound that is never useful, but prevents overflow if the constraint cannot be met
        self.log_multiplier.assign(tf.clip_by_value(log_multiplier, -20.0, 20.0))
