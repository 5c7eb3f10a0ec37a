"""A second VAE, of the latents."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import tensorflow as tf

from vaezoo._checks import above_zero
from vaezoo._core.constructors import CheckedConstructor
from vaezoo.protocols import Array
from vaezoo.samplers.standardised import Standardised, mean_and_scale

if TYPE_CHECKING:
    from vaezoo.models import VAE


class TwoStage(metaclass=CheckedConstructor):
    """z = mean(u) + scale e,  u, e ~ N(0, I), with mean and scale of a VAE of the latents.

    Dai & Wipf 2019, sec. 4, https://arxiv.org/abs/1903.05789.

    Args:
        vae: of the latents: its data are vectors, its likelihood is normal.
    """

    is_conditional = False

    def __init__(self, vae: VAE) -> None:
        self.vae = vae

    @property
    def noise_dim(self) -> int:
        """u and e, concatenated."""
        return self.vae.latent_dim + self.vae.data_shape[0]

    def from_noise(self, noise: tf.Tensor) -> tf.Tensor:
        """As `Sampler.from_noise`."""
        u, e = tf.split(noise, [self.vae.latent_dim, -1], axis=-1)
        decoded = self.vae.likelihood_of(u)
        return decoded.mean() + decoded.stddev() * e


def fit_two_stage(
    z: Array,
    seed: int,
    epochs: int = 100,
    batch_size: int = 128,
    learning_rate: float = 1e-3,
    **model: object,
) -> Standardised:
    """A VAE of the standardised latents, with as many latent dimensions.

    Args:
        z: latents, [N, D].
        seed: of weights, order and noise.
        epochs, batch_size, learning_rate: of its training by Adam.
        model: further arguments of `vaezoo.models.VAE`.
    """
    from vaezoo.models import VAE  # here, so that no model needs samplers

    mean, scale = mean_and_scale(z)
    keras.utils.set_random_seed(seed)
    size = z.shape[1]
    arguments: dict[str, Any] = {"likelihood": "normal", "seed": seed} | model
    vae = VAE((size,), size, **arguments)
    vae.compile(keras.optimizers.Adam(above_zero("learning_rate", learning_rate)))
    vae.fit((z - mean) / scale, epochs=epochs, batch_size=min(batch_size, len(z)), verbose=0)
    return Standardised(TwoStage(vae), mean, scale)
