"""What the replicas of a strategy have together: running averages are the same on all of them."""

from __future__ import annotations

import tensorflow as tf


def share(weight: tf.Tensor) -> tf.Tensor:
    """How much this replica counts, [], with mean 1 over the replicas.

    Args:
        weight: the sum of this replica's weights of examples, []. Where it is 0 on all replicas,
            so are the shares.
    """
    replicas = tf.distribute.get_strategy().num_replicas_in_sync
    if replicas == 1:
        return tf.ones([])
    total = tf.distribute.get_replica_context().all_reduce("SUM", weight)
    return tf.math.divide_no_nan(replicas * weight, total)


def mean(value: tf.Tensor) -> tf.Tensor:
    """The mean over the replicas, of the same shape; the value itself where there is only one."""
    if tf.distribute.get_strategy().num_replicas_in_sync == 1:
        return value
    return tf.distribute.get_replica_context().all_reduce("MEAN", value)
