"""Priors that are mixtures of the model's posteriors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import check_array, positive
from vaezoo._core.types import PriorArguments
from vaezoo.distributions import mixture_from_noise, normal_moments, tfd
from vaezoo.errors import ConfigError, DataError
from vaezoo.priors.base import NO_CONTEXT, Context, Prior
from vaezoo.protocols import ArrayLike


@keras.saving.register_keras_serializable("vaezoo")
class VampPrior(Prior):
    """p(z) = 1/C sum_c q(z|u_c), with learned pseudo-inputs u_c.

    Tomczak & Welling 2018, eq. 9, https://arxiv.org/abs/1705.07120.

    Args:
        latent_dim: D, the size of z.
        num_components: C, the number of pseudo-inputs. The paper: 500 on MNIST.
        value_range: of the pseudo-inputs, enforced by a sigmoid; None for any value.
        prior_args: `data_shape`, `condition_dim`, `name` and `dtype`, as for every prior.

    Raises:
        ConfigError: `num_components` is below 1, the range is empty, or `data_shape` is missing.
    """

    def __init__(
        self,
        latent_dim: int,
        *,
        num_components: int = 50,
        value_range: Sequence[float] | None = (0.0, 1.0),
        **prior_args: Unpack[PriorArguments],
    ) -> None:
        super().__init__(latent_dim, **prior_args)
        self.num_components = positive("num_components", num_components)
        if value_range is not None and not value_range[0] < value_range[1]:
            raise ConfigError(f"value_range={value_range!r}: give the lower value first, or None.")
        self.value_range = None if value_range is None else (value_range[0], value_range[1])
        if not self.data_shape:
            raise ConfigError(
                "VampPrior learns pseudo-inputs of the shape of an example: give data_shape."
            )
        self.raw_inputs = self.add_weight(
            (num_components, *self.data_shape),
            keras.initializers.RandomNormal(stddev=1.0),
            "float32",
            name="raw_inputs",
        )

    @property
    def noise_dim(self) -> int:
        """One number chooses the component, the others are scaled and shifted by it."""
        return self.latent_dim + 1

    def pseudo_inputs(self) -> tf.Tensor:
        """u, [C, *data_shape]."""
        raw = tf.convert_to_tensor(self.raw_inputs)
        if self.value_range is None:
            return raw
        low, high = self.value_range
        return low + (high - low) * tf.sigmoid(raw)

    def set_pseudo_inputs(self, x: ArrayLike) -> None:
        """Initialises u with examples, [C, *data_shape], clipped to the range less a thousandth at
        both ends, which a sigmoid never reaches.

        Raises:
            DataError: `x` has another shape or number of examples, or is out of the range.
        """
        examples = check_array(x, self.data_shape, value_range=self.value_range, reason="VampPrior")
        if len(examples) != self.num_components:
            expected = f"num_components={self.num_components}"
            raise DataError(f"x has {len(examples)} examples: expected {expected}, one each.")
        if self.value_range is not None:
            low, high = self.value_range
            fraction = np.clip((examples - low) / (high - low), 1e-3, 1 - 1e-3)
            examples = np.log(fraction) - np.log1p(-fraction)
        self.raw_inputs.assign(examples)

    def components(self, context: Context) -> tfd.Distribution:
        """q(z|u_c), batch shape [C]."""
        if context.encode is None:
            raise ConfigError(
                "VampPrior is a mixture of a model's posteriors: give Context(encode)."
            )
        return context.encode(self.pseudo_inputs())

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        index = tfd.Categorical(logits=tf.zeros(self.num_components))
        return tfd.MixtureSameFamily(index, self.components(context))

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        components = self.components(context)
        if normal_moments(components) is None:
            raise ConfigError(
                "samples of VampPrior are functions of noise with the posterior 'diagonal_normal' "
                f"only, not with {components.name}: sample prior.distribution() instead."
            )
        probabilities = tf.fill([self.num_components], 1 / self.num_components)
        return mixture_from_noise(components, probabilities, noise)
