"""The recurrent state-space VAE."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import check_seed, check_shape, positive
from vaezoo._core.calls import call
from vaezoo._core.components import build, resolve
from vaezoo._core.types import KerasArguments
from vaezoo._trace import Latent, Trace, log_mean_exp
from vaezoo.errors import unknown_name
from vaezoo.likelihoods import LIKELIHOODS, Likelihood
from vaezoo.networks import NETWORKS, apply
from vaezoo.objectives import OBJECTIVES, Objective
from vaezoo.posteriors.group_posteriors import GROUP_POSTERIORS, normal_from_outputs
from vaezoo.protocols import NUM_SAMPLES, Array, Spec
from vaezoo.sequences.base import NoiseSource, SequenceModel, Sequences, Tensors
from vaezoo.sequences.batches import tensors
from vaezoo.sequences.cell import StateSpaceCell

# Those that are sums over steps; others compare the samples of whole examples.
_OBJECTIVES = {name: OBJECTIVES[name] for name in ("elbo", "balanced_elbo", "free_bits")}


@keras.saving.register_keras_serializable("vaezoo")
class RecurrentStateSpaceVAE(SequenceModel):
    """VAE of sequences: a deterministic and a stochastic state, a latent group at each step.

        h_t = GRU([z_{t-1}, a_{t-1}], h_{t-1}),   h_0 = z_0 = a_0 = 0
        p(x, z | a) = prod_t p(z_t|h_t) p(x_t|h_t, z_t),   q(z|x, a) = prod_t q(z_t|h_t, x_t)
        ELBO = sum_t E_q[log p(x_t|h_t, z_t) - KL(q(z_t|h_t, x_t) || p(z_t|h_t))]

    Hafner et al. 2019, sec. 3, eq. 3, https://arxiv.org/abs/1811.04551, without rewards and
    without overshooting. q(z_t|...) filters: it sees x up to t, while the exact posterior depends
    on what comes later too, so that the bound cannot be tight everywhere. The balanced KL of Hafner
    et al. 2021, algorithm 2, https://arxiv.org/abs/2010.02193, is `objective="balanced_elbo"`: the
    prior learns faster, and the bound ends lower.

    Sequences have "x", [N, T, *data_shape]; "action", [N, T, A] or [N, T], of which a_t leads from
    x_t to x_{t+1}; and "mask". The groups of the steps share their networks: a trace has them as
    one, whose batch axis goes over the steps of all sequences. Figures are nats per step, that is
    per frame.

    Args:
        data_shape: shape of x_t, such as (10, 10, 4).
        num_actions: A, numbers of an action: one-hot of a choice, or a vector.
        latent_dim: S, the size of the stochastic state z_t.
        state_dim: H, the size of the deterministic state h_t.
        feature_dim: numbers that the encoder makes of x_t.
        hidden: widths of the hidden layers of p(z_t|h_t) and q(z_t|h_t, x_t).
        network: of `vaezoo.networks`; builds encoder, x_t -> features, and decoder,
            [h_t, z_t] -> p(x_t|...).
        likelihood: p(x_t|h_t, z_t), of `vaezoo.likelihoods`.
        posterior: how q depends on p, of `vaezoo.posteriors.GROUP_POSTERIORS`.
        objective: "elbo", "balanced_elbo" or "free_bits".
        seed: decides the noise and the order of the data; None takes it from
            `keras.utils.set_random_seed`, which alone decides the initial weights.
        keras_args: `name` and `dtype`, as for any Keras model.

    Example:
        >>> import numpy as np
        >>> from vaezoo.sequences import RecurrentStateSpaceVAE
        >>> x = np.random.default_rng(0).integers(0, 2, (8, 5, 4, 4, 1))
        >>> episodes = {"x": x, "action": np.zeros((8, 5))}
        >>> network = {"name": "mlp", "hidden": [16]}
        >>> model = RecurrentStateSpaceVAE((4, 4, 1), 3, 2, state_dim=8, network=network, seed=0)
        >>> model.compile("adam")  # and model.fit(episodes, epochs=...)
        >>> model.elbo(episodes).shape  # nats of each frame
        (8, 5)

    Raises:
        ConfigError: arguments that do not fit together.
        UnknownNameError: a component that no registry holds.
    """

    observed = "x"

    def __init__(
        self,
        data_shape: Sequence[int],
        num_actions: int,
        latent_dim: int = 16,
        *,
        state_dim: int = 64,
        feature_dim: int = 64,
        hidden: Sequence[int] = (64,),
        network: Spec = "mlp",
        likelihood: Spec | Likelihood = "bernoulli",
        posterior: str = "own",
        objective: Spec | Objective = "elbo",
        seed: int | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        data_shape = check_shape(data_shape)
        if posterior not in GROUP_POSTERIORS:
            raise unknown_name("posterior of a hierarchy", posterior, GROUP_POSTERIORS)
        sizes = [positive("state_dim", state_dim), positive("latent_dim", latent_dim)]
        positive("feature_dim", feature_dim)
        likelihood = build("likelihood", likelihood, LIKELIHOODS, data_shape=data_shape)
        super().__init__(
            objective=build("objective", objective, _OBJECTIVES, latent_dim=latent_dim),
            data_shape=data_shape,
            num_actions=positive("num_actions", num_actions),
            has_density=True,
            seed=seed,
            **keras_args,
        )
        self.latent_dim, self.state_dim = latent_dim, state_dim
        self.likelihood = likelihood
        self.group_posterior = GROUP_POSTERIORS[posterior]
        makers, arguments, what = resolve("network", network, NETWORKS)
        own = {"dtype": self.dtype_policy, **arguments}
        encoded = (likelihood.encoder_shape, (feature_dim,))
        decoded = ((sum(sizes),), likelihood.output_shape)
        self.encoder = call(what, makers.encoder, *encoded, name="encoder", **own)
        self.decoder = call(what, makers.decoder, *decoded, name="decoder", **own)
        self.cell = StateSpaceCell(
            state_dim,
            latent_dim,
            feature_dim,
            num_actions,
            hidden,
            self.group_posterior,
            self.dtype_policy,
        )
        self.recurrence = keras.layers.RNN(self.cell, return_sequences=True, name="recurrence")
        self.recurrence.build((None, None, sum(self.cell.inputs)))
        self.built = True

    @property
    def value_range(self) -> tuple[float, float] | None:
        return self.likelihood.value_range

    # ── tensors ───────────────────────────────────────────────────────────────

    def states(
        self, x: tf.Tensor, action: tf.Tensor, noise: tf.Tensor, training: bool = False
    ) -> list[tf.Tensor]:
        """h [K, N, T, H], what p(z|h) and q(z|h, x) are made of [K, N, T, 2 S] each, and z
        [K, N, T, S], for noise ~ N(0, I) of the shape of z."""
        features = apply(self.encoder, self.likelihood.encoder_inputs(x), training)
        before = tf.concat([tf.zeros_like(action[:, :1]), action[:, :-1]], axis=1)
        leading = tf.shape(noise)[:3]
        inputs = [
            tf.broadcast_to(part, tf.concat([leading, [part.shape[-1]]], axis=0))
            for part in (features, before, noise)
        ]
        rows = tf.concat(inputs, axis=-1)
        rows = tf.reshape(rows, [-1, noise.shape[2], sum(self.cell.inputs)])
        outputs = self.recurrence(rows, training=training)
        outputs = tf.reshape(outputs, tf.concat([leading, [self.cell.output_size]], axis=0))
        return self.cell.split(outputs)

    def trace_steps(
        self, sequences: Tensors, num_samples: int, noise: NoiseSource, training: bool
    ) -> Trace:
        x, action = sequences["x"], sequences["action"]
        normals = noise.normal(num_samples, tf.shape(x)[0], x.shape[1], self.latent_dim)
        parts = self.states(x, action, normals, training)
        h, p, q, z, normals = map(_steps_as_examples, (*parts, normals))
        prior = normal_from_outputs(p)
        latent = Latent(self.group_posterior(q, prior), prior, z, noise=normals)
        outputs = apply(self.decoder, tf.concat([h, z], axis=-1), training)
        likelihood = self.likelihood.distribution(outputs)
        x = tf.reshape(x, [-1, *self.data_shape])
        return Trace(x, likelihood, (latent,), likelihood.log_prob(x))

    def call(self, inputs: Tensors, training: bool = False) -> tf.Tensor:
        """Means of p(x_t|h_t, z_t) at the means of q(z_t|h_t, x_t), [N, T, *data_shape]."""
        x = inputs["x"]
        noise = tf.zeros([1, *tf.unstack(tf.shape(x)[:1]), x.shape[1], self.latent_dim])
        h, _, _, z = self.states(x, inputs["action"], noise, training)
        outputs = apply(self.decoder, tf.concat([h, z], axis=-1)[0], training)
        return self.likelihood.distribution(outputs).mean()

    # ── arrays ────────────────────────────────────────────────────────────────

    def elbo(self, sequences: Sequences, num_samples: int = 1, *, seed: int = 0) -> Array:
        """E_q[log p(x_t|h_t, z_t)] - E_q KL(q(z_t|h_t, x_t) || p(z_t|h_t)) in nats, [N, T]; NaN at
        padding. Sums over steps are lower bounds of log p(x|a), sums from step t on of
        log p(x_{>=t} | x_{<t}, a) with z_{<t} drawn from q.

        Args:
            sequences: as for `fit`.
            num_samples: K, of which this is the mean.
            seed: of the noise.

        Raises:
            DataError: as `fit`.
        """
        parts = self.check(sequences)
        found = self._bounds(tensors(parts), positive("num_samples", num_samples), _key(seed))
        return np.where(parts["mask"] == 1, found[0].numpy(), np.nan)

    def log_likelihood(
        self, sequences: Sequences, num_samples: int = NUM_SAMPLES, *, seed: int = 0
    ) -> Array:
        """log 1/K sum_k prod_t p(x_t, z_kt|...) / q(z_kt|...) in nats of whole sequences, [N]: a
        lower bound of log p(x|a) as the ELBO's sum, and above that in expectation. Raises and
        arguments as `elbo`."""
        parts = tensors(self.check(sequences))
        found = self._bounds(parts, positive("num_samples", num_samples), _key(seed))
        return np.asarray(found[1].numpy())

    @tf.function(autograph=False, reduce_retracing=True)
    def _bounds(
        self, sequences: Tensors, num_samples: int, seed: tf.Tensor
    ) -> tuple[tf.Tensor, tf.Tensor]:
        trace = self.trace(sequences, num_samples, seed=seed)
        mask = sequences["mask"]
        weights = tf.reshape(trace.log_weights(), [num_samples, *tf.unstack(tf.shape(mask))])
        elbo = tf.reshape(trace.elbo(), tf.shape(mask))
        return elbo, log_mean_exp(tf.reduce_sum(weights * mask, axis=-1))


def _steps_as_examples(values: tf.Tensor) -> tf.Tensor:
    """[K, N, T, D] -> [K, N T, D]."""
    return tf.reshape(values, [values.shape[0], -1, values.shape[-1]])


def _key(seed: int) -> tf.Tensor:
    return tf.constant([0, check_seed(seed)], tf.int32)
