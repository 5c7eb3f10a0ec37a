"""Posteriors over proportions."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import KerasArguments
from vaezoo.distributions import OpenDirichlet, tfd
from vaezoo.distributions.spaces import two_or_more
from vaezoo.posteriors.base import Posterior


@keras.saving.register_keras_serializable("vaezoo")
class Dirichlet(Posterior):
    """q(z|x) = prod_d z_d^(a_d(x) - 1) / Beta(a(x)) where sum_d z_d = 1, a = softplus(raw) + 0.1.

    A density with respect to the first D - 1 numbers. Joo et al. 2019,
    https://arxiv.org/abs/1901.02739, who sample by an approximate inverse of the gamma's
    distribution function; here gradients are exact, by implicit reparameterisation (Figurnov
    et al. 2018, https://arxiv.org/abs/1805.08498). All numbers of z are clipped to at least
    1e-30, which concentrations of 0.1 or more hardly ever reach.

    Args:
        latent_dim: D, the size of z.

    Raises:
        ConfigError: `latent_dim` is below 2.
    """

    draws_from_noise = False  # they are functions of gamma variables
    space = "simplex"

    def __init__(self, latent_dim: int, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(two_or_more(latent_dim, "simplex"), **keras_args)

    @property
    def num_outputs(self) -> int:
        return self.latent_dim

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        concentration = tf.nn.softplus(tf.cast(outputs, tf.float32)) + 0.1
        total = tf.reduce_sum(concentration, axis=-1, keepdims=True)
        return {"mean": concentration / total, "concentration": concentration}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        return OpenDirichlet(self.parameters(outputs)["concentration"])
