"""Where the randomness of a draw comes from: a seed, or normal noise given from outside.

Noise from outside makes a draw a deterministic function, which a graph can be exported of.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from vaezoo.distributions.choice import choose_each
from vaezoo.distributions.joint import Joint
from vaezoo.distributions.simplex import RelaxedCategories, grouped, relaxed
from vaezoo.errors import ConfigError

_LEAST = 1e-30  # what has a logarithm


@dataclass(frozen=True)
class Seeded:
    """Draws that a seed decides.

    Attributes:
        num_samples: K.
        seed: [2].
    """

    num_samples: int
    seed: tf.Tensor

    def split(self, sizes: Sequence[int]) -> list[Seeded]:
        """Independent draws, as many as there are sizes."""
        seeds = tf.unstack(tf.random.split(self.seed, len(sizes)))
        return [Seeded(self.num_samples, seed) for seed in seeds]

    def sample(self, distribution: tfd.Distribution, *, once: bool = False) -> tf.Tensor:
        """K draws of each of a batch, [K, B, D]; `once`: one, where the batch is [K, B]."""
        return distribution.sample(() if once else self.num_samples, seed=self.seed)

    def noise_of(self, distribution: tfd.Distribution) -> None:
        """The unit normals that `sample` scales and moves: not known here."""
        return None  # AutoGraph leaves docstrings out, and needs a body


@dataclass(frozen=True)
class Given:
    """Draws that are functions of unit normals.

    Attributes:
        noise: [K, B, size].
    """

    noise: tf.Tensor

    def split(self, sizes: Sequence[int]) -> list[Given]:
        """The noise cut into pieces."""
        return [Given(noise) for noise in tf.split(self.noise, sizes, axis=-1)]

    def sample(self, distribution: tfd.Distribution, *, once: bool = False) -> tf.Tensor:
        """As `Seeded.sample`. Raises as `from_noise`."""
        return from_noise(distribution, self.noise)

    def noise_of(self, distribution: tfd.Distribution) -> tf.Tensor | None:
        """The unit normals that `sample` scales and moves, [K, B, D]; None where it does more."""
        return self.noise if _normal(distribution) else None


Draws = Seeded | Given


def draws(num_samples: int, seed: tf.Tensor, noise: tf.Tensor | None) -> Draws:
    """Of the noise [K, B, size], if there is any, else K of the seed."""
    return Seeded(num_samples, seed) if noise is None else Given(noise)


@tf.autograph.experimental.do_not_convert  # it cannot read a singledispatch, and says so
def from_noise(distribution: Any, noise: tf.Tensor) -> tf.Tensor:
    """A draw as a function of noise ~ N(0, I), [..., size] -> [..., D].

    Raises:
        ConfigError: there is no such function for this distribution.
    """
    return _from_noise(distribution, noise)


def log_prob_of_noise(distribution: tfd.Distribution, noise: tf.Tensor) -> tf.Tensor:
    """log_prob of mean + stddev noise, of independent normals: log N(noise; 0, I) - sum log stddev,
    [..., D] -> [...]."""
    each = -0.5 * noise**2 - tf.math.log(distribution.stddev()) - 0.5 * math.log(2 * math.pi)
    return tf.reduce_sum(each, axis=-1)


def normal_moments(distribution: tfd.Distribution) -> tuple[tf.Tensor, tf.Tensor] | None:
    """Mean and standard deviation, [..., D] each, of independent normals; None of others."""
    return (distribution.mean(), distribution.stddev()) if _normal(distribution) else None


def _normal(distribution: Any) -> bool:
    """Whether it consists of independent normals."""
    alike = isinstance(distribution, (tfd.Independent, tfd.Sample))
    return alike and isinstance(distribution.distribution, tfd.Normal)


@functools.singledispatch
def _from_noise(distribution: Any, noise: tf.Tensor) -> tf.Tensor:
    if _normal(distribution):
        return distribution.mean() + distribution.stddev() * noise
    if hasattr(distribution, "bijector"):  # transformed ones have several base classes
        return distribution.bijector.forward(from_noise(distribution.distribution, noise))
    raise ConfigError(f"a draw of {distribution.name} is no known function of normal noise.")


@_from_noise.register(RelaxedCategories)
def _(distribution: Any, noise: tf.Tensor) -> tf.Tensor:
    """Half the sum of two squares is exponential, minus its log a Gumbel: without the loss of
    digits of a uniform number near 1."""
    one, other = tf.split(noise, 2, axis=-1)
    exponential = tf.maximum((one**2 + other**2) / 2, _LEAST)
    gumbel = -tf.math.log(grouped(exponential, *distribution.logits.shape[-2:]))
    size = math.prod(distribution.logits.shape[-2:])
    return relaxed(distribution.logits + gumbel, distribution.temperature, size)


@_from_noise.register(Joint)
def _(distribution: Any, noise: tf.Tensor) -> tf.Tensor:
    parts = tf.split(noise, [_noise_dim(part) for part in distribution.parts], axis=-1)
    drawn = [from_noise(*pair) for pair in zip(distribution.parts, parts, strict=True)]
    return tf.concat(drawn, axis=-1)


def _noise_dim(distribution: Any) -> int:
    size: int = distribution.event_shape[0]
    return 2 * size if isinstance(distribution, RelaxedCategories) else size


@_from_noise.register(tfd.OneHotCategorical)
def _(distribution: Any, noise: tf.Tensor) -> tf.Tensor:
    """The first number chooses."""
    chosen = choose_each(tf.nn.softmax(distribution.logits_parameter()), noise[..., 0])
    return tf.one_hot(tf.cast(chosen, tf.int32), distribution.event_shape[0])
