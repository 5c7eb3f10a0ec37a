"""Base class of posteriors."""

from __future__ import annotations

import abc
from collections.abc import Callable
from typing import Unpack

import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.components import Component
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Latent
from vaezoo.distributions import Draws, tfd


class Posterior(Component, abc.ABC):
    """q(z|x): reads the encoder's outputs as a distribution over z.

    To add a posterior, implement `num_outputs`, `parameters` and `distribution`, set `space` if
    z is not any real vector, and add the class to `vaezoo.posteriors.POSTERIORS`. Posteriors
    whose samples are not those of `distribution` override `latent`.

    Args:
        latent_dim: D, the size of z.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Attributes:
        space: the name of the space that z lives in, which the prior has to share: "real",
            "sphere", "ball_1", "simplex", ...; None for a point, which has no density.
        draws_from_noise: whether samples are functions of normal noise, so that they can be
            exported.

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.posteriors import DiagonalNormal
        >>> posterior = DiagonalNormal(latent_dim=2)
        >>> q = posterior.distribution(tf.zeros([5, posterior.num_outputs]))
        >>> q.sample(3).shape.as_list(), q.log_prob(tf.zeros([5, 2])).shape.as_list()
        ([3, 5, 2], [5])
    """

    space: str | None = "real"
    draws_from_noise = True

    def __init__(self, latent_dim: int, **keras_args: Unpack[KerasArguments]) -> None:
        super().__init__(**keras_args)
        self.latent_dim = positive("latent_dim", latent_dim)

    @property
    @abc.abstractmethod
    def num_outputs(self) -> int:
        """How many numbers the encoder outputs for each example."""

    @property
    def noise_dim(self) -> int:
        """How many unit normals make one sample, where `draws_from_noise`."""
        return self.latent_dim

    @abc.abstractmethod
    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """The distribution's parameters by name, from encoder outputs [B, num_outputs].

        "mean", [B, D], is always among them: the mean of q(z|x), or, where that has no closed
        form, the point that the posterior documents.
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
        """K samples for each x, with the densities that score them.

        Args:
            outputs: of the encoder, [B, num_outputs].
            prior: p(z).
            draws: where the samples' randomness comes from.
            log_likelihood: z -> log p(x|z) in nats, [K, B, D] -> [K, B], for posteriors that
                follow its gradient.
        """
        posterior = self.distribution(outputs)
        z, noise = draws.sample(posterior), draws.noise_of(posterior)
        return Latent(posterior, prior, z, noise=noise)
