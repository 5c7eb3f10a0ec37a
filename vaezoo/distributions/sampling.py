"""Where the randomness of a sample comes from: a seed, or normal noise passed in as an input.

With noise as an input a sample is a deterministic function, which can be exported as a graph.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import tensorflow as tf
from tensorflow_probability import distributions as tfd

from vaezoo.distributions.choice import category_from_noise
from vaezoo.distributions.joint import Joint
from vaezoo.distributions.simplex import RelaxedCategories, relax, split_groups
from vaezoo.errors import ConfigError

_LEAST = 1e-30  # keeps logarithms finite
_BLOCK = 16  # rows whose noise is drawn at once
_fold_in = tf.random.experimental.stateless_fold_in


@dataclass(frozen=True)
class SeededDraws:
    """Samples that a seed determines.

    Attributes:
        num_samples: K.
        seed: [2].
    """

    num_samples: int
    seed: tf.Tensor

    def split(self, sizes: Sequence[int]) -> list[SeededDraws]:
        """Independent draws, one for each size."""
        seeds = tf.unstack(tf.random.split(self.seed, len(sizes)))
        return [replace(self, seed=seed) for seed in seeds]

    def sample(self, distribution: tfd.Distribution, *, once: bool = False) -> tf.Tensor:
        """K samples for each of a batch [B], [K, B, D]; with `once`, one for each of [K, B]."""
        return distribution.sample(() if once else self.num_samples, seed=self.seed)

    def noise_of(self, distribution: tfd.Distribution) -> None:
        """The unit normals that `sample` scales and shifts: unknown here."""
        return None  # AutoGraph drops docstrings, and needs a body


@dataclass(frozen=True)
class DrawsOfRows(SeededDraws):
    """The same samples that the first rows of a larger batch have, whatever their number.

    Attributes:
        rows: of the larger batch.
    """

    rows: int

    def sample(self, distribution: tfd.Distribution, *, once: bool = False) -> tf.Tensor:
        """As `SeededDraws.sample`. Raises `NotImplementedError` for any but independent normals."""
        moments = normal_moments(distribution)
        if moments is None:
            raise NotImplementedError
        mean, stddev = moments
        zeros = tf.zeros([*tf.unstack(tf.shape(mean)[:-2]), self.rows, mean.shape[-1]])
        unit = tfd.Independent(tfd.Normal(zeros, tf.ones_like(zeros)), 1)
        noise = unit.sample(() if once else self.num_samples, seed=self.seed)
        return mean + stddev * noise[..., : tf.shape(mean)[-2], :]


@dataclass(frozen=True)
class DrawsByPlace(SeededDraws):
    """Samples of examples of a data set, the same in whatever batches they come.

    Those that are no function of normal noise hang on the batches.

    Attributes:
        first: place of the batch's first example in the data set, [].
    """

    first: int | tf.Tensor

    def sample(self, distribution: tfd.Distribution, *, once: bool = False) -> tf.Tensor:
        """As `SeededDraws.sample`."""
        shape = distribution.batch_shape_tensor()
        num_samples = shape[0] if once else self.num_samples
        size = _noise_dim(distribution)
        noise = noise_of_rows(self.seed, self.first, shape[-1], num_samples, size)
        try:
            return from_noise(distribution, noise)
        except ConfigError:
            of_batch = SeededDraws(self.num_samples, _fold_in(self.seed, self.first))
            return of_batch.sample(distribution, once=once)


def noise_of_rows(
    seed: tf.Tensor,
    first: int | tf.Tensor,
    num: int | tf.Tensor,
    num_samples: int | tf.Tensor,
    size: int,
) -> tf.Tensor:
    """Unit normals of the rows `first`, `first` + 1, … of a data set, [K, num, size]: the same in
    whatever batches these come.

    Example:
        >>> import numpy as np
        >>> from vaezoo.distributions.sampling import noise_of_rows
        >>> all_at_once = noise_of_rows([0, 1], 0, 100, 2, 3)
        >>> np.array_equal(noise_of_rows([0, 1], 70, 5, 2, 3), all_at_once[:, 70:75])
        True
    """
    first = tf.cast(first, tf.int32)

    def block(place: tf.Tensor) -> tf.Tensor:
        return tf.random.stateless_normal([_BLOCK, num_samples, size], _fold_in(seed, place))

    places = first // _BLOCK + tf.range((num + 2 * _BLOCK - 2) // _BLOCK)  # as many as may be met
    blocks = tf.map_fn(block, places, fn_output_signature=tf.float32)
    rows = tf.reshape(blocks, [-1, num_samples, size])
    rows = tf.slice(rows, [first % _BLOCK, 0, 0], [num, num_samples, size])  # as XLA takes it
    return tf.transpose(rows, [1, 0, 2])


@dataclass(frozen=True)
class NoiseDraws:
    """Samples that are functions of unit normals.

    Attributes:
        noise: [K, B, size].
    """

    noise: tf.Tensor

    def split(self, sizes: Sequence[int]) -> list[NoiseDraws]:
        """The noise split along its last axis."""
        return [NoiseDraws(noise) for noise in tf.split(self.noise, sizes, axis=-1)]

    def sample(self, distribution: tfd.Distribution, *, once: bool = False) -> tf.Tensor:
        """As `SeededDraws.sample`. Raises as `from_noise`."""
        return from_noise(distribution, self.noise)

    def noise_of(self, distribution: tfd.Distribution) -> tf.Tensor | None:
        """The unit normals that `sample` scales and shifts, [K, B, D]; None for distributions
        that are not independent normals."""
        return self.noise if _is_normal(distribution) else None


Draws = SeededDraws | NoiseDraws


def draws(
    num_samples: int,
    seed: tf.Tensor,
    noise: tf.Tensor | None,
    rows: int | None = None,
    first: int | tf.Tensor | None = None,
) -> Draws:
    """`NoiseDraws` of the noise [K, B, size] if there is any, else K `SeededDraws`;
    `DrawsOfRows` where the batch stands for the first of so many rows, `DrawsByPlace` where the
    place of its first example among all is known."""
    if noise is not None:
        return NoiseDraws(noise)
    if rows is not None:
        return DrawsOfRows(num_samples, seed, rows)
    if first is not None:
        return DrawsByPlace(num_samples, seed, first)
    return SeededDraws(num_samples, seed)


@tf.autograph.experimental.do_not_convert  # AutoGraph cannot convert a singledispatch
def from_noise(distribution: tfd.Distribution, noise: tf.Tensor) -> tf.Tensor:
    """A sample as a function of noise ~ N(0, I), [..., size] -> [..., D].

    Raises:
        ConfigError: no such function is known for this distribution.

    Example:
        >>> from vaezoo.distributions import from_noise, tfd
        >>> p = tfd.Independent(tfd.Normal([1.0, 1.0], [2.0, 2.0]), 1)
        >>> from_noise(p, [[0.0, 1.0]]).numpy().tolist()
        [[1.0, 3.0]]
    """
    return _from_noise(distribution, noise)


def log_prob_of_noise(distribution: tfd.Distribution, noise: tf.Tensor) -> tf.Tensor:
    """log_prob(mean + stddev noise) of independent normals: log N(noise; 0, I) - sum log stddev,
    [..., D] -> [...]."""
    each = -0.5 * noise**2 - tf.math.log(distribution.stddev()) - 0.5 * math.log(2 * math.pi)
    return tf.reduce_sum(each, axis=-1)


def normal_moments(distribution: tfd.Distribution) -> tuple[tf.Tensor, tf.Tensor] | None:
    """Mean and standard deviation of independent normals, [..., D] each; None for others."""
    if not _is_normal(distribution):
        return None
    return distribution.mean(), distribution.stddev()


def _is_normal(distribution: tfd.Distribution) -> bool:
    """Whether it consists of independent normals."""
    is_product = isinstance(distribution, (tfd.Independent, tfd.Sample))
    return is_product and isinstance(distribution.distribution, tfd.Normal)


@functools.singledispatch
def _from_noise(distribution: tfd.Distribution, noise: tf.Tensor) -> tf.Tensor:
    if _is_normal(distribution):
        return distribution.mean() + distribution.stddev() * noise
    if hasattr(distribution, "bijector"):  # transformed ones have several base classes
        return distribution.bijector.forward(from_noise(distribution.distribution, noise))
    raise ConfigError(
        f"no function from normal noise to samples of {distribution.name} is known: sample with "
        "a seed instead."
    )


@_from_noise.register(RelaxedCategories)
def _(distribution: RelaxedCategories, noise: tf.Tensor) -> tf.Tensor:
    """Half the sum of two squares is exponential, minus its logarithm Gumbel. A uniform number
    near 1 would lose digits instead."""
    one, other = tf.split(noise, 2, axis=-1)
    exponential = tf.maximum((one**2 + other**2) / 2, _LEAST)
    gumbel = -tf.math.log(split_groups(exponential, *distribution.logits.shape[-2:]))
    size = math.prod(distribution.logits.shape[-2:])
    return relax(distribution.logits + gumbel, distribution.temperature, size)


@_from_noise.register(Joint)
def _(distribution: Joint, noise: tf.Tensor) -> tf.Tensor:
    noises = tf.split(noise, list(map(_noise_dim, distribution.parts)), axis=-1)
    samples = [from_noise(*pair) for pair in zip(distribution.parts, noises, strict=True)]
    return tf.concat(samples, axis=-1)


def _noise_dim(distribution: tfd.Distribution) -> int:
    """How many unit normals make a sample."""
    if isinstance(distribution, Joint):
        return sum(map(_noise_dim, distribution.parts))
    size: int = distribution.event_shape[0]
    return 2 * size if isinstance(distribution, RelaxedCategories) else size


@_from_noise.register(tfd.OneHotCategorical)
def _(distribution: tfd.OneHotCategorical, noise: tf.Tensor) -> tf.Tensor:
    """The first number chooses the category."""
    probabilities = tf.nn.softmax(distribution.logits_parameter())
    index = category_from_noise(probabilities, noise[..., 0])
    return tf.one_hot(tf.cast(index, tf.int32), distribution.event_shape[0])
