"""The family of VAEs that have a label among their latents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._model.array_methods import in_batches
from vaezoo._trace import Latent, Samples, TraceInputs
from vaezoo.conditions import Condition, Labels
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError
from vaezoo.models._arguments import WithoutCondition
from vaezoo.models.vae import VAE
from vaezoo.networks import apply, mlp
from vaezoo.protocols import Array, ArrayLike, Spec


@keras.saving.register_keras_serializable("vaezoo")
class SemiSupervisedVAE(VAE):
    """A VAE with two latents, a label y and the rest z.

        q(y, z|x) = q(y|x) q(z|x, y)     p(x, y, z) = p(x|y, z) p(y) p(z),  p(y) uniform

    Kingma et al. 2014, eqs. 2 and 4, https://arxiv.org/abs/1406.5298. Where labels are given,
    the trace sums over all classes: they are its samples, weighted by q(y|x), or by 1 where y is
    known. Where none are given, y is drawn from q(y|x): `log_likelihood(x)` is that of p(x).

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        condition: labels of C classes: {"name": "labels", "num_classes": C}.
        hidden: widths of the classifier's layers, q(y|x).
        parts: further arguments of `VAE`.

    Raises:
        ConfigError: the condition is not a label.
    """

    condition: Labels
    sums_out_condition = True

    def __init__(
        self,
        data_shape: Sequence[int],
        latent_dim: int = 16,
        *,
        condition: Spec | Condition,
        hidden: Sequence[int] = (256,),
        **parts: Unpack[WithoutCondition],
    ) -> None:
        super().__init__(data_shape, latent_dim, condition=condition, **parts)
        if not isinstance(self.condition, Labels):
            raise ConfigError(f"condition={condition!r}: a SemiSupervisedVAE needs labels.")
        self.num_classes = self.condition.num_classes
        outputs = (self.num_classes,)
        self.classifier = mlp(self.data_shape, outputs, hidden=hidden, name="classifier")

    @property
    def posterior_noise_dims(self) -> tuple[int, ...]:
        return self.num_classes, self.latent_dim

    def classify(self, x: ArrayLike) -> Array:
        """Probabilities of the labels, [N, C]."""
        x = self.check_data(x)
        return in_batches(lambda x: tf.nn.softmax(self.label_posterior(x).logits), x).numpy()

    def label_posterior(self, x: tf.Tensor, training: bool = False) -> tfd.Distribution:
        """q(y|x) over one-hot labels, batch shape [B], event shape [C]."""
        logits = apply(self.classifier, x, training)
        return tfd.OneHotCategorical(logits=logits, dtype=tf.float32)

    def assumed_condition(self, x: tf.Tensor, condition: tf.Tensor | None) -> tf.Tensor:
        """The labels, or the most likely ones where none are given."""
        return self.label_posterior(x).mode() if condition is None else condition

    def draw_samples(self, inputs: TraceInputs) -> Samples:
        """As in `VAE`. With labels [B], the K samples are the classes, one each."""
        x, training = inputs.x, inputs.training
        sizes = [self.num_classes, self.latent_dim]
        label_draws, latent_draws = inputs.draws.split(sizes)
        label_posterior = self.label_posterior(x, training)
        weights = label_log_prob = None
        if inputs.condition is None:
            y = label_draws.sample(label_posterior)
        else:
            labels = self.condition.as_vector(inputs.condition)
            log_probs = tf.nn.log_softmax(label_posterior.logits)
            label_log_prob = tf.reduce_sum(labels * log_probs, axis=-1)
            label_posterior, weights = _given_labels(label_posterior, labels)
            y = tf.repeat(tf.eye(self.num_classes)[:, None], tf.shape(x)[0], axis=1)
        repeated = tf.broadcast_to(x, tf.concat([tf.shape(y)[:1], tf.shape(x)], axis=0))
        posterior = self.posterior_of(repeated, y, training)
        z = latent_draws.sample(posterior, once=True)
        uniform = tfd.OneHotCategorical(tf.zeros(self.num_classes), dtype=tf.float32)
        return Samples(
            (
                Latent(posterior, self.prior.distribution(), z),
                Latent(label_posterior, uniform, y),
            ),
            self.decoder_outputs(z, y, training),
            weights=weights,
            label_log_prob=label_log_prob,
            decode=lambda z: self.likelihood_of(z, y, training),
        )


def _given_labels(
    posterior: tfd.Distribution, labels: tf.Tensor
) -> tuple[tfd.Distribution, tf.Tensor]:
    """q(y|x) where some labels [B, C] are known, and its probabilities, [C, B]."""
    is_known = tf.reduce_any(labels != 0, axis=-1, keepdims=True)
    certain = 100 * labels  # e^-100 is zero in float32, and its logarithm still a number
    logits = tf.where(is_known, certain, posterior.logits)
    posterior = tfd.OneHotCategorical(logits, dtype=tf.float32)
    return posterior, tf.transpose(posterior.probs_parameter())
