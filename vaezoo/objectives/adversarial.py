"""Objectives with a critic, which learns against the model."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import tensorflow as tf

from vaezoo._checks import above_zero, not_negative, positive
from vaezoo._core.components import naming_errors, resolve
from vaezoo._core.trace import Trace
from vaezoo.networks import NETWORKS, apply, mlp
from vaezoo.objectives.base import Objective
from vaezoo.objectives.discrepancy import prior_samples


def log_loss(logits: tf.Tensor, real: bool) -> tf.Tensor:
    """-log D for what is real, -log(1 - D) for what is not, D = sigmoid(logits): [N]."""
    return tf.nn.softplus(-logits if real else logits)


class Adversarial(Objective, abc.ABC):
    """An objective whose critic is trained in the same step, by an optimiser of its own.

    Args:
        critic: network from what is judged to one logit, or to features and a logit.
        weight: of what the critic has to say, 0 or more.
        critic_learning_rate: of the Adam that a model makes for its critic when it is compiled.
        num_samples: K, samples of z for each x.
    """

    parameter_groups: tuple[str, ...] = ("model", "critic")

    def __init__(
        self,
        critic: keras.Model,
        weight: float,
        critic_learning_rate: float,
        num_samples: int,
        **keras_args: Any,
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.critic = critic
        self.weight = not_negative("weight", weight)
        self.critic_learning_rate = critic_learning_rate


class LatentCritic(Adversarial, abc.ABC):
    """A critic that judges codes.

    Args:
        latent_dim: D, the size of z.
        weight: 0 or more, in nats.
        critic_hidden: widths of the critic's layers.
        critic_learning_rate: of the critic's Adam.
        num_samples: K, samples of z for each x.
    """

    def __init__(
        self,
        latent_dim: int,
        weight: float = 1.0,
        critic_hidden: Sequence[int] = (256, 256, 256),
        critic_learning_rate: float = 1e-4,
        num_samples: int = 1,
        **keras_args: Any,
    ) -> None:
        self.latent_dim = positive("latent_dim", latent_dim)
        self.critic_hidden = tuple(critic_hidden)
        critic = mlp(
            (latent_dim,), (1,), hidden=critic_hidden, activation="leaky_relu", name="critic"
        )
        super().__init__(critic, weight, critic_learning_rate, num_samples, **keras_args)

    def logits(self, z: tf.Tensor) -> tf.Tensor:
        """The critic's logits, [B, D] -> [B]."""
        return apply(self.critic, z)[..., 0]


@keras.saving.register_keras_serializable("vaezoo")
class FactorAdversarial(LatentCritic):
    """loss = -ELBO + weight TC,  TC = E_q(z)[log D(z) - log(1 - D(z))].

        critic:  (E_q(z)[-log D(z)] + E_q'(z)[-log(1 - D(z))]) / 2

    The critic tells codes from codes whose dimensions were shuffled over the batch, each by
    itself, so that its logit estimates the total correlation. FactorVAE: Kim & Mnih 2018,
    eqs. 2 and 3 and algorithm 2, https://arxiv.org/abs/1802.05983; where the paper shuffles a
    second batch, this shuffles the same one. The paper: weight 10 to 40, 6 layers of 1000,
    learning rate 1e-4, on dSprites.

    Arguments are `LatentCritic`'s.

    Reports `total_correlation`.
    """

    reports = ("total_correlation",)

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        codes = tf.stop_gradient(trace.latent().sample[0])
        shuffled = shuffled_dimensions(codes, trace.seed)
        real, false = log_loss(self.logits(codes), True), log_loss(self.logits(shuffled), False)
        penalty = self.weight * self.report(trace)["total_correlation"]
        return {"model": penalty - trace.elbo(), "critic": (real + false) / 2}

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"total_correlation": self.logits(trace.latent().sample[0])}


@keras.saving.register_keras_serializable("vaezoo")
class LatentAdversarial(LatentCritic):
    """loss = -E_q[log p(x|z)] + weight E_q(z)[-log D(z)].

        critic:  (E_p(z)[-log D(z)] + E_q(z)[-log(1 - D(z))]) / 2

    The critic tells draws of the prior from codes; the encoder learns to be taken for the
    prior. The adversarial autoencoder: Makhzani et al. 2016, sec. 2,
    https://arxiv.org/abs/1511.05644. WAE-GAN, with a point for q(z|x) and weight = lambda:
    Tolstikhin et al. 2018, algorithm 1, https://arxiv.org/abs/1711.01558: weight 10, 4 layers
    of 512, learning rate 5e-4, on MNIST.

    Arguments are `LatentCritic`'s.
    """

    needs_density = False

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        codes = trace.latent().sample[0]
        drawn = tf.stop_gradient(prior_samples(trace))
        real = log_loss(self.logits(drawn), True)
        false = log_loss(self.logits(tf.stop_gradient(codes)), False)
        fooled = log_loss(self.logits(codes), True)
        return {
            "model": self.weight * fooled - trace.reconstruction(),
            "critic": (real + false) / 2,
        }


@keras.saving.register_keras_serializable("vaezoo")
class FeatureAdversarial(Adversarial):
    """A likelihood in the critic's features, beside a critic of pictures: VAE/GAN.

        encoder:  KL(q(z|x) || p(z)) + |f(x) - f(x')|^2 / (2 feature_scale^2)
        decoder:  weight |f(x) - f(x')|^2 / (2 feature_scale^2) + E[-log D(x')] + E[-log D(x_p)]
        critic:   E[-log D(x)] + E[-log(1 - D(x'))] + E[-log(1 - D(x_p))]

    x' is the mean reconstruction, x_p the mean of p(x|z) at z ~ p(z), f the critic's last
    hidden layer. Larsen et al. 2016, algorithm 1, https://arxiv.org/abs/1512.09300, with the
    loss that does not saturate for the decoder. The likelihood is one of features, not of x:
    the model has no density.

    Args:
        data_shape: shape of one example.
        weight: gamma in the paper, of the features against the critic.
        feature_scale: standard deviation of the features given z, above 0. The paper: 1, with a
            large critic; the features of a small one differ less, and z goes unused.
        critic_network: of `vaezoo.networks.NETWORKS`, by name or by name and arguments; its
            encoder leads to the features. By default one layer of 256.
        num_features: that it has.
        critic_learning_rate: of the critic's Adam.
        num_samples: K, samples of z for each x; the critic sees the first.

    Raises:
        ConfigError: `feature_scale` is not above 0, `num_features` is below 1, or arguments that
            the network does not take.
        UnknownNameError: no such network.

    Reports `kl`.
    """

    parameter_groups = ("decoder", "encoder", "critic")
    fits_likelihood = False
    reports = ("kl",)

    def __init__(
        self,
        data_shape: Sequence[int],
        weight: float = 1.0,
        feature_scale: float = 0.1,
        critic_network: Any = None,
        num_features: int = 128,
        critic_learning_rate: float = 1e-4,
        num_samples: int = 1,
        **keras_args: Any,
    ) -> None:
        self.data_shape = tuple(data_shape)
        self.feature_scale = above_zero("feature_scale", feature_scale)
        critic_network = critic_network or {"name": "mlp", "hidden": (256,)}
        network, given, what = resolve("critic network", critic_network, NETWORKS)
        given = {"activation": "leaky_relu"} | given
        num_features = positive("num_features", num_features)
        with naming_errors(what):
            body = network.encoder(self.data_shape, (num_features,), name="body", **given)
        features = keras.ops.leaky_relu(body.output)
        logit = keras.layers.Dense(1, name="logit")(features)
        critic = keras.Model(body.input, [features, logit], name="critic")
        super().__init__(critic, weight, critic_learning_rate, num_samples, **keras_args)

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        assert trace.decode is not None
        drawn = tf.stop_gradient(prior_samples(trace))
        pictures = (trace.x, trace.likelihood.mean()[0], trace.decode(drawn).mean())
        (real, real_logit), (copy, copy_logit), (_, drawn_logit) = map(self._criticise, pictures)
        _, copy_false = self._criticise(tf.stop_gradient(pictures[1]))
        _, drawn_false = self._criticise(tf.stop_gradient(pictures[2]))
        error = tf.reduce_sum((real - copy) ** 2, axis=-1) / (2 * self.feature_scale**2)
        fooled = log_loss(copy_logit, True) + log_loss(drawn_logit, True)
        caught = log_loss(copy_false, False) + log_loss(drawn_false, False)
        return {
            "decoder": self.weight * error + fooled,
            "encoder": trace.kl() + error,
            "critic": log_loss(real_logit, True) + caught,
        }

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"kl": trace.kl()}

    def _criticise(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Features [B, F] and logits [B]."""
        features, logits = self.critic(x)
        return features, logits[:, 0]


def shuffled_dimensions(z: tf.Tensor, seed: tf.Tensor) -> tf.Tensor:
    """Each column of z [B, D] in an order of its own: a draw of the product of marginals."""
    order = tf.argsort(tf.random.stateless_uniform(tf.shape(z), seed), axis=0)
    columns = tf.gather(tf.transpose(z), tf.transpose(order), batch_dims=1)
    return tf.transpose(columns)
