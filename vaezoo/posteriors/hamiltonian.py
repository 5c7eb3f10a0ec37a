"""Posteriors by Hamiltonian dynamics, which follow the gradient of the true posterior."""

from __future__ import annotations

import abc
import itertools
import math
from collections.abc import Callable
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Latent
from vaezoo.distributions import Draws, tfd
from vaezoo.errors import ConfigError
from vaezoo.posteriors.diagonal_normal import DiagonalNormal

LogDensity = Callable[[tf.Tensor], tf.Tensor]


def log_normal(value: tf.Tensor) -> tf.Tensor:
    """log N(value; 0, I), [..., D] -> [...]."""
    size = value.shape[-1] * math.log(2 * math.pi)
    return -0.5 * (tf.reduce_sum(value**2, axis=-1) + size)


def gradient(function: LogDensity, z: tf.Tensor) -> tf.Tensor:
    """Gradient of function(z) [...] by z [..., D], itself differentiable."""
    with tf.GradientTape() as tape:
        tape.watch(z)
        value = function(z)
    return tape.gradient(value, z)


class DynamicsArguments(KerasArguments, total=False):
    """Arguments of all Hamiltonian posteriors, in addition to `latent_dim` and `num_steps`."""

    step_size: float
    beta: float


class Dynamics(DiagonalNormal, abc.ABC):
    """z_0 ~ N(mean(x), diag(scale(x)^2)), transformed by T steps of Hamiltonian dynamics.

    After step t of T the momentum is tempered by sqrt(beta_{t-1} / beta_t), where
    1 / sqrt(beta_t) decreases quadratically, as (t / T)^2, from 1 / sqrt(beta_0) to 1:
    Caterini et al. 2018, eq. 11, https://arxiv.org/abs/1805.11328. The steps preserve volume
    and the tempering changes it by a known factor, so that the joint density of z_T and its
    momentum is known.

    Subclasses implement `momentum`, `log_momentum` and `step` for their kinetic energy.

    Args:
        latent_dim: D, the size of z.
        num_steps: T.
        step_size: initial step size, above 0 and below 0.5; learned.
        beta: initial beta_0, above 0 and below 1; learned.

    Raises:
        ConfigError: arguments out of these ranges.
    """

    max_step_size = 0.5

    def __init__(
        self,
        latent_dim: int,
        num_steps: int = 5,
        step_size: float = 0.05,
        beta: float = 0.5,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(latent_dim, **keras_args)
        self.num_steps = positive("num_steps", num_steps)
        if not 0 < step_size < self.max_step_size or not 0 < beta < 1:
            raise ConfigError(
                f"step_size={step_size!r}, beta={beta!r}: give a step size above 0 and below "
                f"{self.max_step_size}, and a beta above 0 and below 1."
            )
        self.step_size = step_size
        self.beta = beta
        self.raw_step_size = self._logit("raw_step_size", step_size / self.max_step_size)
        self.raw_beta = self._logit("raw_beta", beta)

    def _logit(self, name: str, value: float) -> keras.Variable:
        logit = keras.initializers.Constant(math.log(value / (1 - value)))
        return self.add_weight(shape=(), initializer=logit, dtype="float32", name=name)

    def momentum_scales(self) -> list[tf.Tensor]:
        """1 / sqrt(beta_t) for t = 0 ... T."""
        start = tf.math.rsqrt(tf.sigmoid(tf.convert_to_tensor(self.raw_beta)))
        fractions = [(step / self.num_steps) ** 2 for step in range(self.num_steps + 1)]
        return [start + (1 - start) * fraction for fraction in fractions]

    @property
    def noise_dim(self) -> int:
        """Half of them for z_0, half for the momentum."""
        return 2 * self.latent_dim

    @abc.abstractmethod
    def momentum(self, noise: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """rho ~ N(0, G(z)) from noise ~ N(0, I), [..., D]."""

    @abc.abstractmethod
    def log_momentum(self, rho: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        """log N(rho; 0, G(z)), [..., D] -> [...]."""

    @abc.abstractmethod
    def step(
        self, z: tf.Tensor, rho: tf.Tensor, size: tf.Tensor, log_joint: LogDensity
    ) -> tuple[tf.Tensor, tf.Tensor]:
        """One step of the dynamics that leave exp(log_joint(z)) N(rho; 0, G(z)) invariant."""

    def latent(
        self,
        outputs: tf.Tensor,
        prior: tfd.Distribution,
        draws: Draws,
        log_likelihood: LogDensity,
    ) -> Latent:
        position_draws, momentum_draws = draws.split([self.latent_dim, self.latent_dim])
        start = self.distribution(outputs)
        z_0 = z = position_draws.sample(start)
        unit = tfd.Independent(tfd.Normal(tf.zeros_like(z), 1.0), 1)
        noise = momentum_draws.sample(unit, once=True)
        scales = self.momentum_scales()
        rho = self.momentum(noise, z) * scales[0]
        size = self.max_step_size * tf.sigmoid(tf.convert_to_tensor(self.raw_step_size))
        for before, after in itertools.pairwise(scales):
            z, rho = self.step(z, rho, size, lambda z: log_likelihood(z) + prior.log_prob(z))
            rho *= after / before
        # The initial scaling of the momentum and its tempering cancel in volume.
        log_start = start.log_prob(z_0) + self.log_momentum(rho=self.momentum(noise, z_0), z=z_0)
        return Latent(start, prior, z, log_start - self.log_momentum(rho, z))


@keras.saving.register_keras_serializable("vaezoo")
class Hamiltonian(Dynamics):
    """q(z|x): a normal, transformed by T leapfrog steps of Hamiltonian dynamics.

        H(z, rho) = -log p(x, z) + |rho|^2 / 2
        log q = log q(z_0|x) + log N(rho_0; 0, I) - log N(rho_T; 0, I)

    Caterini et al. 2018, algorithm 1, https://arxiv.org/abs/1805.11328. `encode` and "mean"
    give the initial normal and its mean.

    Args:
        latent_dim: D, the size of z.
        num_steps: T, leapfrog steps.
        step_size: initial step size, above 0 and below 0.5; learned.
        beta: initial beta_0, the first step's inverse temperature, above 0 and below 1; learned.

    Raises:
        ConfigError: arguments out of these ranges.
    """

    def momentum(self, noise: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        return noise

    def log_momentum(self, rho: tf.Tensor, z: tf.Tensor) -> tf.Tensor:
        return log_normal(rho)

    def step(
        self, z: tf.Tensor, rho: tf.Tensor, size: tf.Tensor, log_joint: LogDensity
    ) -> tuple[tf.Tensor, tf.Tensor]:
        rho += size / 2 * gradient(log_joint, z)
        z += size * rho
        return z, rho + size / 2 * gradient(log_joint, z)
