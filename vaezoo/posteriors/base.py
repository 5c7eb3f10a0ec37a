"""What every posterior offers."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from vaezoo._core.components import Component
from vaezoo._core.trace import Latent
from vaezoo.distributions import Draws, tfd


class Posterior(Component, abc.ABC):
    """q(z|x): the encoder's outputs read as a distribution over z.

    Args:
        latent_dim: D, the size of z.

    Attributes:
        support: the set that z lives in, which the prior has to share: "real", "sphere",
            "ball_1", "simplex", …; None for a point that has no density.
    """

    space: str | None = "real"
    # Whether its draws are functions of normal noise.
    draws_from_noise = True

    def __init__(self, latent_dim: int, **keras_args: Any) -> None:
        super().__init__(**keras_args)
        self.latent_dim = latent_dim

    @property
    @abc.abstractmethod
    def num_outputs(self) -> int:
        """How many numbers an example the encoder has to put out."""

    @property
    def noise_dim(self) -> int:
        """How many unit normals make one draw, where that can be done."""
        return self.latent_dim

    @abc.abstractmethod
    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """The distribution's parameters by name, from encoder outputs [B, num_outputs].

        "mean" is always among them: [B, D], the code that stands for x. It is the mean of
        q(z|x) where that is known in closed form, else the posterior says what it is.
        """

    @abc.abstractmethod
    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        """q(z|x), batch shape [B], event shape [D]."""

    def latent(
        self,
        outputs: tf.Tensor,
        prior: tfd.Distribution,
        draws: Draws,
        log_likelihood: Callable[[tf.Tensor], tf.Tensor],
    ) -> Latent:
        """K draws for each x, with the densities that score them.

        Args:
            outputs: of the encoder, [B, num_outputs].
            prior: p(z).
            draws: how to make them.
            log_likelihood: z -> log p(x|z), [K, B, D] -> [K, B], for posteriors that follow
                its slope.
        """
        posterior = self.distribution(outputs)
        z, noise = draws.sample(posterior), draws.noise_of(posterior)
        return Latent(posterior, prior, z, noise=noise)
