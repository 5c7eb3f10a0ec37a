"""Posteriors by Riemannian Hamiltonian dynamics, with a learned metric."""

from __future__ import annotations

from collections.abc import Callable
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo.errors import ConfigError
from vaezoo.posteriors.hamiltonian import (
    Dynamics,
    DynamicsArguments,
    LogDensity,
    gradient,
    log_normal,
)


@keras.saving.register_keras_serializable("vaezoo")
class RiemannianHamiltonian(Dynamics):
    """q(z|x): a normal, transformed by Hamiltonian dynamics in a learned metric G.

        G(z)^-1 = sum_c L_c L_c' exp(-|z - c|^2 / temperature^2) + regularisation I
        H(z, rho) = -log p(x, z) + log det G(z) / 2 + rho' G(z)^-1 rho / 2

    Chadebec et al. 2020, sec. 3, https://arxiv.org/abs/2010.11518. In the paper the centroids c
    are posterior means of the training data and L_c is a network of them; here a few of both
    are free parameters, so that the posterior needs no data set. The generalised leapfrog's
    two implicit equations are solved by `num_iterations` fixed-point iterations, whose
    remaining error is an error of the density.

    Args:
        latent_dim: D, the size of z.
        num_steps: leapfrog steps. The paper: 3.
        num_centroids: the number of centroids.
        temperature: the reach of a centroid. The paper: 1.5.
        regularisation: the inverse metric far from all centroids. The paper: 0.01; here 1, the
            Euclidean metric.
        num_iterations: of the implicit equations. The paper: 3.
        dynamics: `step_size` and `beta`, as for `Hamiltonian`, `name` and `dtype`.

    Raises:
        ConfigError: an argument is out of its range.
    """

    def __init__(
        self,
        latent_dim: int,
        num_steps: int = 3,
        num_centroids: int = 16,
        temperature: float = 1.5,
        regularisation: float = 1.0,
        num_iterations: int = 3,
        **dynamics: Unpack[DynamicsArguments],
    ) -> None:
        super().__init__(latent_dim, num_steps, **dynamics)
        self.num_centroids = positive("num_centroids", num_centroids)
        self.num_iterations = positive("num_iterations", num_iterations)
        if not (temperature > 0 and regularisation > 0):
            raise ConfigError(
                f"temperature={temperature!r}, regularisation={regularisation!r}: give numbers "
                "above 0."
            )
        self.temperature = temperature
        self.regularisation = regularisation
        self.centroids = self.add_weight(
            shape=(num_centroids, latent_dim),
            initializer=keras.initializers.RandomNormal(stddev=1.0),
            dtype="float32",
            name="centroids",
        )
        self.factors = self.add_weight(
            shape=(num_centroids, latent_dim, latent_dim),
            initializer=keras.initializers.RandomNormal(stddev=latent_dim**-0.5),
            dtype="float32",
            name="factors",
        )

    def nearness(self, z: tf.Tensor) -> tf.Tensor:
        """exp(-|z - c|^2 / temperature^2), [..., D] -> [..., C]."""
        squares = tf.reduce_sum((z[..., None, :] - self.centroids) ** 2, axis=-1)
        return tf.exp(-squares / self.temperature**2)

    def products(self) -> tf.Tensor:
        """L_c L_c', [C, D, D]."""
        factors = tf.convert_to_tensor(self.factors)
        return tf.matmul(factors, factors, transpose_b=True)

    def inverse_metric(self, z: tf.Tensor) -> tf.Tensor:
        """G(z)^-1, [..., D] -> [..., D, D]."""
        metric = tf.tensordot(self.nearness(z), self.products(), axes=1)
        return metric + self.regularisation * tf.eye(self.latent_dim)

    def momentum(self, noise: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        # With G^-1 = L L', L'^-1 noise has covariance (L L')^-1 = G.
        factor = tf.linalg.cholesky(self.inverse_metric(z))
        return tf.linalg.triangular_solve(factor, noise[..., None], adjoint=True)[..., 0]

    def log_momentum(self, rho: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        factor = tf.linalg.cholesky(self.inverse_metric(z))
        whitened = tf.linalg.matvec(factor, rho, transpose_a=True)
        log_det = tf.reduce_sum(tf.math.log(tf.linalg.diag_part(factor)), axis=-1)
        return log_normal(whitened) + log_det

    def step(
        self, z: tf.Tensor, rho: tf.Tensor, size: tf.Tensor, log_joint: LogDensity
    ) -> tuple[tf.Tensor, tf.Tensor]:
        def velocity(z: tf.Tensor, rho: tf.Tensor) -> tf.Tensor:
            return tf.linalg.matvec(self.inverse_metric(z), rho)

        force = self._force(z)
        half = explicit = rho + size / 2 * gradient(log_joint, z)
        for _ in range(self.num_iterations):
            half = explicit + size / 2 * force(half)
        end, velocity_here = z, velocity(z, half)
        for _ in range(self.num_iterations):
            end = z + size / 2 * (velocity_here + velocity(end, half))
        return end, half + size / 2 * (gradient(log_joint, end) + self._force(end)(half))

    def _force(self, z: tf.Tensor) -> Callable[[tf.Tensor], tf.Tensor]:
        """rho -> gradient of log N(rho; 0, G(z)) by z:

        sum_c (tr(G P_c) - rho' P_c rho) / 2  grad exp(-|z - c|^2 / t^2),  P_c = L_c L_c'
        """
        factor = tf.linalg.cholesky(self.inverse_metric(z))
        unit = tf.eye(self.latent_dim, batch_shape=tf.shape(z)[:-1])
        metric = tf.linalg.cholesky_solve(factor, unit)
        traces = tf.einsum("...ij,cij->...c", metric, self.products())
        gradients = self.nearness(z)[..., None] * (z[..., None, :] - self.centroids)
        gradients *= -2 / self.temperature**2  # [..., C, D]

        def force(rho: tf.Tensor) -> tf.Tensor:
            squares = tf.reduce_sum(tf.einsum("...i,cij->...cj", rho, self.factors) ** 2, axis=-1)
            return tf.reduce_sum((traces - squares)[..., None] / 2 * gradients, axis=-2)

        return force
