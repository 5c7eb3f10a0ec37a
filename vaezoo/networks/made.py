"""Masked autoregressive networks: outputs depend on earlier inputs only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._core.types import KerasArguments


class MaskedDense(keras.layers.Layer):
    """A dense layer without some of the connections.

    Args:
        mask: [inputs, outputs], 1 where there is a connection.
        initializer: of the kernel.
    """

    def __init__(
        self,
        mask: np.ndarray,
        initializer: keras.initializers.Initializer | str = "glorot_uniform",
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(**keras_args)
        self.mask = mask.astype(np.float32)
        self.kernel = self.add_weight(mask.shape, initializer, name="kernel")
        self.bias = self.add_weight(mask.shape[1:], "zeros", name="bias")
        self.built = True

    def call(self, x: tf.Tensor) -> tf.Tensor:
        return tf.tensordot(x, self.kernel * self.mask, axes=1) + self.bias


class MADE(keras.layers.Layer):
    """Masked autoencoder: parameters for each input, which depend on the inputs before it.

        out_d = f_d(x_1, ..., x_{d-1}, context)

    Germain et al. 2015, eqs. 8 and 9, https://arxiv.org/abs/1502.03509. It is float32, whatever
    the model's policy, since densities are computed from its outputs.

    Args:
        size: D, the number of inputs.
        outputs_each: parameters per input.
        hidden: widths of the hidden layers.
        context_dim: size of a context that all outputs depend on; 0 for none.
        backwards: orders the inputs from the last to the first.

    Attributes:
        ranks: of the inputs, from 0: an output depends on the inputs of lower rank than its own.
    """

    def __init__(
        self,
        size: int,
        outputs_each: int = 2,
        hidden: Sequence[int] = (64,),
        context_dim: int = 0,
        backwards: bool = False,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        keras_args.setdefault("dtype", "float32")
        super().__init__(**keras_args)
        self.outputs_each = outputs_each
        self.ranks = tuple(range(size))[:: -1 if backwards else 1]
        # A unit of degree 0 depends on no input: useful only with a context.
        *masks, last = self._masks(hidden, 0 if context_dim else 1)
        self.steps = [
            MaskedDense(mask, name=f"hidden_{index}", dtype="float32")
            for index, mask in enumerate(masks)
        ]
        # nearly zero: flows start near the identity
        small = keras.initializers.RandomNormal(stddev=0.01)
        self.steps.append(MaskedDense(last, small, name="outputs", dtype="float32"))
        self.context = self._context(context_dim) if context_dim else None
        self.built = True

    def _masks(self, hidden: Sequence[int], least: int) -> list[np.ndarray]:
        """One mask per layer. A unit's degree is the number of inputs it may depend on, `least` or
        more."""
        ranks = np.array(self.ranks)
        degrees, masks = ranks + 1, []
        for width in hidden:
            # Evenly spread, both ends included: no input is lost in a narrow layer.
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
