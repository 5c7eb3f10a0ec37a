"""Posteriors that are points."""

from __future__ import annotations

import keras
import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.posteriors.base import Posterior


@keras.saving.register_keras_serializable("vaezoo")
class Deterministic(Posterior):
    """z = mean(x): a point, without noise and without a density.

    For objectives that need no density: the regularised autoencoder (Ghosh et al. 2020, sec. 3,
    https://arxiv.org/abs/1903.12436), the Wasserstein autoencoder (Tolstikhin et al. 2018,
    sec. 2, https://arxiv.org/abs/1711.01558).

    Args:
        latent_dim: D, the size of z.
    """

    space = None

    @property
    def num_outputs(self) -> int:
        return self.latent_dim

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return {"mean": tf.cast(outputs, tf.float32)}

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        return tfd.VectorDeterministic(self.parameters(outputs)["mean"])
