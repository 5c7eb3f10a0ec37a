"""ELBO with one latent dimension in the order of each attribute: AR-VAE."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Unpack

import keras
import tensorflow as tf

from vaezoo._checks import above_zero, not_negative, positive
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Trace
from vaezoo.conditions import Attributes
from vaezoo.errors import ConfigError
from vaezoo.objectives.base import AggregateObjective


@keras.saving.register_keras_serializable("vaezoo")
class AttributeRegularised(AggregateObjective):
    """loss = -E_q[log p(x|z)] + beta KL(q(z|x) || p(z)) + gamma sum_a L_a,

        L_a = mean over pairs i, j of the batch of |tanh(delta (z_ia - z_ja)) - sgn(y_ia - y_ja)|

    y_ia is attribute a of example i, which dimension a of z follows in its order, whatever the
    attribute's scale; L_a is 0 to 2, and about 1 without any relation. The dimensions after those
    of the attributes are free. Pati & Lerch 2021, https://arxiv.org/abs/2004.05485. Pairs
    of which one attribute is unknown (NaN) are left out.

    Args:
        num_attributes: A; `fit` takes the attributes as y, [N, A].
        names: of the attributes, if they have any.
        beta: weight of the KL term, 0 or more.
        gamma: weight of the attributes, 0 or more. The authors' program: 10.
        delta: how far apart codes are told apart, above 0. The authors' program: 1.
        num_samples: K, samples of z per x.
        latent_dim: D, as the model sets it.

    Reports `attribute_loss`, the sum of the L_a.

    Raises:
        ConfigError: a weight is out of its range, there are more attributes than dimensions, or
            the trace has no attributes.

    Example:
        >>> import numpy as np
        >>> from vaezoo.models import VAE
        >>> vae = VAE((4,), 2, objective={"name": "attribute_regularised", "num_attributes": 1})
        >>> vae.compile("adam")
        >>> history = vae.fit(np.eye(4), np.arange(4.0), verbose=0).history
        >>> 0 < history["attribute_loss"][0] < 2
        True
    """

    reports = ("attribute_loss",)

    def __init__(
        self,
        num_attributes: int = 1,
        names: Sequence[str] | None = None,
        beta: float = 1.0,
        gamma: float = 10.0,
        delta: float = 1.0,
        num_samples: int = 1,
        latent_dim: int | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(num_samples, **keras_args)
        self.target = Attributes(num_attributes, names)
        self.names = self.target.names
        if num_attributes > (latent_dim or num_attributes):
            raise ConfigError(
                f"num_attributes={num_attributes} for a latent_dim of {latent_dim}: each attribute "
                "has a dimension of its own; give a larger latent_dim or fewer attributes."
            )
        self.num_attributes = positive("num_attributes", num_attributes)
        self.beta = not_negative("beta", beta)
        self.gamma = not_negative("gamma", gamma)
        self.delta = above_zero("delta", delta)

    def example_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"model": self.beta * trace.kl() - trace.reconstruction()}

    def aggregate_losses(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        return {"model": self.gamma * self.report(trace)["attribute_loss"]}

    def report(self, trace: Trace) -> Mapping[str, tf.Tensor]:
        if trace.target is None:
            raise ConfigError(
                f"this objective learns from {self.num_attributes} attributes of each example: "
                "pass them as y, fit(x, attributes)."
            )
        return {"attribute_loss": tf.reduce_sum(self.losses_of(trace, trace.target))}

    def losses_of(self, trace: Trace, attributes: tf.Tensor) -> tf.Tensor:
        """L_a of each attribute, [A], for attributes [B, A]."""
        known = tf.math.is_finite(attributes)
        y = tf.where(known, attributes, 0.0)  # a NaN would spoil the gradient of what it is not in
        z = trace.latent().sample[..., : self.num_attributes]  # [K, B, A]
        codes = tf.tanh(self.delta * (z[:, :, None] - z[:, None]))
        distances = tf.reduce_mean(tf.abs(codes - tf.sign(y[:, None] - y)), axis=0)  # [B, B, A]
        shares = trace.shares()[:, None] * tf.cast(known, tf.float32)
        pairs = shares[:, None] * shares
        totals = tf.reduce_sum(pairs * distances, axis=[0, 1])
        return tf.math.divide_no_nan(totals, tf.reduce_sum(pairs, axis=[0, 1]))
