"""A sampler for each label."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import tensorflow as tf

from vaezoo._core.constructors import CheckedConstructor
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array, ArrayLike
from vaezoo.samplers.base import Sampler


class ByLabel(metaclass=CheckedConstructor):
    """z as a function of noise and a label c: of the sampler of that label.

    A model of p(x|c) draws z from p(z) whatever c is; the z of its data depend on c all the same,
    where the encoder did not learn to leave out what c says.

    Args:
        samplers: one for each label, which take the same noise.

    Raises:
        ConfigError: there is none, or they take noise of several sizes.

    Example:
        >>> import numpy as np
        >>> import tensorflow as tf
        >>> from vaezoo.samplers import ByLabel, fit_sampler
        >>> z = np.random.default_rng(0).normal(size=(100, 2))
        >>> by_label = ByLabel([fit_sampler("mixture", z + 9 * label) for label in range(2)])
        >>> first, second = by_label.from_noise(tf.zeros((2, by_label.noise_dim)), tf.eye(2))
        >>> (second - first).numpy().round().tolist()
        [9.0, 9.0]
    """

    is_conditional = True

    def __init__(self, samplers: Sequence[Sampler]) -> None:
        sizes = sorted({sampler.noise_dim for sampler in samplers})
        if len(sizes) != 1:
            raise ConfigError(
                f"the samplers of {len(samplers)} labels take noise of {len(sizes)} sizes "
                f"({', '.join(map(str, sizes))}): give one or more, of one size."
            )
        self.samplers = tuple(samplers)

    @property
    def noise_dim(self) -> int:
        """As `Sampler.noise_dim`."""
        return self.samplers[0].noise_dim

    def from_noise(self, noise: tf.Tensor, condition: tf.Tensor | None = None) -> tf.Tensor:
        """z of noise ~ N(0, I) and one-hot labels, [N, noise_dim] and [N, labels] -> [N, D].

        Raises:
            ConfigError: there are no labels, or, outside of graphs, one is unknown.
        """
        if condition is None or (
            tf.executing_eagerly() and not tf.reduce_all(tf.reduce_sum(condition, axis=1) > 0)
        ):
            raise ConfigError(
                "this sampler has latents for each label: give condition=, one label of each."
            )
        z = tf.stack([sampler.from_noise(noise) for sampler in self.samplers], axis=1)
        shares = condition / tf.reduce_sum(condition, axis=1, keepdims=True)
        return tf.reduce_sum(shares[:, :, None] * z, axis=1)


def fit_by_label(fit: Callable[[Array], Sampler], z: Array, labels: ArrayLike, num: int) -> ByLabel:
    """Samplers of the z of each label.

    Args:
        fit: z [N, D] -> a sampler.
        z: [N, D].
        labels: of them, 0 to num - 1, or -1 for unknown, [N].
        num: of labels.

    Raises:
        DataError: a label has fewer than two z.
    """
    labels = np.asarray(labels).reshape(len(z))  # -1 of examples without one, which are left out
    few = [label for label in range(num) if (labels == label).sum() < 2]
    if few:
        raise DataError(
            f"{len(few)} of {num} labels, such as {few[0]}, have fewer than 2 training examples: a "
            "sampler for each label needs 2 or more of each."
        )
    return ByLabel([fit(z[labels == label]) for label in range(num)])
