"""The variational autoencoder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from vaezoo.checks import positive
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError, unknown_name
from vaezoo.likelihoods import LIKELIHOODS
from vaezoo.models.base import LatentVariableModel
from vaezoo.networks import NETWORKS, apply
from vaezoo.objectives import OBJECTIVES
from vaezoo.parts import arguments_of, make
from vaezoo.posteriors import POSTERIORS
from vaezoo.priors import PRIORS
from vaezoo.trace import Latent, Trace

Spec = str | Mapping[str, Any]


@keras.saving.register_keras_serializable("vaezoo")
class VAE(LatentVariableModel):
    """Variational autoencoder with one latent group.

        q(z|x) = posterior(encoder(x))     p(z) = prior()     p(x|z) = likelihood(decoder(z))
        loss   = -E_q[log p(x|z)] + KL(q(z|x) || p(z))

    Kingma & Welling 2014, eq. 3, https://arxiv.org/abs/1312.6114.

    Parts are given by name ("normal"), by name and arguments ({"name": "normal",
    "scale": 0.1}), or as objects.

    Args:
        data_shape: shape of one example, such as (28, 28, 1) or (64,).
        latent_dim: D, the size of z.
        likelihood: p(x|z), of `vaezoo.likelihoods`.
        network: of `vaezoo.networks`; makes the encoder and the decoder.
        encoder: the user's own, in place of `network`'s: a built `keras.Model` from
            [B, *data_shape] to [B, posterior.num_outputs].
        decoder: likewise, from [B, latent_dim] to [B, *likelihood.output_shape].
        posterior: q(z|x), of `vaezoo.posteriors`.
        prior: p(z), of `vaezoo.priors`.
        objective: what is minimised, of `vaezoo.objectives`.
        seed: decides the noise; None takes it from `keras.utils.set_random_seed`.
        keras_args: `name` and `dtype`, as for any Keras model.

    Raises:
        ConfigError: arguments that do not fit together.
        UnknownNameError: a part that no registry holds.
    """

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        likelihood: Any = "bernoulli",
        network: Spec = "mlp",
        encoder: keras.Model | None = None,
        decoder: keras.Model | None = None,
        posterior: Any = "diagonal_normal",
        prior: Any = "standard_normal",
        objective: Any = "elbo",
        seed: int | None = None,
        **keras_args: Any,
    ) -> None:
        data_shape = tuple(positive("data_shape", size) for size in data_shape)
        latent_dim = positive("latent_dim", latent_dim)
        super().__init__(
            data_shape,
            objective=make("objective", objective, OBJECTIVES),
            prior=make("prior", prior, PRIORS, latent_dim=latent_dim),
            likelihood=make("likelihood", likelihood, LIKELIHOODS, data_shape=data_shape),
            seed=seed,
            **keras_args,
        )
        self.latent_dim = latent_dim
        self.posterior = make("posterior", posterior, POSTERIORS, latent_dim=latent_dim)
        code = (self.posterior.num_outputs,)
        self.encoder = self._network("encoder", encoder, network, data_shape, code)
        self.decoder = self._network(
            "decoder", decoder, network, (latent_dim,), self.likelihood.output_shape
        )
        self.built = True

    def _network(
        self, role: str, own: keras.Model | None, network: Spec, inputs: tuple, outputs: tuple
    ) -> keras.Model:
        if own is None:
            spec = {"name": network} if isinstance(network, str) else dict(network)
            name = spec.pop("name", None)
            if name not in NETWORKS:
                raise unknown_name("network", name, NETWORKS)
            make_network = getattr(NETWORKS[name], role)
            with arguments_of(f"network {name!r}"):
                return make_network(inputs, outputs, dtype=self.dtype_policy, name=role, **spec)
        if (own.input_shape[1:], own.output_shape[1:]) != (inputs, outputs):
            raise ConfigError(
                f"the {role} maps {list(own.input_shape)} to {list(own.output_shape)}: "
                f"expected [None, {', '.join(map(str, inputs))}] to "
                f"[None, {', '.join(map(str, outputs))}]."
            )
        return own

    def encode(self, x: Any, training: bool = False) -> tfd.Distribution:
        return self.posterior.distribution(apply(self.encoder, x, training))

    def decode(self, z: Any, training: bool = False) -> tfd.Distribution:
        return self.likelihood.distribution(apply(self.decoder, z, training))

    def trace(
        self, x: Any, num_samples: int = 1, seed: Any = None, training: bool = False
    ) -> Trace:
        x = tf.cast(tf.convert_to_tensor(x), tf.float32)
        posterior = self.encode(x, training)
        z = posterior.sample(num_samples, seed=self._seed(seed))
        likelihood = self.decode(z, training)
        latents = (Latent(posterior, self.prior.distribution(), z),)
        return Trace(x, likelihood, latents, likelihood.log_prob(x))
