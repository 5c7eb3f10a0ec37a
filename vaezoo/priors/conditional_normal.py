"""Normal priors that depend on a condition."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._core.types import PriorArguments
from vaezoo.distributions import from_noise, tfd
from vaezoo.errors import ConfigError
from vaezoo.networks import mlp
from vaezoo.priors.base import NO_CONTEXT, Context, Prior


@keras.saving.register_keras_serializable("vaezoo")
class ConditionalNormal(Prior):
    """p(z|c) = N(z; mean(c), diag(softplus(raw(c))^2)), mean and raw linear in c.

    Sohn et al. 2015, sec. 4.1,
    https://proceedings.neurips.cc/paper/2015/hash/8d55a249e6baa5c06772297520da2051-Abstract.html.

    Args:
        latent_dim: D, the size of z.
        prior_args: `data_shape`, `condition_dim`, `name` and `dtype`, as for every prior.

    Raises:
        ConfigError: the model has no condition.
    """

    is_conditional = True

    def __init__(self, latent_dim: int, **prior_args: Unpack[PriorArguments]) -> None:
        super().__init__(latent_dim, **prior_args)
        if not self.condition_dim:
            raise ConfigError(
                "ConditionalNormal is p(z|c): give the model a condition, such as "
                "{'name': 'labels', 'num_classes': 10}."
            )
        self.network = mlp((self.condition_dim,), (2 * latent_dim,), hidden=(), name="network")

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        if context.condition is None:
            raise ConfigError("this prior is p(z|c): give a condition.")
        mean, raw = tf.split(self.network(context.condition), 2, axis=-1)
        return tfd.Independent(tfd.Normal(mean, tf.nn.softplus(raw) + 1e-4), 1)

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        return from_noise(self.distribution(context), noise)
