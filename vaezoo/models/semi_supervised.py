"""The family of VAEs that have a label among their latents."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Unpack

import keras
import tensorflow as tf

from vaezoo._core.trace import Latent, Trace
from vaezoo.conditions import Condition, Labels
from vaezoo.distributions import draws, tfd
from vaezoo.errors import ConfigError
from vaezoo.models._arguments import WithoutCondition
from vaezoo.models.vae import VAE
from vaezoo.networks import apply, mlp
from vaezoo.protocols import Spec


@keras.saving.register_keras_serializable("vaezoo")
class SemiSupervisedVAE(VAE):
    """A VAE with two latents, a label y and the rest z.

        q(y, z|x) = q(y|x) q(z|x, y)     p(x, y, z) = p(x|y, z) p(y) p(z),  p(y) uniform

    Kingma et al. 2014, eqs. 2 and 4, https://arxiv.org/abs/1406.5298. Where labels are given,
    the trace sums over all of them: its samples are the classes, weighted by q(y|x), or by 1
    where y is known. Where none are given, as in `log_likelihood(x)`, which is that of p(x), y
    is drawn from q(y|x).

    Args:
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        condition: labels of C classes: {"name": "labels", "num_classes": C}.
        hidden: widths of the classifier's layers, q(y|x).
        parts: further arguments of `VAE`.

    Raises:
        ConfigError: the condition is no label.
    """

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

    def classify(self, x: Any, training: bool = False) -> tfd.Distribution:
        """q(y|x) over one-hot labels, batch shape [B], event shape [C]."""
        logits = apply(self.classifier, x, training)
        return tfd.OneHotCategorical(logits=logits, dtype=tf.float32)

    def assumed_condition(self, x: Any, condition: Any) -> Any:
        """The labels, or the likeliest ones where none are given."""
        return self.classify(x).mode() if condition is None else condition

    def trace(
        self,
        x: Any,
        num_samples: int = 1,
        condition: Any = None,
        seed: Any = None,
        training: bool = False,
        noise: Any = None,
    ) -> Trace:
        """As `VAE.trace`. With labels [B], the K samples are the classes, one each."""
        x = tf.cast(tf.convert_to_tensor(x), tf.float32)
        sizes = [self.num_classes, self.latent_dim]
        label_draws, code_draws = draws(num_samples, self._seed(seed), noise).split(sizes)
        guess = self.classify(x, training)
        if condition is None or self.condition is None:
            known, label_posterior, weights = None, guess, None
            y = label_draws.sample(guess)
        else:
            known = self.condition.as_vector(condition)
            label_posterior, weights = _given(guess, known)
            y = tf.repeat(tf.eye(self.num_classes)[:, None], tf.shape(x)[0], axis=1)
        spread = tf.broadcast_to(x, tf.concat([tf.shape(y)[:1], tf.shape(x)], axis=0))
        code_posterior = self.encode(spread, y, training)
        z = code_draws.sample(code_posterior, once=True)
        likelihood = self.decode(z, y, training)
        uniform = tfd.OneHotCategorical(tf.zeros(self.num_classes), dtype=tf.float32)
        latents = (
            Latent(code_posterior, self.prior.distribution(), z),
            Latent(label_posterior, uniform, y),
        )
        return Trace(
            x,
            likelihood,
            latents,
            likelihood.log_prob(x),
            weights=weights,
            label_log_prob=None
            if known is None
            else tf.reduce_sum(known * tf.nn.log_softmax(guess.logits), -1),
            training=training,
        )


def _given(guess: tfd.Distribution, known: tf.Tensor) -> tuple[tfd.Distribution, tf.Tensor]:
    """The label's posterior where some labels [B, C] are known, and its weights [C, B]."""
    is_known = tf.reduce_any(known > 0, axis=-1, keepdims=True)
    certain = 100 * known  # e^-100 is zero in float32, and its logarithm still a number
    posterior = tfd.OneHotCategorical(tf.where(is_known, certain, guess.logits), dtype=tf.float32)
    return posterior, tf.transpose(posterior.probs_parameter())
