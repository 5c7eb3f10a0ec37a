"""The VAE/GAN."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras

from vaezoo.models._arguments import FeatureCriticArguments, WithoutObjective
from vaezoo.models.vae import VAE
from vaezoo.objectives import FeatureAdversarial


@keras.saving.register_keras_serializable("vaezoo")
class VAEGAN(VAE):
    """A VAE with a likelihood in the features of a critic, combined with a GAN.

        encoder: KL(q(z|x) || p(z)) + |f(x) - f(x')|^2 / (2 feature_scale^2)
        decoder: gamma |f(x) - f(x')|^2 / (2 feature_scale^2) - log D(x') - log D(x_p)

    Larsen et al. 2016, algorithm 1, https://arxiv.org/abs/1512.09300.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        gamma: weight of the feature loss. The paper gives no number.
        feature_scale: standard deviation of the features given z. The paper: 1, with a
            large critic.
        critic: further arguments of the objective: critic_network, num_features,
            critic_learning_rate, gradient_weight.
        parts: further arguments of `VAE`.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        gamma: float = 1.0,
        feature_scale: float = 0.1,
        critic: FeatureCriticArguments | None = None,
        **parts: Unpack[WithoutObjective],
    ) -> None:
        objective = FeatureAdversarial(data_shape, gamma, feature_scale, **critic or {})
        super().__init__(data_shape, latent_dim, objective=objective, **parts)
