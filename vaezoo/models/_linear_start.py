"""Networks with a shortcut begin as probabilistic PCA of the training data."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from vaezoo.metrics.components import Components, principal_components
from vaezoo.models._linear_gaussian import LinearGaussian, linear_gaussian
from vaezoo.networks.shortcut import set_shortcut
from vaezoo.posteriors import DiagonalNormal
from vaezoo.protocols import Array

if TYPE_CHECKING:
    from vaezoo.models.vae import VAE

_LEAST_NOISE = 1e-6  # variance, as a fraction of the mean variance of the values
_LEAST = 1e-12
_UNUSED = float(np.log(np.expm1(1.0)))  # softplus gives 1, the prior's scale


def start_linearly(model: VAE, inputs: Iterable[tuple[Array, Array]]) -> None:
    """Sets the shortcuts such that the model is, as far as its likelihood allows, probabilistic
    PCA, which is exact for a normal one; the networks beside them begin at 0.

    Args:
        model: with a shortcut in encoder and decoder.
        inputs: the training examples, as the encoder takes them, [B, *data_shape], and their
            weights [B].
    """
    if not isinstance(model.posterior, DiagonalNormal):
        return
    found = principal_components(inputs, model.latent_dim, or_fewer=True)
    noise = max(found.noise, _LEAST_NOISE * _mean_variance(found), _LEAST)
    linear = linear_gaussian(found, noise, floor=noise)
    outputs = model.likelihood.outputs_near(linear.mean, linear.outward)
    if outputs is None:
        return
    _set_shortcuts(model, linear, *outputs)
    # The mean squared error of each value under the exact posterior.
    errors = found.residuals + noise * (found.directions**2).sum(axis=0)
    values = (linear.mean, np.maximum(errors, _LEAST))
    model.likelihood.start_noise(*(value.reshape(model.data_shape) for value in values))


def _mean_variance(found: Components) -> float:
    return float(found.variances.sum() + found.residuals.sum()) / len(found.mean)


def _set_shortcuts(model: VAE, linear: LinearGaussian, mean: Array, slopes: Array) -> None:
    more = model.latent_dim - len(linear.centre)  # dimensions beyond the components: q = p there
    means = np.pad(linear.inward, [(0, 0), (0, more)])
    kernel = np.concatenate([means, np.zeros_like(means)], axis=1)
    raw = np.pad(linear.raw, (0, more), constant_values=_UNUSED)
    bias = np.concatenate([np.zeros(model.latent_dim), raw])  # the mean of x has the mean of z, 0
    centre = linear.mean.reshape(model.data_shape)
    set_shortcut(model.encoder, kernel.reshape(*model.data_shape, -1), bias, centre)
    outward = np.pad(slopes, [(0, more), (0, 0)])
    set_shortcut(model.decoder, outward, mean, np.zeros(model.latent_dim))
