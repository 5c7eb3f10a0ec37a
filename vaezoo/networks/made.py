"""Networks whose outputs see the inputs before them only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf


class MaskedDense(keras.layers.Layer):
    """A dense layer in which some connections are missing.

    Args:
        mask: [inputs, outputs], 1 where there is a connection.
        initializer: of the kernel.
    """

    def __init__(self, mask: np.ndarray, initializer: Any = "glorot_uniform", **keras_args: Any):
        super().__init__(**keras_args)
        self.mask = mask.astype(np.float32)
        self.kernel = self.add_weight(mask.shape, initializer, name="kernel")
        self.bias = self.add_weight(mask.shape[1:], "zeros", name="bias")
        self.built = True

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return tf.tensordot(x, self.kernel * self.mask, axes=1) + self.bias


class MADE(keras.layers.Layer):
    """Masked autoencoder: numbers for each input, made of the inputs before it.

        out_d = f_d(x_1, ..., x_{d-1}, context)

    Germain et al. 2015, eqs. 8 and 9, https://arxiv.org/abs/1502.03509. All of it is float32,
    whatever the model's policy: densities are made of its outputs.

    Args:
        size: D, inputs.
        outputs_each: numbers for each input.
        hidden: widths of the hidden layers.
        context_dim: further inputs that all outputs see; 0 for none.
        backwards: the order is that from the last input to the first.

    Attributes:
        ranks: of the inputs, from 0: an output sees the inputs of lower ranks than its own.
    """

    def __init__(
        self,
        size: int,
        outputs_each: int = 2,
        hidden: Sequence[int] = (64,),
        context_dim: int = 0,
        backwards: bool = False,
        **keras_args: Any,
    ) -> None:
        super().__init__(**{"dtype": "float32"} | keras_args)
        self.outputs_each = outputs_each
        self.ranks = tuple(range(size))[:: -1 if backwards else 1]
        # Degree 0 sees no input: of use where there is a context to see.
        *masks, last = self._masks(hidden, 0 if context_dim else 1)
        self.steps = [
            MaskedDense(mask, name=f"hidden_{index}", dtype="float32")
            for index, mask in enumerate(masks)
        ]
        # nearly zero, so that a flow begins near the identity
        small = keras.initializers.RandomNormal(stddev=0.01)
        self.steps.append(MaskedDense(last, small, name="outputs", dtype="float32"))
        self.context = self._context(context_dim) if context_dim else None
        self.built = True

    def _masks(self, hidden: Sequence[int], least: int) -> list[np.ndarray]:
        """Of each layer; the units' degrees say how many inputs they may see, from `least`."""
        ranks = np.array(self.ranks)
        degrees, masks = ranks + 1, []
        for width in hidden:
            # Spread with both ends included: a narrow layer leaves no input unseen.
            inner = np.linspace(least, max(len(ranks) - 1, least), width).round()
            masks.append(degrees[:, None] <= inner)
            degrees = inner
        return [*masks, np.tile(degrees[:, None] <= ranks, self.outputs_each)]

    def _context(self, context_dim: int) -> keras.layers.Dense:
        width = self.steps[0].bias.shape[0]
        dense = keras.layers.Dense(width, use_bias=False, name="context", dtype="float32")
        dense.build((None, context_dim))
        return dense

    def call(self, x: tf.Tensor, context: tf.Tensor | None = None) -> list[tf.Tensor]:
        """`outputs_each` tensors of the shape of x, [..., D]."""
        h = self.steps[0](x)
        if self.context is not None:
            h += self.context(context)
        for step in self.steps[1:]:
            h = step(tf.nn.elu(h))
        return tf.split(h, self.outputs_each, axis=-1)
