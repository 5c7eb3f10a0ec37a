"""The memory of an agent: what it will see next, given what it sees and does."""

from __future__ import annotations

from typing import Unpack

import keras
import numpy as np
import tensorflow as tf

from vaezoo._checks import check_array, positive
from vaezoo._core.components import build
from vaezoo._core.types import KerasArguments
from vaezoo._model.model_functions import as_float
from vaezoo._trace import Trace
from vaezoo.distributions import normal_mixture, tfd
from vaezoo.errors import ConfigError
from vaezoo.likelihoods import LIKELIHOODS, Bernoulli, Likelihood
from vaezoo.objectives import ELBO
from vaezoo.protocols import Array, ArrayLike, Spec
from vaezoo.sequences.base import NoiseSource, SequenceModel, Sequences, Tensors
from vaezoo.world.memory import Prediction, check_lengths

_LEAST_SCALE = 1e-2  # as of the posteriors of latent groups


@keras.saving.register_keras_serializable("vaezoo")
class MixtureDensityMemory(SequenceModel):
    """Mixture density network over a recurrent state: what follows z_t and the action a_t.

        h_{t+1} = GRU([z_t, a_t], h_t),   h_1 = 0
        p(z_{t+1} | z_<=t, a_<=t) = prod_d sum_k w_kd N(z_{t+1,d}; mean_kd, scale_kd^2)
        p(r_t | ...) = N(r_t; reward, scale^2),   p(done_t | ...) = Bernoulli(sigmoid(done_logit))
        loss = -mean over steps [log p(z_{t+1}|...) + log p(r_t|...) + log p(done_t|...)]

    where w, mean, scale, reward and done_logit are linear in [h_{t+1}, z_t, a_t]. The "M" of Ha &
    Schmidhuber 2018, sec. 2.2, https://arxiv.org/abs/1803.10122, with a GRU in place of their LSTM
    and a linear path from the inputs; mixtures of Bishop 1994, eqs. 22 to 29,
    https://publications.aston.ac.uk/id/eprint/373, for each dimension.

    Sequences have "z", [N, T, D]; "action", [N, T, A] or [N, T]; "reward" and "done", [N, T], of
    the step from t to t + 1; and "mask". Figures are nats per step: `log_likelihood` is that of all
    that a step predicts, the sum of the shares `z_log_likelihood`, `reward_log_likelihood` and
    `done_log_likelihood`. The last step of a sequence has no z that follows. Densities of z have
    scales of at least 0.01.

    Args:
        latent_dim: D, the size of z.
        num_actions: A, numbers of an action: one-hot of a choice, or a vector.
        state_dim: H, the size of the state h.
        num_components: K, normals of each dimension's mixture. The paper: 5.
        reward: p(r|...), of `vaezoo.likelihoods`: "normal" with a `scale` that is a number, or
            learned ("shared").
        seed: decides the order of the data; None takes it from `keras.utils.set_random_seed`, which
            alone decides the initial weights.
        keras_args: `name` and `dtype`, as for any Keras model.

    Example:
        >>> import numpy as np
        >>> from vaezoo.sequences import MixtureDensityMemory
        >>> z = np.random.default_rng(0).normal(size=(8, 5, 2))
        >>> zeros = np.zeros((8, 5))
        >>> episodes = {"z": z, "action": zeros, "reward": zeros, "done": zeros}
        >>> memory = MixtureDensityMemory(2, 3, state_dim=4, num_components=2, seed=0)
        >>> memory.compile("adam")
        >>> history = memory.fit(episodes, epochs=1, verbose=0)
        >>> memory.log_prob(episodes).shape  # nats of each z_{t+1}
        (8, 4)
        >>> memory.step(z[:, 0], np.eye(3)[[0] * 8], memory.initial_state(8)).means.shape
        (8, 2, 2)

    Raises:
        ConfigError: arguments that do not fit together.
        UnknownNameError: a component that no registry holds.
    """

    observed = "z"
    needed = ("reward", "done")
    reports = ("z_log_likelihood", "reward_log_likelihood", "done_log_likelihood")

    def __init__(
        self,
        latent_dim: int,
        num_actions: int,
        *,
        state_dim: int = 64,
        num_components: int = 5,
        reward: Spec | Likelihood = "normal",
        seed: int | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        reward = build("reward", reward, LIKELIHOODS, data_shape=(1,))
        if not reward.is_adapted:
            raise ConfigError("reward has standardise=...: divide rewards by a number of your own.")
        super().__init__(
            objective=ELBO(),  # without latents, the log-likelihood
            data_shape=(positive("latent_dim", latent_dim),),
            num_actions=positive("num_actions", num_actions),
            has_density=False,
            seed=seed,
            **keras_args,
        )
        self.latent_dim = latent_dim
        self.state_dim = positive("state_dim", state_dim)
        self.num_components = positive("num_components", num_components)
        self.reward = reward
        self.end = Bernoulli((1,))
        cell = keras.layers.GRUCell(state_dim, name="cell", dtype=self.dtype_policy)
        self.recurrence = keras.layers.RNN(
            cell, return_sequences=True, name="recurrence", dtype=self.dtype_policy
        )
        self._sizes = [num_components * latent_dim] * 3 + [self.reward.output_shape[-1], 1]
        self.head = keras.layers.Dense(sum(self._sizes), name="head", dtype="float32")
        inputs = latent_dim + num_actions
        self.recurrence.build((None, None, inputs))
        self.head.build((None, state_dim + inputs))
        self.built = True

    # ── tensors ───────────────────────────────────────────────────────────────

    def step_tensors(
        self, z: tf.Tensor, action: tf.Tensor, state: tf.Tensor
    ) -> dict[str, tf.Tensor]:
        """What an exported step outputs, by name: `log_weights`, `means` and `scales` of the next
        z, [N, K, D], the mean `reward`, [N], `done_logit`, [N], and `next_state`, [N, H]."""
        inputs = tf.concat([as_float(z), as_float(action)], axis=-1)
        new, _ = self.recurrence.cell(inputs, [as_float(state)])
        outputs = self._outputs(inputs, new)
        mixture = dict(zip(("log_weights", "means", "scales"), outputs[:3], strict=True))
        reward = self.reward.parameters(outputs[3])["mean"]
        return {
            **mixture,
            "reward": reward[..., 0],
            "done_logit": outputs[4][..., 0],
            "next_state": as_float(new),
        }

    def next_distribution(self, z: tf.Tensor, action: tf.Tensor) -> tfd.Distribution:
        """p(z_{t+1} | z_<=t, a_<=t) of each step, for z [N, T, D] and actions [N, T, A]: batch
        shape [N, T]."""
        return normal_mixture(*self._outputs_of(z, action)[:3])

    def trace_steps(
        self, sequences: Tensors, num_samples: int, noise: NoiseSource, training: bool
    ) -> Trace:
        z, mask = sequences["z"], sequences["mask"]
        outputs = self._outputs_of(z, sequences["action"])
        likelihood = normal_mixture(*outputs[:3])
        following, is_followed = _shifted(z), _shifted(mask[..., None])[..., 0]
        each = (
            likelihood.log_prob(following) * is_followed,
            self.reward.distribution(outputs[3]).log_prob(sequences["reward"][..., None]),
            self.end.distribution(outputs[4]).log_prob(sequences["done"][..., None]),
        )
        figures = {
            name: tf.reshape(part, [-1]) for name, part in zip(self.reports, each, strict=True)
        }
        return Trace(
            tf.reshape(following, [-1, self.latent_dim]),
            likelihood,
            (),
            tf.add_n(list(figures.values()))[None],
            figures=figures,
        )

    def call(self, inputs: Tensors, training: bool = False) -> tf.Tensor:
        """Means of what follows each step, [N, T, D]."""
        return self.next_distribution(inputs["z"], inputs["action"]).mean()

    # ── arrays ────────────────────────────────────────────────────────────────

    @property
    def size(self) -> int:
        """H, of the state."""
        return int(self.state_dim)

    def initial_state(self, num: int) -> Array:
        """The state before the first step of `num` sequences: zeros, [num, H]."""
        return np.zeros((positive("num", num), self.state_dim), np.float32)

    def step(self, z: ArrayLike, action: ArrayLike, state: ArrayLike) -> Prediction:
        """What follows z, [N, D], and actions, [N, A], in a state, [N, H]; as of an export.

        Raises:
            DataError: arrays of another shape, or not finite.
        """
        z = check_array(z, (self.latent_dim,), what="z")
        action = check_array(action, (self.num_actions,), what="action")
        state = check_array(state, (self.state_dim,), what="state")
        check_lengths(z=z, action=action, state=state)
        outputs = self._step_function(*map(tf.constant, (z, action, state)))
        return Prediction(**{name: value.numpy() for name, value in outputs.items()})

    def next_state(self, z: ArrayLike, action: ArrayLike, state: ArrayLike) -> Array:
        """The state after z and actions, [N, H]. Raises as `step`."""
        return self.step(z, action, state).next_state

    def log_prob(self, sequences: Sequences) -> Array:
        """log p(z_{t+1} | z_<=t, a_<=t) in nats, [N, T - 1]; NaN where nothing follows.

        Raises:
            DataError: as `fit`.
        """
        parts = self.check(sequences)
        log_prob = self._log_prob_function(*(tf.constant(parts[n]) for n in ("z", "action")))
        return np.where(parts["mask"][:, 1:] == 1, log_prob.numpy(), np.nan)

    @tf.function(autograph=False, reduce_retracing=True)
    def _step_function(self, *inputs: tf.Tensor) -> dict[str, tf.Tensor]:
        return self.step_tensors(*inputs)

    @tf.function(autograph=False, reduce_retracing=True)
    def _log_prob_function(self, z: tf.Tensor, action: tf.Tensor) -> tf.Tensor:
        return self.next_distribution(z[:, :-1], action[:, :-1]).log_prob(z[:, 1:])

    def _outputs_of(self, z: tf.Tensor, action: tf.Tensor) -> list[tf.Tensor]:
        inputs = tf.concat([as_float(z), as_float(action)], axis=-1)
        return self._outputs(inputs, self.recurrence(inputs))

    def _outputs(self, inputs: tf.Tensor, state: tf.Tensor) -> list[tf.Tensor]:
        """Log-weights, means and scales, [..., K, D], and outputs for reward and end, [..., 1]."""
        raw = self.head(tf.concat([as_float(state), inputs], axis=-1))
        *mixture, reward, end = tf.split(raw, self._sizes, axis=-1)
        shape = tf.concat([tf.shape(raw)[:-1], [self.num_components, self.latent_dim]], axis=0)
        logits, means, scales = (tf.reshape(part, shape) for part in mixture)
        log_weights = logits - tf.reduce_logsumexp(logits, axis=-2, keepdims=True)
        return [log_weights, means, tf.nn.softplus(scales) + _LEAST_SCALE, reward, end]


def _shifted(values: tf.Tensor) -> tf.Tensor:
    """What follows each step, [N, T, D]; zeros after the last."""
    return tf.concat([values[:, 1:], tf.zeros_like(values[:, :1])], axis=1)
