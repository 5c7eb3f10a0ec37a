"""Posteriors that are sparse points."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo.errors import ConfigError
from vaezoo.posteriors.deterministic import Deterministic


@keras.saving.register_keras_serializable("vaezoo")
class Sparse(Deterministic):
    """z = mean(x) in its k largest numbers, 0 in the others: a point, without a density.

    Makhzani & Frey 2014, sec. 2.1, https://arxiv.org/abs/1312.5663. A penalty on |z| would
    not enforce sparsity: the encoder could shrink all of z, and the decoder enlarge it again.

    Args:
        latent_dim: D, the size of z.
        num_active: k, from 1 to D.

    Raises:
        ConfigError: k is below 1 or above D.
    """

    def __init__(
        self, latent_dim: int, num_active: int = 8, **keras_args: Unpack[KerasArguments]
    ) -> None:
        super().__init__(latent_dim, **keras_args)
        self.num_active = positive("num_active", num_active)
        if num_active > latent_dim:
            raise ConfigError(f"num_active={num_active}: latent_dim={latent_dim} is the most.")

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        z = super().parameters(outputs)["mean"]
        least = tf.math.top_k(z, self.num_active).values[..., -1:]
        return {"mean": tf.where(z >= least, z, 0.0)}
