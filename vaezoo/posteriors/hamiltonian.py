"""Posteriors that follow the slope of the true one."""

from __future__ import annotations

import abc
import itertools
import math
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.trace import Latent
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


class Dynamics(DiagonalNormal, abc.ABC):
    """z_0 ~ N(mean(x), diag(scale(x)^2)), moved with a momentum for `num_steps` steps.

    After step t of T the momentum is cooled by sqrt(beta_{t-1} / beta_t), where
    1 / sqrt(beta_t) goes from 1 / sqrt(beta_0) down to 1 as (t / T)^2: Caterini et al. 2018,
    eq. 11, https://arxiv.org/abs/1805.11328. The steps keep the volume and the cooling changes
    it by a known factor, so that the density of z_T and its momentum is known.

    Args:
        latent_dim: D, the size of z.
        num_steps: T.
        step_size: of the first training step, in (0, max_step_size); learned.
        beta: beta_0 of the first training step, in (0, 1]; learned below 1.
    """

    max_step_size = 0.5

    def __init__(
        self,
        latent_dim: int,
        num_steps: int = 5,
        step_size: float = 0.05,
        beta: float = 0.5,
        **posterior_args: Any,
    ) -> None:
        super().__init__(latent_dim, **posterior_args)
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

    def _logit(self, name: str, value: float) -> Any:
        logit = keras.initializers.Constant(math.log(value / (1 - value)))
        return self.add_weight(shape=(), initializer=logit, dtype="float32", name=name)

    def momentum_scales(self) -> list[tf.Tensor]:
        """1 / sqrt(beta_t) for t = 0 ... T."""
        start = tf.math.rsqrt(tf.sigmoid(tf.convert_to_tensor(self.raw_beta)))
        parts = [(step / self.num_steps) ** 2 for step in range(self.num_steps + 1)]
        return [start + (1 - start) * part for part in parts]

    @property
    def noise_dim(self) -> int:
        """As many for z_0 as for the momentum."""
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
        """One step of the dynamics that leave exp(log_joint(z)) N(rho; 0, G(z)) as it is."""

    def latent(
        self,
        outputs: tf.Tensor,
        prior: tfd.Distribution,
        draws: Draws,
        log_likelihood: LogDensity,
    ) -> Latent:
        place, push = draws.split([self.latent_dim, self.latent_dim])
        start = self.distribution(outputs)
        z_0 = z = place.sample(start)
        unit = tfd.Independent(tfd.Normal(tf.zeros_like(z), 1.0), 1)
        noise = push.sample(unit, once=True)
        scales = self.momentum_scales()
        rho = self.momentum(noise, z) * scales[0]
        size = self.max_step_size * tf.sigmoid(tf.convert_to_tensor(self.raw_step_size))
        for before, after in itertools.pairwise(scales):
            z, rho = self.step(z, rho, size, lambda z: log_likelihood(z) + prior.log_prob(z))
            rho *= after / before
        # Hot at the start and cooled in the end: the two changes of volume cancel out.
        log_start = start.log_prob(z_0) + self.log_momentum(rho=self.momentum(noise, z_0), z=z_0)
        return Latent(start, prior, z, log_start - self.log_momentum(rho, z))


@keras.saving.register_keras_serializable("vaezoo")
class Hamiltonian(Dynamics):
    """q(z|x): a normal, moved by T leapfrog steps of Hamiltonian dynamics.

        H(z, rho) = -log p(x, z) + |rho|^2 / 2
        log q = log q(z_0|x) + log N(rho_0; 0, I) - log N(rho_T; 0, I)

    Caterini et al. 2018, algorithm 1, https://arxiv.org/abs/1805.11328. `encode` and "mean" are
    of the normal that it starts from.

    Args:
        latent_dim: D, the size of z.
        num_steps: T, leapfrog steps.
        step_size: of the first training step, above 0 and below 0.5; learned.
        beta: inverse temperature at the start, above 0 and below 1; learned.

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
