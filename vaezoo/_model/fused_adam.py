"""Adam's update of a weight as one kernel, where Keras runs some twenty operations."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator

import keras
import tensorflow as tf


@contextlib.contextmanager
def fused(optimizer: keras.optimizers.Optimizer, *, compiled: bool) -> Iterator[None]:
    """Within it, `keras.optimizers.Adam` updates a weight in one kernel: the same to rounding.

    The optimiser stays what it is, and so does what is saved of it. Other optimisers run as they
    do elsewhere, and so does Adam with AMSGrad, on GPUs, on several replicas, and in a step that
    XLA compiles, since XLA fuses by itself.

    Args:
        optimizer: of a model, or one that scales the loss for it.
        compiled: whether XLA compiles the step.
    """
    adam = getattr(optimizer, "inner_optimizer", optimizer)
    if compiled or not _has_kernel(adam):
        yield
        return
    adam.update_step = functools.partial(_update, adam)
    try:
        yield
    finally:
        del adam.update_step


def _has_kernel(optimizer: keras.optimizers.Optimizer) -> bool:
    return (
        getattr(type(optimizer), "update_step", None) is keras.optimizers.Adam.update_step
        and not optimizer.amsgrad
        and tf.distribute.get_strategy().num_replicas_in_sync == 1
        and not tf.config.get_visible_devices("GPU")
    )


def _update(
    adam: keras.optimizers.Adam,
    gradient: tf.Tensor | tf.IndexedSlices,
    variable: tf.Variable,
    learning_rate: tf.Tensor,
) -> None:
    """Kingma and Ba 2015, the last lines of sec. 2, https://arxiv.org/abs/1412.6980:

    w -= rate m / (√v + ε),  rate = learning_rate √(1 - β₂ᵗ) / (1 - β₁ᵗ).
    """
    if isinstance(gradient, tf.IndexedSlices):
        type(adam).update_step(adam, gradient, variable, learning_rate)
        return
    place, dtype = adam._get_variable_index(variable), variable.dtype
    step = tf.cast(adam.iterations + 1, dtype)
    tf.raw_ops.ResourceApplyAdam(
        var=variable.handle,
        m=adam._momentums[place].value.handle,
        v=adam._velocities[place].value.handle,
        beta1_power=tf.constant(adam.beta_1, dtype) ** step,
        beta2_power=tf.constant(adam.beta_2, dtype) ** step,
        lr=tf.cast(learning_rate, dtype),
        beta1=adam.beta_1,
        beta2=adam.beta_2,
        epsilon=adam.epsilon,
        grad=tf.cast(gradient, dtype),
    )
