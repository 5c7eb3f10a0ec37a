"""Adversarial objectives, with a critic that learns against the model."""

from __future__ import annotations

import abc
from collections.abc import Mapping, Sequence
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import above_zero, not_negative, positive
from vaezoo._core.components import naming_errors, resolve
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.networks import NETWORKS, apply, mlp
from vaezoo.objectives.base import AggregateObjective, Objective
from vaezoo.objectives.discrepancy import prior_samples
from vaezoo.protocols import Spec


def log_loss(logits: tf.Tensor, real: bool) -> tf.Tensor:
    """-log D for real samples, -log(1 - D) for others, D = sigmoid(logits): [N]."""
    return tf.nn.softplus(-logits if real else logits)


class Adversarial(Objective, abc.ABC):
    """An objective whose critic is trained in the same step, by its own optimiser.

    Args:
        critic: network from samples to one logit, or to features and a logit.
        weight: of the critic's term in the model's loss, 0 or more.
        critic_learning_rate: of the critic's Adam, which `compile` creates.
        num_samples: K, samples of z per x.
    """

    parameter_groups: tuple[str, ...] = ("model", "critic")

    def __init__(
        self,
        critic: keras.Model,
        weight: float,
        critic_learning_rate: float,
        num_samples: int,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.critic = critic
        self.weight = not_negative("weight", weight)
        self.critic_learning_rate = above_zero("critic_learning_rate", critic_learning_rate)


class LatentCritic(Adversarial, abc.ABC):
    """An objective with a critic of latents.

    Args:
        latent_dim: D, the size of z.
        weight: of the critic's term, 0 or more, in nats.
        critic_hidden: widths of the critic's layers.
        critic_learning_rate: of the critic's Adam.
        num_samples: K, samples of z per x.
    """

    def __init__(
        self,
        latent_dim: int,
        weight: float = 1.0,
        critic_hidden: Sequence[int] = (256, 256, 256),
        critic_learning_rate: float = 1e-4,
        num_samples: int = 1,
        **keras_args: Unpack[KerasArguments],
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
class FactorAdversarial(AggregateObjective, LatentCritic):
    """loss = -ELBO + weight TC,  TC = E_q(z)[log D(z) - log(1 - D(z))].

        critic:  (E_q(z)[-log D(z)] + E_q'(z)[-log(1 - D(z))]) / 2

    The critic distinguishes latents from latents whose dimensions were shuffled independently
    over the batch, so that its logit estimates the total correlation. FactorVAE: Kim & Mnih
    2018, eqs. 2 and 3 and algorithm 2, https://arxiv.org/abs/1802.05983; the paper shuffles a
    second batch, this shuffles the same one. The paper: weight 10 to 40, 6 layers of 1000,
    learning rate 1e-4, on dSprites.

    Its arguments are those of `LatentCritic`.

    Reports `total_correlation`.
    """

    reports = ("total_correlation",)
    aggregate_groups = ("model", "critic")

    def example_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        elbo = trace.elbo()
        return {"model": -elbo, "critic": tf.zeros_like(elbo)}

    def aggregate_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        z = tf.stop_gradient(trace.latent().sample[0])
        shuffled = shuffled_dimensions(z, trace.seed, trace.example_weights)
        real, fake = log_loss(self.logits(z), True), log_loss(self.logits(shuffled), False)
        penalty = self.weight * self.report(trace)["total_correlation"]
        return {"model": penalty, "critic": (real + fake) / 2}

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"total_correlation": self.logits(trace.latent().sample[0])}


@keras.saving.register_keras_serializable("vaezoo")
class LatentAdversarial(LatentCritic):
    """loss = -E_q[log p(x|z)] + weight E_q(z)[-log D(z)].

        critic:  (E_p(z)[-log D(z)] + E_q(z)[-log(1 - D(z))]) / 2

    The critic distinguishes samples of the prior from latents; the encoder learns to fool it.
    The adversarial autoencoder: Makhzani et al. 2016, sec. 2,
    https://arxiv.org/abs/1511.05644. WAE-GAN, with a point as q(z|x) and weight = lambda:
    Tolstikhin et al. 2018, algorithm 1, https://arxiv.org/abs/1711.01558: weight 10, 4 layers
    of 512, learning rate 5e-4, on MNIST.

    Its arguments are those of `LatentCritic`.
    """

    needs_density = False

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        z = trace.latent().sample[0]
        prior_z = tf.stop_gradient(prior_samples(trace))
        real = log_loss(self.logits(prior_z), True)
        fake = log_loss(self.logits(tf.stop_gradient(z)), False)
        fooling = log_loss(self.logits(z), True)
        return {
            "model": self.weight * fooling - trace.reconstruction(),
            "critic": (real + fake) / 2,
        }


@keras.saving.register_keras_serializable("vaezoo")
class FeatureAdversarial(Adversarial):
    """VAE/GAN: a likelihood in the features of a critic of images.

        encoder:  KL(q(z|x) || p(z)) + |f(x) - f(x')|^2 / (2 feature_scale^2)
        decoder:  weight |f(x) - f(x')|^2 / (2 feature_scale^2) + E[-log D(x')] + E[-log D(x_p)]
        critic:   E[-log D(x)] + E[-log(1 - D(x'))] + E[-log(1 - D(x_p))]
                  + gradient_weight / 2 E|d logit(x) / dx|^2

    x' is the mean reconstruction, x_p the mean of p(x|z) at z ~ p(z), f the critic's last
    hidden layer. Larsen et al. 2016, algorithm 1, https://arxiv.org/abs/1512.09300, with the
    non-saturating loss for the decoder. The likelihood is one of features, not of x, so the
    model has no density. The gradient penalty keeps the critic smooth around data, so that its
    gradients do not draw patterns of their own into the decoder's pictures: Mescheder et al.
    2018, eq. 9, https://arxiv.org/abs/1801.04406.

    Args:
        data_shape: shape of one example.
        weight: gamma in the paper, of the decoder's feature term.
        feature_scale: standard deviation of the features given z, above 0. The paper: 1, with a
            large critic; the features of a small critic vary less, and z would go unused.
        critic_network: of `vaezoo.networks.NETWORKS`, by name or by name and arguments; its
            encoder maps x to the features. By default one layer of 256.
        num_features: of the critic.
        critic_learning_rate: of the critic's Adam.
        num_samples: K, samples of z per x; the critic sees the first.
        gradient_weight: of the gradient penalty, 0 or more. The paper: 10.

    Raises:
        ConfigError: `feature_scale` is not above 0, `num_features` is below 1, `gradient_weight`
            is negative, or the network does not take its arguments.
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
        critic_network: Spec | None = None,
        num_features: int = 128,
        critic_learning_rate: float = 1e-4,
        num_samples: int = 1,
        gradient_weight: float = 0.0,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        self.data_shape = tuple(data_shape)
        self.gradient_weight = not_negative("gradient_weight", gradient_weight)
        self.feature_scale = above_zero("feature_scale", feature_scale)
        critic_network = critic_network or {"name": "mlp", "hidden": (256,)}
        network, arguments, what = resolve("critic network", critic_network, NETWORKS)
        arguments = {"activation": "leaky_relu"} | arguments
        num_features = positive("num_features", num_features)
        with naming_errors(what):
            body = network.encoder(self.data_shape, (num_features,), name="body", **arguments)
        features = keras.ops.leaky_relu(body.output)
        logit = keras.layers.Dense(1, name="logit")(features)
        critic = keras.Model(body.input, [features, logit], name="critic")
        super().__init__(critic, weight, critic_learning_rate, num_samples, **keras_args)

    def group_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        assert trace.decode is not None
        prior_z = tf.stop_gradient(prior_samples(trace))
        reconstruction, sample = trace.likelihood.mean()[0], trace.decode(prior_z).mean()
        x_features, x_logit = self._criticise(trace.x)
        features, logit = self._criticise(reconstruction)
        _, sample_logit = self._criticise(sample)
        _, logit_of_constant = self._criticise(tf.stop_gradient(reconstruction))
        _, sample_logit_of_constant = self._criticise(tf.stop_gradient(sample))
        error = tf.reduce_sum((x_features - features) ** 2, axis=-1) / (2 * self.feature_scale**2)
        fooling = log_loss(logit, True) + log_loss(sample_logit, True)
        fake = log_loss(logit_of_constant, False) + log_loss(sample_logit_of_constant, False)
        return {
            "decoder": self.weight * error + fooling,
            "encoder": trace.kl() + error,
            "critic": log_loss(x_logit, True) + fake + self._gradient_penalty(trace.x),
        }

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"kl": trace.kl()}

    def _gradient_penalty(self, x: tf.Tensor) -> tf.Tensor | float:
        """Of each example, [B]."""
        if not self.gradient_weight:
            return 0.0
        with tf.GradientTape() as tape:
            tape.watch(x)
            _, logits = self._criticise(x)
        slopes = tape.gradient(logits, x)  # each logit depends on its own example
        squares = tf.reduce_sum(slopes**2, axis=list(range(1, x.shape.rank)))
        return self.gradient_weight / 2 * squares

    def _criticise(self, x: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        """Features [B, F] and logits [B]."""
        features, logits = self.critic(x)
        return features, logits[:, 0]


def shuffled_dimensions(
    z: tf.Tensor, seed: tf.Tensor, weights: tf.Tensor | None = None
) -> tf.Tensor:
    """Each column of z [B, D], shuffled independently: samples of the product of marginals.

    With weights of the rows [B], a value appears as often as its share, up to rounding.
    """
    order = tf.argsort(tf.random.stateless_uniform(tf.shape(z), seed), axis=0)
    if weights is not None:
        order = _by_weight(order, weights)
    columns = tf.gather(tf.transpose(z), tf.transpose(order), batch_dims=1)
    return tf.transpose(columns)


def _by_weight(order: tf.Tensor, weights: tf.Tensor) -> tf.Tensor:
    """Rows [B, D] of which each column is an order, with rows repeated by their weights and others
    left out: systematic sampling, which leaves the order as it is where all weigh the same."""
    size = tf.shape(order)[0]
    sums = tf.cumsum(tf.gather(weights, tf.transpose(order)), axis=1)  # [D, B]
    places = (tf.range(tf.cast(size, tf.float32)) + 0.5) / tf.cast(size, tf.float32)
    wanted = places * sums[:, -1:]
    index = tf.minimum(tf.searchsorted(sums, wanted, side="right"), size - 1)
    return tf.transpose(tf.gather(tf.transpose(order), index, batch_dims=1))
