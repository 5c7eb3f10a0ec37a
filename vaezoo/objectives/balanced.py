"""ELBO whose KL pulls harder at the prior than at the posterior."""

from __future__ import annotations

from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import not_negative
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Latent, Trace
from vaezoo.distributions import normal_moments, tfd
from vaezoo.errors import ConfigError
from vaezoo.objectives.base import ModelObjective

_Moments = tuple[tf.Tensor, tf.Tensor]


@keras.saving.register_keras_serializable("vaezoo")
class BalancedELBO(ModelObjective):
    """loss = -E_q[log p(x|z)] + beta sum_i [a KL(stop(q_i) || p_i) + (1 - a) KL(q_i || stop(p_i))].

    Its value is that of the ELBO's loss. Its gradient trains a learned prior towards the posterior
    faster than it regularises the posterior towards a prior that knows little yet: it is another
    gradient, under which the posterior pays for (1 - a) of its KL only, so that the ELBO ends lower
    than where it is maximised itself. Hafner et al. 2021, algorithm 2,
    https://arxiv.org/abs/2010.02193.

    Args:
        prior_share: a, from 0 to 1; 0.5 gives half of the gradient of the ELBO's KL. The paper:
            0.8.
        beta: weight of the KL term, 0 or more.
        num_samples: K, samples of z per x.

    Raises:
        ConfigError: an argument out of its range; or, from `loss`, posterior or prior are not
            independent normals.

    Example:
        >>> import numpy as np
        >>> from vaezoo.models import VAE
        >>> vae = VAE((4,), 2, objective={"name": "balanced_elbo", "prior_share": 0.9}, seed=0)
        >>> trace = vae.trace(np.zeros([5, 4], "float32"), seed=0)
        >>> bool(np.allclose(vae.objective.loss(trace), -trace.elbo(), atol=1e-5))
        True
    """

    def __init__(
        self,
        prior_share: float = 0.8,
        beta: float = 1.0,
        num_samples: int = 1,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.prior_share = not_negative("prior_share", prior_share)
        if prior_share > 1:
            raise ConfigError(f"prior_share={prior_share!r}: give a number from 0 to 1.")
        self.beta = not_negative("beta", beta)

    def loss(self, trace: Trace) -> tf.Tensor:
        kl = tf.add_n([trace.mean(self._kl(latent)) for latent in trace.latents])
        return self.beta * kl - trace.reconstruction()

    def _kl(self, latent: Latent) -> tf.Tensor:
        q, p = normal_moments(latent.posterior), normal_moments(latent.prior)
        if q is None or p is None:
            raise ConfigError(
                "BalancedELBO needs a posterior and a prior of independent normals: choose "
                "'diagonal_normal' and 'standard_normal', or the objective 'elbo'."
            )
        share = self.prior_share
        return share * _normal_kl(_stopped(q), p) + (1 - share) * _normal_kl(q, _stopped(p))


def _normal_kl(q: _Moments, p: _Moments) -> tf.Tensor:
    """KL of independent normals, [..., D] -> [...]."""
    return tf.reduce_sum(tfd.kl_divergence(tfd.Normal(*q), tfd.Normal(*p)), axis=-1)


def _stopped(moments: _Moments) -> _Moments:
    mean, stddev = moments
    return tf.stop_gradient(mean), tf.stop_gradient(stddev)
