"""The family of linear models that are solved, not trained."""

from __future__ import annotations

import abc
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Unpack

import numpy as np
import tensorflow as tf
from sklearn.decomposition import PCA as Solver

from vaezoo.datasets.base import Source
from vaezoo.errors import ConfigError
from vaezoo.models._arguments import WithoutNetwork
from vaezoo.models.vae import VAE

_ROWS = 4096
_MIN_FRACTION = 1e-9  # of the largest variance: less than that is rounding


class PrincipalComponents(VAE, abc.ABC):
    """A linear model of the data's first principal components.

    `fit` calls `adapt`, which computes the weights; they have no gradients.

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
                f"latent_dim={latent_dim}: an example has {size} values, and so at most "
                f"{size - 1} components that leave something out."
            )
        self.trainable = False

    def adapt(self, x: Source | tf.data.Dataset) -> None:
        """Solves for the weights.

        Args:
            x: [N, *data_shape]: an array, which scikit-learn solves at once; or one in a file, or
                a `tf.data.Dataset`, which is read once, batch by batch.

        Raises:
            ConfigError: there are not more examples than `latent_dim`, or, for a model with a
                density, the components leave nothing out.
        """
        result = principal_components(x, self.latent_dim)
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


def principal_components(x: Source | tf.data.Dataset, num: int) -> Components:
    """The first `num` principal components of x. Raises `ConfigError` as `adapt`."""
    if isinstance(x, np.ndarray) and not isinstance(x, np.memmap):
        return _solve(np.asarray(x, np.float64).reshape(len(x), -1), num)
    count, total, squares = 0, np.zeros(()), np.zeros(())
    for batch in _batches(x):
        rows = np.asarray(batch, np.float64).reshape(len(batch), -1)
        count, total, squares = count + len(rows), total + rows.sum(0), squares + rows.T @ rows
    mean = total / max(count, 1)
    _check_count(count, num)
    values, vectors = np.linalg.eigh(squares / count - np.outer(mean, mean))
    values, vectors = np.maximum(values[::-1], 0.0), vectors[:, ::-1]
    return Components(mean, vectors[:, :num].T, values[:num], float(values[num:].mean()))


def _solve(rows: np.ndarray, num: int) -> Components:
    _check_count(len(rows), num)
    solver = Solver(num, svd_solver="covariance_eigh").fit(rows)
    factor = (len(rows) - 1) / len(rows)  # scikit-learn divides by N - 1
    variances = factor * solver.explained_variance_
    return Components(
        solver.mean_, solver.components_, variances, float(factor * solver.noise_variance_)
    )


def _check_count(count: int, num: int) -> None:
    if count <= num:
        raise ConfigError(f"{count} examples for latent_dim={num}: give more than that.")


def _batches(x: Source | tf.data.Dataset) -> Iterator[np.ndarray]:
    if isinstance(x, tf.data.Dataset):
        for batch in x:
            yield (batch[0] if isinstance(batch, tuple) else batch).numpy()
    else:
        for start in range(0, len(x), _ROWS):
            yield x[np.arange(start, min(start + _ROWS, len(x)))]
