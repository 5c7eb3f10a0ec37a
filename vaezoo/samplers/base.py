"""What every sampler offers, a prior among them."""

from __future__ import annotations

from typing import Protocol

import tensorflow as tf


class Sampler(Protocol):
    """Latents as a function of noise: `vaezoo.priors.Prior` has the same three members."""

    @property
    def noise_dim(self) -> int:
        """How many unit normals `from_noise` takes for one z."""

    @property
    def is_conditional(self) -> bool:
        """Whether `from_noise` takes the condition of the model too, [N, condition.dim]."""

    def from_noise(self, noise: tf.Tensor) -> tf.Tensor:
        """z as a deterministic function of noise ~ N(0, I), [N, noise_dim] -> [N, D]."""
