"""What every prior offers."""

from __future__ import annotations

import abc
from typing import Any

import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.parts import Part


class Prior(Part, abc.ABC):
    """p(z).

    Args:
        latent_dim: D, the size of z.
    """

    def __init__(self, latent_dim: int, **keras_args: Any) -> None:
        super().__init__(**keras_args)
        self.latent_dim = latent_dim

    @abc.abstractmethod
    def distribution(self) -> tfd.Distribution:
        """p(z), batch shape [], event shape [D]."""

    @abc.abstractmethod
    def from_noise(self, noise: tf.Tensor) -> tf.Tensor:
        """z ~ p(z) as a deterministic function of noise ~ N(0, I), [N, D] -> [N, D].

        Randomness stays outside exported graphs, so that one seed gives one picture in
        every runtime.
        """
