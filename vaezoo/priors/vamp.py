"""A mixture of the model's own posteriors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import check_array, positive
from vaezoo.distributions import draw_component, tfd
from vaezoo.errors import ConfigError, DataError
from vaezoo.priors.base import NOTHING, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class VampPrior(Prior):
    """p(z) = 1/C sum_c q(z|u_c), at pseudo-inputs u_c that are learned.

    Tomczak & Welling 2018, eq. 9, https://arxiv.org/abs/1705.07120.

    Args:
        latent_dim: D, the size of z.
        num_components: C. The paper: 500 on MNIST.
        value_range: that a sigmoid keeps the pseudo-inputs in; None leaves them free.
        prior_args: data_shape and condition_dim, as for every prior.

    Raises:
        ConfigError: `num_components` is below 1, the range is empty, or there is no data_shape.
    """

    def __init__(
        self,
        latent_dim: int,
        *,
        num_components: int = 50,
        value_range: Sequence[float] | None = (0.0, 1.0),
        **prior_args: Any,
    ) -> None:
        super().__init__(latent_dim, **prior_args)
        self.num_components = positive("num_components", num_components)
        if value_range is not None and not value_range[0] < value_range[1]:
            raise ConfigError(f"value_range={value_range!r}: give the lower value first, or None.")
        self.value_range = None if value_range is None else (value_range[0], value_range[1])
        if not self.data_shape:
            raise ConfigError("VampPrior makes examples of its own: give data_shape.")
        self.raw_inputs = self.add_weight(
            (num_components, *self.data_shape),
            keras.initializers.RandomNormal(stddev=1.0),
            "float32",
            name="raw_inputs",
        )

    @property
    def noise_dim(self) -> int:
        """One number chooses the component, the others are scaled and shifted."""
        return self.latent_dim + 1

    def pseudo_inputs(self) -> tf.Tensor:
        """u, [C, *data_shape]."""
        raw = tf.convert_to_tensor(self.raw_inputs)
        if self.value_range is None:
            return raw
        low, high = self.value_range
        return low + (high - low) * tf.sigmoid(raw)

    def set_pseudo_inputs(self, x: Any) -> None:
        """Starts from examples, [C, *data_shape]; values at the ends of the range are moved in by
        a thousandth of it, since a sigmoid reaches them nowhere. Raises `DataError`."""
        x = check_array(x, self.data_shape, value_range=self.value_range, reason="VampPrior")
        if len(x) != self.num_components:
            expected = f"num_components={self.num_components}"
            raise DataError(f"x has {len(x)} examples: expected {expected}, one each.")
        if self.value_range is not None:
            low, high = self.value_range
            share = np.clip((x - low) / (high - low), 1e-3, 1 - 1e-3)
            x = np.log(share) - np.log1p(-share)
        self.raw_inputs.assign(x)

    def components(self, context: Context) -> tfd.Distribution:
        """q(z|u_c), batch shape [C]."""
        if context.encode is None:
            raise ConfigError("VampPrior is made of a model's posteriors: give Context(encode).")
        return context.encode(self.pseudo_inputs())

    def distribution(self, context: Context = NOTHING) -> tfd.Distribution:
        shares = tfd.Categorical(logits=tf.zeros(self.num_components))
        return tfd.MixtureSameFamily(shares, self.components(context))

    def from_noise(self, noise: tf.Tensor, context: Context = NOTHING) -> tf.Tensor:
        components = self.components(context)
        if not isinstance(components, tfd.Independent):
            raise ConfigError(
                "VampPrior draws from noise where the posterior is 'diagonal_normal': with "
                f"{components.name}, sample prior.distribution() instead."
            )
        shares = tf.fill([self.num_components], 1 / self.num_components)
        return draw_component(components, shares, noise)
