"""Latent groups that are drawn one after the other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd

Choose = Callable[[int, tfd.Distribution], tf.Tensor]


class TopDown(tfd.Distribution):
    """p(z) = prod_i p(z_i | z_1, ..., z_{i-1}), z the groups z_i one after the other.

    Args:
        descend: goes through the groups in order, and gives the place and distribution of each to
            the function it is called with, which answers with the group's z.
        sizes: of the groups.
        batch_shape: of the distribution.
    """

    def __init__(
        self,
        descend: Callable[[Choose], Any],
        sizes: Sequence[int],
        batch_shape: Any,
        parameters: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(
            dtype=tf.float32,
            reparameterization_type=tfd.FULLY_REPARAMETERIZED,
            validate_args=False,
            allow_nan_stats=True,
            parameters=parameters or {},
            name="Descent",
        )
        self._descend, self._sizes, self._batch = descend, list(sizes), batch_shape

    @classmethod
    def _parameter_properties(cls, dtype: Any, num_classes: Any = None) -> dict[str, Any]:
        return {}

    def _batch_shape(self) -> tf.TensorShape:
        return tf.TensorShape(self._batch)

    def _event_shape(self) -> tf.TensorShape:
        return tf.TensorShape([sum(self._sizes)])

    def _event_shape_tensor(self) -> tf.Tensor:
        return tf.constant([sum(self._sizes)])

    def _sample_n(self, n: Any, seed: Any = None) -> tf.Tensor:
        seeds = tfp.random.split_seed(seed, n=len(self._sizes))
        drawn: list[tf.Tensor] = []

        def draw(place: int, group: tfd.Distribution) -> tf.Tensor:
            # Once drawn n times, the groups below hang on each of the draws.
            drawn.append(group.sample(() if drawn else n, seed=seeds[place]))
            return drawn[-1]

        self._descend(draw)
        return tf.concat(drawn, axis=-1)

    def _log_prob(self, z: tf.Tensor) -> tf.Tensor:
        split = tf.split(z, self._sizes, axis=-1)
        scores = []

        def score(place: int, group: tfd.Distribution) -> tf.Tensor:
            scores.append(group.log_prob(split[place]))
            return split[place]

        self._descend(score)
        return tf.add_n(scores)
