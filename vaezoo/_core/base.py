"""Everything that the models have in common, written once for the whole zoo."""

from __future__ import annotations

import abc
import os
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from vaezoo import _noise as noise
from vaezoo._checks import check_array
from vaezoo._core import fit_arguments
from vaezoo._core.components import ConfigMixin, own_name
from vaezoo._core.importance import importance_weights
from vaezoo._core.train_step import TraceModel
from vaezoo.conditions import Condition
from vaezoo.distributions import tfd
from vaezoo.errors import ConfigError, DataError
from vaezoo.likelihoods import Likelihood
from vaezoo.metrics import ImportanceWeights
from vaezoo.posteriors import Posterior
from vaezoo.priors import Prior


class LatentVariableModel(ConfigMixin, TraceModel):
    """A model p(x) = E_p(z)[p(x|z)] with an approximate posterior q(z|x).

    A family implements `encode`, `code`, `decoder_outputs` and `trace`; training, evaluation,
    generation, configuration and presets follow from these.

    Args:
        data_shape: shape of one example, such as (28, 28, 1) or (64,).
        prior: p(z).
        likelihood: p(x|z).
        condition: c, where the model is one of p(x|c).
        num_groups: latent groups.
        training: `objective`, `has_density` and `seed`, as for `TraceModel`, and `name` and
            `dtype`, as for any Keras model.
    """

    def __init__(
        self,
        data_shape: tuple[int, ...],
        *,
        prior: Prior,
        likelihood: Likelihood,
        condition: Condition | None = None,
        num_groups: int = 1,
        **training: Any,
    ) -> None:
        super().__init__(
            **{"name": own_name(self)} | training, condition=condition, num_groups=num_groups
        )
        self.data_shape = data_shape
        self.prior = prior
        self.likelihood = likelihood

    # What makes q(z|x) of the encoder's outputs; None where no single one does.
    posterior: Posterior | None = None
    # How many codes there are, in a model whose z are codes.
    codebook_size: int | None = None
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
    def decoder_outputs(self, z: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        """What the likelihood reads, [..., *likelihood.output_shape], for z of shape [..., D]."""

    @property
    @abc.abstractmethod
    def noise_dims(self) -> tuple[int, ...]:
        """How many unit normals make each latent group."""

    @abc.abstractmethod
    def from_noise(self, noise: Any, condition: Any = None) -> tf.Tensor:
        """z ~ p(z) as a function of noise ~ N(0, I), [N, sum of noise_dims] -> [N, D]."""

    @property
    @abc.abstractmethod
    def posterior_noise_dims(self) -> tuple[int, ...] | None:
        """How many unit normals make each latent group's draw of q(z|x), as `trace` takes them;
        None where z is no function of normal noise."""

    def generative_parts(self) -> tuple[Any, ...]:
        """The parts of p(x, z): what else has weights, the objective aside, is the encoder's."""
        return (self.decoder, self.likelihood, self.prior)

    def adapt(self, x: Any) -> None:
        """What is computed from the data x before the first step: by most models, nothing."""

    def parameter_groups(self) -> Mapping[str, Sequence[keras.Variable]]:
        decoder = _weights(self.generative_parts())
        critic = _weights([self.objective])
        weights = [weight for weight in self.trainable_weights if id(weight) not in critic]
        return {
            "model": weights,
            "encoder": [weight for weight in weights if id(weight) not in decoder],
            "decoder": [weight for weight in weights if id(weight) in decoder],
            "critic": self.objective.trainable_weights,
        }

    def assumed_condition(self, x: Any, condition: Any) -> Any:
        """The condition of x, for a model that can guess one that is not given."""
        return condition

    def posterior_parameters(self, x: Any, condition: Any = None) -> dict[str, tf.Tensor]:
        """What an exported encoder gives, by name: "mean", [B, D], among them."""
        return {"mean": self.code(x, condition)}

    # ── what users call ───────────────────────────────────────────────────────

    def decode(self, z: Any, condition: Any = None, training: bool = False) -> tfd.Distribution:
        """p(x|z): batch shape [...], for z of shape [..., D]; [..., B, D] with a condition."""
        return self.likelihood.distribution(self.decoder_outputs(z, condition, training))

    def likelihood_parameters(self, z: Any, condition: Any = None) -> dict[str, tf.Tensor]:
        """What an exported decoder gives, by name: "mean", [..., *data_shape], among them."""
        return self.likelihood.parameters(self.decoder_outputs(z, condition))

    def call(self, inputs: Any, training: bool = False) -> tf.Tensor:
        """`reconstruct` for x, or for (x, condition)."""
        x, condition = inputs if isinstance(inputs, (tuple, list)) else (inputs, None)
        return self.reconstruct(x, condition, training)

    def reconstruct(self, x: Any, condition: Any = None, training: bool = False) -> tf.Tensor:
        """The mean of p(x|z) at the code of x, [B, *data_shape], in one batch.

        `predict` does the same for data of any size, batch by batch.
        """
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

    def score(self, x: Any, noise: Any = None, condition: Any = None) -> tf.Tensor:
        """log p(x, z) - log q(z|x) for the z that noise stands for, nats, [N, K].

        A deterministic function, which an exported model has too: the mean over K is the ELBO
        as estimated from the noise, the log of the mean of exp is `log_likelihood`'s estimate.

        Args:
            x: data, [N, *data_shape].
            noise: ~ N(0, I), [N, K, sum of posterior_noise_dims]; None where q(z|x) is a point.
            condition: of each example, for a model that has one.

        Raises:
            ConfigError: z is no function of normal noise, or the model has no density.
        """
        if reason := self.no_score():
            raise ConfigError(f"{type(self).__name__} has no score: {reason}.")
        if noise is not None:
            noise = tf.transpose(tf.convert_to_tensor(noise), [1, 0, 2])
        trace = self.trace(x, condition=condition, seed=0, noise=noise)
        return tf.transpose(trace.log_weights())

    def no_score(self) -> str | None:
        """Why there is no `score`; None where there is."""
        if not self.has_density:
            return "it has no density that was fitted"
        if self.posterior_noise_dims is None:
            return "draws of its posterior are no function of normal noise"
        return None

    def fit(self, x: Any = None, *args: Any, validation_data: Any = None, **kwargs: Any) -> Any:
        """Trains: `keras.Model.fit`, with the data looked at first.

        Arrays alone are shuffled and cut into batches in tensors, in an order that `seed` and the
        optimiser's steps decide; what is left over, fewer than a batch, waits for another epoch.

        Raises:
            DataError: arrays of another shape, not finite or out of the likelihood's range,
                or a `tf.data.Dataset` of another shape.
        """
        self._check_input(x)
        self._check_input(validation_data, "validation_data")
        self.adapt(x)
        given = fit_arguments.by_name(args, kwargs)
        if fit_arguments.are_plain_arrays(x, given) and self.is_alone:
            x, given = fit_arguments.batched(self, x, **given)
        self.choose_steps(fit_arguments.steps_per_epoch(x, **given))
        return super().fit(x, validation_data=validation_data, **given)

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

    # ── presets ───────────────────────────────────────────────────────────────

    def save_to_preset(self, path: str | os.PathLike[str], *, export: bool = True) -> None:
        """Writes config.json, metadata.json and model.weights.h5 to the folder `path`.

        Args:
            path: a folder, made if absent. Other files in it are left alone.
            export: also writes path/export, which `vaezoo.load(path)` runs without TensorFlow.

        Raises:
            ExportError: the preset was written, but its graphs cannot be exported.
        """
        from vaezoo._core import presets

        presets.save(self, path, export=export)

    @classmethod
    def from_preset(cls, name_or_path: str | os.PathLike[str]) -> Any:
        """The model that `save_to_preset` wrote, by name from the zoo or by path.

        Raises:
            UnknownNameError: no such preset.
            DamagedFileError: a file is missing or its hash is wrong.
            ConfigError: the preset holds a model of a class that is no `cls`.
        """
        from vaezoo._core import presets

        model = presets.load(name_or_path)
        if not isinstance(model, cls):
            raise ConfigError(
                f"{name_or_path} holds a {type(model).__name__}, not a {cls.__name__}: "
                f"use {type(model).__name__}.from_preset."
            )
        return model


def _weights(parts: Iterable[Any]) -> set[int]:
    return {id(weight) for part in parts for weight in part.trainable_weights}
