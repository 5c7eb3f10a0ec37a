"""Everything that the models have in common, written once for the whole zoo."""

from __future__ import annotations

import abc
import dataclasses
import os
import random
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo import noise
from vaezoo.checks import check_array, check_seed
from vaezoo.conditions import Condition
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError, DataError
from vaezoo.likelihoods import Likelihood
from vaezoo.metrics import ImportanceWeights
from vaezoo.models.importance import importance_weights
from vaezoo.objectives import Objective
from vaezoo.parts import Recorded, own_name
from vaezoo.priors import Prior
from vaezoo.trace import Trace


class LatentVariableModel(Recorded, keras.Model, abc.ABC):
    """A model p(x) = E_p(z)[p(x|z)] with an approximate posterior q(z|x).

    A family implements `encode`, `decode` and `trace`; training, evaluation, generation,
    configuration and presets follow from these.

    Args:
        data_shape: shape of one example, such as (28, 28, 1) or (64,).
        objective: what is minimised.
        prior: p(z).
        likelihood: p(x|z).
        condition: c, where the model is one of p(x|c).
        has_density: whether it fits a density p(x), which an autoencoder of points does not.
        num_groups: latent groups.
        seed: decides the noise of training and evaluation; None takes it from
            `keras.utils.set_random_seed`.
        keras_args: `name` and `dtype`, as for any Keras model.

    Reports `loss` (what is minimised), and in nats per example `elbo` (the bound itself,
    higher is better), `log_likelihood` (its first term, E_q[log p(x|z)]) and `kl`; the last
    term only, where there is no density; kl_1, kl_2, … of the latent groups, where there are
    several; and what the objective adds.
    """

    def __init__(
        self,
        data_shape: tuple[int, ...],
        *,
        objective: Objective,
        prior: Prior,
        likelihood: Likelihood,
        condition: Condition | None,
        has_density: bool,
        num_groups: int = 1,
        seed: int | None,
        **keras_args: Any,
    ) -> None:
        super().__init__(**{"name": own_name(self)} | keras_args)
        self.data_shape = data_shape
        self.objective = objective
        self.prior = prior
        self.likelihood = likelihood
        self.condition = condition
        self.has_density = has_density
        self.seed = random.getrandbits(31) if seed is None else check_seed(seed)
        self.seed_generator = keras.random.SeedGenerator(self.seed)
        names = ["log_likelihood"]
        if has_density:
            names = ["elbo", *names, "kl"]
            if num_groups > 1:
                names += [f"kl_{place + 1}" for place in range(num_groups)]
        names += [f"{player}_loss" for player in objective.players[1:]]
        names += [*self.reports, *objective.reports]
        self._reported = [keras.metrics.Mean(name) for name in names]

    # How many codes there are, in a model whose z are codes.
    codebook_size: int | None = None
    # Names of the figures that traces of this family carry.
    reports: tuple[str, ...] = ()
    # Whether the condition is a latent too, so that p(x) needs none.
    sums_out_condition = False

    # ── what a family implements ──────────────────────────────────────────────

    @abc.abstractmethod
    def encode(self, x: Any, condition: Any = None, training: bool = False) -> tfd.Distribution:
        """q(z|x), never a sample of it: batch shape [B], for x of shape [B, *data_shape]."""

    @abc.abstractmethod
    def code(self, x: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        """The point that stands for x, [B, D]: the mean of q(z|x) or what replaces it."""

    @abc.abstractmethod
    def decode(self, z: Any, condition: Any = None, training: bool = False) -> tfd.Distribution:
        """p(x|z): batch shape [...], for z of shape [..., D]; [..., B, D] with a condition."""

    @abc.abstractmethod
    def trace(
        self,
        x: Any,
        num_samples: int = 1,
        condition: Any = None,
        seed: Any = None,
        training: bool = False,
    ) -> Trace:
        """One pass x -> z -> p(x|z) with K = `num_samples`; the same seed, the same noise."""

    @property
    @abc.abstractmethod
    def noise_dims(self) -> tuple[int, ...]:
        """How many unit normals make each latent group."""

    @abc.abstractmethod
    def from_noise(self, noise: Any, condition: Any = None) -> tf.Tensor:
        """z ~ p(z) as a function of noise ~ N(0, I), [N, sum of noise_dims] -> [N, D]."""

    @abc.abstractmethod
    def posterior_parameters(self, x: Any) -> dict[str, tf.Tensor]:
        """What an exported encoder gives, by name: "mean", [B, D], among them."""

    @abc.abstractmethod
    def likelihood_parameters(self, z: Any) -> dict[str, tf.Tensor]:
        """What an exported decoder gives, by name: "mean", [..., *data_shape], among them."""

    def adapt(self, x: Any) -> None:
        """What is computed from the data x before the first step: by most models, nothing."""

    def assumed_condition(self, x: Any, condition: Any) -> Any:
        """The condition of x, for a model that can guess one that is not given."""
        return condition

    @abc.abstractmethod
    def players(self) -> Mapping[str, Sequence[keras.Variable]]:
        """Weights that each player of the objective moves: "model" is encoder and decoder."""

    # ── what users call ───────────────────────────────────────────────────────

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """Mean reconstruction: the mean of p(x|z) at the code of x, [B, *data_shape].

        Args:
            inputs: x, or (x, condition).
        """
        x, condition = inputs if isinstance(inputs, (tuple, list)) else (inputs, None)
        condition = self.assumed_condition(x, condition)
        return self.decode(self.code(x, condition, training), condition, training).mean()

    def generate(
        self, num: int, condition: Any = None, *, seed: int | None = None, sampler: Any = None
    ) -> tf.Tensor:
        """Means of p(x|z) for `num` draws z ~ p(z), [num, *data_shape].

        NumPy draws the noise, so that the exported model generates the same pictures from
        the same seed.

        Args:
            num: how many.
            condition: of each, [num, ...], for a model that has one.
            seed: decides the noise.
            sampler: of `vaezoo.samplers`, in place of the prior.
        """
        size = sum(self.noise_dims) if sampler is None else sampler.noise_dim
        drawn = noise.standard_normal(num, size, seed)
        z = self.from_noise(drawn, condition) if sampler is None else sampler.from_noise(drawn)
        return self.decode(z, condition).mean()

    def log_likelihood(
        self,
        x: Any,
        num_samples: int = 5000,
        condition: Any = None,
        *,
        seed: int = 0,
        progress: bool = False,
    ) -> np.ndarray:
        """Importance-weighted estimate of log p(x), nats per example, [N].

        log 1/K sum_k p(x, z_k) / q(z_k|x): Burda et al. 2016, eq. 8,
        https://arxiv.org/abs/1509.00519. Its expectation is a lower bound that grows with K.

        Args:
            x: data, [N, *data_shape].
            num_samples: K. Memory does not grow with it.
            condition: of each example, for a model that has one: log p(x|c) is estimated.
            seed: decides the samples.
            progress: shows a progress bar.

        Raises:
            DataError: `x` has another shape, is not finite, or is out of range.
            ConfigError: the model has no density.
        """
        return self.importance_weights(
            x, num_samples, condition, seed=seed, progress=progress
        ).log_likelihood()

    def importance_weights(
        self,
        x: Any,
        num_samples: int = 5000,
        condition: Any = None,
        *,
        seed: int = 0,
        progress: bool = False,
    ) -> ImportanceWeights:
        """The weights behind `log_likelihood`, which also give the ELBO and sample sizes."""
        if not self.has_density:
            raise ConfigError(
                f"{type(self).__name__} has no density that was fitted: its codes are points, or "
                "its loss measures reconstructions by other means than p(x|z). So it has no ELBO "
                "and no log-likelihood; compare its reconstructions and samples instead."
            )
        x = self.check_data(x)
        if not self.likelihood.is_normalised_on(x):
            warnings.warn(
                "x has values on which this likelihood is not normalised (grey values under "
                "Bernoulli): the figure is a cross-entropy, no likelihood; binarise the data.",
                stacklevel=3,
            )
        return importance_weights(self, x, num_samples, condition, seed=seed, progress=progress)

    @tf.function  # not compiled by XLA: on a CPU that takes twice as long
    def log_weights(
        self, x: tf.Tensor, num_samples: int, condition: Any, seed: tf.Tensor
    ) -> tf.Tensor:
        """log p(x, z_k) - log q(z_k|x) for `num_samples` draws of z, as one graph: [K, B]."""
        return self.trace(x, num_samples, condition, seed).log_weights()

    def fit(self, x: Any = None, *args: Any, validation_data: Any = None, **kwargs: Any) -> Any:
        """Trains: `keras.Model.fit`, with the data looked at first.

        Raises:
            DataError: arrays of another shape, not finite or out of the likelihood's range,
                or a `tf.data.Dataset` of another shape.
        """
        self._check_input(x)
        self._check_input(validation_data, "validation_data")
        self.adapt(x)
        return super().fit(x, *args, validation_data=validation_data, **kwargs)

    def evaluate(self, x: Any = None, *args: Any, **kwargs: Any) -> Any:
        """`keras.Model.evaluate`, with the data looked at first. Raises as `fit` does."""
        self._check_input(x)
        return super().evaluate(x, *args, **kwargs)

    def predict(self, x: Any, *args: Any, **kwargs: Any) -> np.ndarray:
        """Mean reconstructions, [N, *data_shape]. Raises as `fit` does."""
        self._check_input(x)
        return super().predict(x, *args, **kwargs)

    def check_data(self, x: Any, what: str = "x") -> np.ndarray:
        """`x` as a float32 array that this model can take; raises `DataError` otherwise."""
        return check_array(
            x,
            self.data_shape,
            what=what,
            value_range=self.likelihood.value_range,
            reason=f"the {type(self.likelihood).__name__} likelihood",
        )

    def _check_input(self, x: Any, what: str = "x") -> None:
        if isinstance(x, tuple):
            x = x[0]
        if isinstance(x, tf.data.Dataset):
            spec = x.element_spec[0] if isinstance(x.element_spec, tuple) else x.element_spec
            if not spec.shape[1:].is_compatible_with(self.data_shape):
                raise DataError(
                    f"{what} gives batches of shape {list(spec.shape)}: expected "
                    f"[batch, {', '.join(map(str, self.data_shape))}]."
                )
        elif isinstance(x, (np.ndarray, list, tf.Tensor)):
            self.check_data(x, what)

    # ── training ──────────────────────────────────────────────────────────────

    def train_step(self, data: Any) -> dict[str, Any]:
        """One step on one batch: trace, each player's loss, gradients, updates."""
        x, condition, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        step = self.optimizer.iterations
        several = len(self.objective.players) > 1
        with tf.GradientTape(persistent=several) as tape:
            trace = self._batch_trace(x, condition, step, training=True)
            losses = self._player_losses(trace)
            totals = {player: self._total(loss, sample_weight) for player, loss in losses.items()}
            critic_total = totals.pop("critic", None)
            totals = {player: self.optimizer.scale_loss(total) for player, total in totals.items()}
        weights = self.players()
        moved = [weight for player in totals for weight in weights[player]]
        slopes = [
            slope for player in totals for slope in tape.gradient(totals[player], weights[player])
        ]
        if critic_total is not None:
            critic_slopes = tape.gradient(critic_total, weights["critic"])
            self.objective.critic_optimizer.apply(critic_slopes, weights["critic"])
        if not self.optimizer.built:  # in the order in which Keras builds it on loading
            self.optimizer.build(self.trainable_variables)
        if moved:  # a model that is solved has no weights to move
            self.optimizer.apply_gradients(zip(slopes, moved, strict=True))
        return self._report(trace, losses, sample_weight)

    def test_step(self, data: Any) -> dict[str, Any]:
        """One batch of `evaluate`, with noise that is the same in every evaluation."""
        x, condition, sample_weight = keras.utils.unpack_x_y_sample_weight(data)
        trace = self._batch_trace(x, condition, -1, training=False)
        return self._report(trace, self._player_losses(trace), sample_weight)

    def _batch_trace(self, x: Any, condition: Any, step: Any, training: bool) -> Trace:
        condition = None if self.condition is None else condition  # labels come with the data
        seed = self._step_seed(step)
        trace = self.trace(x, self.objective.num_samples, condition, seed, training)
        return dataclasses.replace(trace, step=self.optimizer.iterations)

    def _player_losses(self, trace: Trace) -> dict[str, tf.Tensor]:
        regularisers = sum(self.losses) + trace.penalty
        size = tf.shape(trace.log_likelihood)[1:]
        return {
            player: tf.broadcast_to(loss + (0 if player == "critic" else regularisers), size)
            for player, loss in self.objective.player_losses(trace).items()
        }

    def _total(self, loss: tf.Tensor, sample_weight: Any) -> tf.Tensor:
        total = tf.reduce_mean(loss if sample_weight is None else loss * sample_weight)
        # Replicas' gradients are summed, so each gives its share of the mean.
        return total / tf.distribute.get_strategy().num_replicas_in_sync

    def _step_seed(self, step: Any) -> tf.Tensor:
        """Noise of one batch: a function of what came before, so that a resumed run repeats it.

        The step alone would not do: it stands still while gradients are accumulated, and in
        evaluations. What the metrics have seen since the epoch began tells batches apart.
        """
        seed = tf.stack([tf.constant(self.seed, tf.int32), tf.cast(step, tf.int32)])
        for number in (
            tf.cast(self._reported[0].count, tf.int32),
            tf.distribute.get_replica_context().replica_id_in_sync_group,
        ):
            seed = tf.random.experimental.stateless_fold_in(seed, number)
        return seed

    def _seed(self, seed: Any) -> tf.Tensor:
        """A stateless seed [2]: from the model's generator, from an integer, or as given."""
        if seed is None:
            return tf.cast(self.seed_generator.next(), tf.int32)
        return tf.stack([0, seed]) if isinstance(seed, (int, np.integer)) else seed

    def _report(
        self, trace: Trace, losses: Mapping[str, tf.Tensor], sample_weight: Any
    ) -> dict[str, Any]:
        first, *others = losses
        values = {"loss": losses[first], "log_likelihood": trace.reconstruction()}
        if self.has_density:
            values |= {"elbo": trace.elbo(), "kl": trace.kl()}
            values |= {f"kl_{place + 1}": kl for place, kl in enumerate(trace.kl_per_group())}
        values |= {f"{player}_loss": losses[player] for player in others}
        values |= {**trace.figures, **self.objective.report(trace)}
        size = tf.shape(trace.log_likelihood)[1:]
        for metric in self.metrics:
            if metric.name not in values:
                raise ConfigError(
                    "compile() takes no metrics and no loss here: models report "
                    f"{', '.join(values)}; pass further figures by callbacks."
                )
            metric.update_state(tf.broadcast_to(values[metric.name], size), sample_weight)
        return self.get_metrics_result()

    # ── presets ───────────────────────────────────────────────────────────────

    def save_to_preset(self, path: str | os.PathLike[str], *, export: bool = True) -> None:
        """Writes config.json, metadata.json and model.weights.h5 to the folder `path`.

        Args:
            path: a folder, made if absent. Other files in it are left alone.
            export: also writes path/export, which `vaezoo.load(path)` runs without TensorFlow.

        Raises:
            ExportError: the preset was written, but its graphs cannot be exported.
        """
        from vaezoo.models import presets

        presets.save(self, path, export=export)

    @classmethod
    def from_preset(cls, name_or_path: str | os.PathLike[str]) -> Any:
        """The model that `save_to_preset` wrote, by name from the zoo or by path.

        Raises:
            UnknownNameError: no such preset.
            DamagedFileError: a file is missing or its hash is wrong.
            ConfigError: the preset holds a model of a class that is no `cls`.
        """
        from vaezoo.models import presets

        model = presets.load(name_or_path)
        if not isinstance(model, cls):
            raise ConfigError(
                f"{name_or_path} holds a {type(model).__name__}, not a {cls.__name__}: "
                f"use {type(model).__name__}.from_preset."
            )
        return model
