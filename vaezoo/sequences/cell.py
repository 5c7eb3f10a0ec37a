"""One step of a recurrent state-space model."""

from __future__ import annotations

from collections.abc import Sequence

import keras
import tensorflow as tf

from vaezoo._core.calls import call
from vaezoo._core.types import DType
from vaezoo.networks import mlp
from vaezoo.posteriors.group_posteriors import GroupPosterior, normal_from_outputs


class StateSpaceCell(keras.layers.Layer):
    """(h_{t-1}, z_{t-1}), a_{t-1}, features of x_t, noise -> (h_t, z_t), for `keras.layers.RNN`.

        h_t = GRU([z_{t-1}, a_{t-1}], h_{t-1}),   p(z_t|h_t),   z_t ~ q(z_t|h_t, x_t)

    Args:
        state_dim: H, the size of h.
        latent_dim: S, the size of z.
        feature_dim: F, of x.
        num_actions: A.
        hidden: widths of the networks of prior and posterior.
        posterior: how q depends on p.
        dtype: policy of the networks.
    """

    def __init__(
        self,
        state_dim: int,
        latent_dim: int,
        feature_dim: int,
        num_actions: int,
        hidden: Sequence[int],
        posterior: GroupPosterior,
        dtype: DType = None,
    ) -> None:
        super().__init__(name="cell", dtype=dtype)
        self.state_size = (state_dim, latent_dim)
        self.inputs = [feature_dim, num_actions, latent_dim]
        self.outputs = [state_dim, 2 * latent_dim, 2 * latent_dim, latent_dim]
        self.output_size = sum(self.outputs)
        self.group_posterior = posterior
        self.gru = keras.layers.GRUCell(state_dim, name="gru", dtype=dtype)
        self.gru.build((None, latent_dim + num_actions))

        def network(size: int, name: str) -> keras.Model:
            outputs = (2 * latent_dim,)
            own = {"hidden": hidden, "activation": "elu", "dtype": dtype, "name": name}
            return call(f"the network of the {name}", mlp, (size,), outputs, **own)

        self.prior = network(state_dim, "prior")
        self.posterior = network(state_dim + feature_dim, "posterior")
        self.built = True

    def call(
        self, inputs: tf.Tensor, states: Sequence[tf.Tensor], training: bool = False
    ) -> tuple[tf.Tensor, list[tf.Tensor]]:
        """The outputs of `split` side by side, and the new states."""
        features, action, noise = tf.split(inputs, self.inputs, axis=-1)
        h, z = states
        h, _ = self.gru(tf.concat([z, action], axis=-1), [h])
        p = self.prior(h, training=training)
        q = self.posterior(tf.concat([tf.cast(h, tf.float32), features], -1), training=training)
        distribution = self.group_posterior(q, normal_from_outputs(p))
        z = distribution.mean() + distribution.stddev() * noise
        return tf.concat([tf.cast(h, tf.float32), p, q, z], axis=-1), [h, z]

    def split(self, outputs: tf.Tensor) -> list[tf.Tensor]:
        """h [..., H], what p(z|h) and q(z|h, x) are made of [..., 2 S] each, and z [..., S]."""
        return tf.split(outputs, self.outputs, axis=-1)
