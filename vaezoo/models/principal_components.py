"""The family of linear models that are solved, not trained."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._model.passes import weighted_examples
from vaezoo.datasets.base import Source
from vaezoo.errors import ConfigError
from vaezoo.metrics.components import principal_components
from vaezoo.models._arguments import WithoutNetwork
from vaezoo.models._linear_gaussian import linear_gaussian
from vaezoo.models.vae import VAE
from vaezoo.protocols import ArrayLike

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
        linear = linear_gaussian(result, result.noise if self.has_density else 0.0, floor)
        weights = [linear.inward, linear.centre]
        if self.has_density:
            weights = [
                np.concatenate([linear.inward, np.zeros_like(linear.inward)], axis=1),
                np.concatenate([linear.centre, linear.raw]),
            ]
            self.likelihood.log_scale.assign(np.log(linear.noise) / 2)
        self.encoder.set_weights(weights)
        self.decoder.set_weights([linear.outward, linear.mean])
