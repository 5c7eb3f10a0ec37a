"""Hierarchies of latent groups, sampled from the top down."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import tensorflow as tf
import tensorflow_probability as tfp
from tensorflow_probability import distributions as tfd

from vaezoo.distributions.base import VectorDistribution

# (index of a group, its distribution given the groups above) -> the group's z.
ChooseLatent = Callable[[int, tfd.Distribution], tf.Tensor]


class TopDown(VectorDistribution):
    """p(z) = prod_i p(z_i | z_1, ..., z_{i-1}), z the concatenation of the groups z_i.

    Args:
        top_down_pass: runs the network once through all groups, in order; calls its argument
            with each group's index and distribution, and continues with the z_i that it returns.
        sizes: of the groups.
        batch_shape: of the distribution.
        parameters: tensors that it depends on, by name.
    """

    def __init__(
        self,
        top_down_pass: Callable[[ChooseLatent], object],
        sizes: Sequence[int],
        batch_shape: tf.TensorShape | Sequence[int | None],
        parameters: dict[str, tf.Tensor] | None = None,
    ) -> None:
        super().__init__(sum(sizes), parameters or {})
        self._top_down_pass, self._sizes, self._batch = top_down_pass, list(sizes), batch_shape

    @classmethod
    def _parameter_properties(
        cls, dtype: tf.DType, num_classes: int | None = None
    ) -> dict[str, object]:
        return {}

    def _batch_shape(self) -> tf.TensorShape:
        return tf.TensorShape(self._batch)

    def _sample_n(self, n: int | tf.Tensor, seed: tf.Tensor = None) -> tf.Tensor:
        seeds = tfp.random.split_seed(seed, n=len(self._sizes))
        samples: list[tf.Tensor] = []

        def sample(index: int, group: tfd.Distribution) -> tf.Tensor:
            # The groups below the first depend on each of its n samples: one draw for each.
            samples.append(group.sample(() if samples else n, seed=seeds[index]))
            return samples[-1]

        self._top_down_pass(sample)
        return tf.concat(samples, axis=-1)

    def _log_prob(self, z: tf.Tensor) -> tf.Tensor:
        split = tf.split(z, self._sizes, axis=-1)
        log_probs = []

        def score(index: int, group: tfd.Distribution) -> tf.Tensor:
            log_probs.append(group.log_prob(split[index]))
            return split[index]

        self._top_down_pass(score)
        return tf.add_n(log_probs)
