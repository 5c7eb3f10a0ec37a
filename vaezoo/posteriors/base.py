"""What every posterior offers."""

from __future__ import annotations

import abc
from typing import Any

import tensorflow as tf

from vaezoo.distributions import tfd
from vaezoo.parts import Part


class Posterior(Part, abc.ABC):
    """q(z|x): the encoder's outputs read as a distribution over z.

    Args:
        latent_dim: D, the size of z.
    """

    def __init__(self, latent_dim: int, **keras_args: Any) -> None:
        super().__init__(**keras_args)
        self.latent_dim = latent_dim

    @property
    @abc.abstractmethod
    def num_outputs(self) -> int:
        """How many numbers an example the encoder has to put out."""

    @abc.abstractmethod
    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """The distribution's parameters by name, from encoder outputs [B, num_outputs].

        "mean" is always among them: [B, D], the code that stands for x.
        """

    @abc.abstractmethod
    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        """q(z|x), batch shape [B], event shape [D]."""
