"""The family of linear models that are solved, not trained."""

from __future__ import annotations

import abc
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model.passes import weighted_examples
from vaezoo.datasets.base import Source
from vaezoo.errors import ConfigError
from vaezoo.models._arguments import WithoutNetwork
from vaezoo.models.vae import VAE
from vaezoo.protocols import Array, ArrayLike

_MIN_FRACTION = 1e-9  # of the largest variance: less than that is rounding


class PrincipalComponents(VAE, abc.ABC):
    """A linear model of the data's first principal components.

    `fit` calls `adapt`, which computes the weights; they have no gradients. It reads the training
    data once before the first step: of batches with `steps_per_epoch`, those of the first epoch;
    never a validation split.

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z: below the number of values of an example.
        parts: further arguments of `VAE`.

    Raises:
        ConfigError: `latent_dim` is too large.
    """

    def __init__(
        self, data_shape: Sequence[int], latent_dim: int, **parts: Unpack[WithoutNetwork]
    ) -> None:
        super().__init__(data_shape, latent_dim, network={"name": "mlp", "hidden": []}, **parts)
        size = int(np.prod(self.data_shape))
        if self.latent_dim >= size:
            raise ConfigError(
                f"latent_dim={latent_dim} is too large: an example has {size} values, and all "
                f"{size} components would reproduce it; give at most {size - 1}."
            )
        self.trainable = False

    def adapt(
        self,
        x: Source | tf.data.Dataset | keras.utils.PyDataset,
        sample_weight: ArrayLike | None = None,
        *,
        steps: int | None = None,
    ) -> None:
        """Solves for the weights, by moments of the data in which a weight counts an example so
        many times.

        Args:
            x: [N, *data_shape]: an array, in memory or in a file; or a `tf.data.Dataset` or a
                `keras.utils.PyDataset`, which is read once, batch by batch.
            sample_weight: of the examples of an array, [N] or [N, 1], 0 or more.
            steps: of data in batches, read the first `steps`: `fit` passes `steps_per_epoch`.

        Raises:
            ConfigError: there are not more examples than `latent_dim`, or, for a model with a
                density, the components leave nothing out; or x is a generator.
            DataError: `sample_weight` has wrong values.
        """
        examples = weighted_examples(x, sample_weight, steps)
        result = principal_components(examples, self.latent_dim)
        floor = _MIN_FRACTION * max(result.variances[0], _MIN_FRACTION)
        if self.has_density and result.noise <= floor:
            raise ConfigError(
                f"latent_dim={self.latent_dim}: so many components leave nothing of these data "
                "out, so that the likelihood is unbounded; give fewer."
            )
        # The limit without noise is PCA.
        noise = result.noise if self.has_density else 0.0
        variances = np.maximum(result.variances, floor)
        gains = np.where(result.variances > floor, np.sqrt(np.maximum(variances - noise, 0.0)), 0.0)
        inward = result.directions.T * (gains / variances)
        weights = [inward, -result.mean @ inward]
        if self.has_density:
            # softplus(raw) is the scale, whatever x is
            raw = np.log(np.expm1(np.sqrt(noise / variances)))
            weights = [
                np.concatenate([weights[0], np.zeros_like(inward)], axis=1),
                np.concatenate([weights[1], raw]),
            ]
            self.likelihood.log_scale.assign(np.log(noise) / 2)
        self.encoder.set_weights(weights)
        self.decoder.set_weights([gains[:, None] * result.directions, result.mean])


class Components(NamedTuple):
    """The eigenvectors and eigenvalues of a covariance, the largest first.

    Attributes:
        mean: of the data, [V].
        directions: unit vectors, [D, V].
        variances: of the data along them, [D].
        noise: mean variance along all others.
    """

    mean: np.ndarray
    directions: np.ndarray
    variances: np.ndarray
    noise: float


def principal_components(examples: Iterable[tuple[Array, Array]], num: int) -> Components:
    """The first `num` principal components of batches of examples [B, ...] with weights [B].
    Raises `ConfigError` as `adapt`."""
    count, total, shift = 0, 0.0, np.zeros(())
    sums, squares = np.zeros(()), np.zeros(())
    for x, weights in examples:
        rows = x.reshape(len(x), -1)
        if not count:  # near the mean, so that no digits are lost in the squares
            shift = rows.mean(0)
        rows = rows - shift
        count, total = count + len(rows), total + weights.sum()
        sums = sums + weights @ rows
        squares = squares + (weights[:, None] * rows).T @ rows
    if count <= num:
        raise ConfigError(f"{count} examples for latent_dim={num}: give more than that.")
    mean = sums / total
    values, vectors = np.linalg.eigh(squares / total - np.outer(mean, mean))
    values, directions = np.maximum(values[::-1], 0.0), vectors.T[::-1][:num]
    return Components(shift + mean, _signed(directions), values[:num], float(values[num:].mean()))


def _signed(directions: Array) -> Array:
    """Directions [D, V], each with the sign that makes its largest value positive."""
    largest = np.take_along_axis(directions, np.abs(directions).argmax(1)[:, None], axis=1)
    return directions * np.sign(largest)
