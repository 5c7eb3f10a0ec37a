"""The methods that users call: arrays in, arrays out, checked, a few rows at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import tensorflow as tf

from vaezoo._bounds import Bounds
from vaezoo._checks import check_array, check_codes, check_noise, warn_of_cross_entropy
from vaezoo._model.importance import importance_weights
from vaezoo._model.tensor_model import TensorModel
from vaezoo._noise import standard_normal
from vaezoo.distributions import promised, tfd
from vaezoo.errors import ConfigError
from vaezoo.metrics import ImportanceWeights
from vaezoo.protocols import NUM_SAMPLES, Array, ArrayLike
from vaezoo.runtime.preparation import Preparation

if TYPE_CHECKING:
    from vaezoo.samplers import Sampler

ROWS = 256  # rows computed at once, so that memory stays bounded
_DRAWS = 8192  # draws of z scored at once


class ArrayMethods(TensorModel, Bounds):
    """`vaezoo.protocols.GenerativeModel` on top of a model's tensor functions.

    Every method runs eagerly and checks what it gets: `DataError` for x, z, noise or a condition
    of another shape, not finite or out of range, `ConfigError` for a condition that is missing
    or that the model does not have. One condition for all examples is repeated.

    Attributes:
        preparation: of the data that it was trained on, for a model that was loaded from a preset.
    """

    preparation: Preparation | None = None

    def encode(self, x: ArrayLike, *, condition: ArrayLike | None = None) -> tfd.Distribution:
        """q(z|x), batch shape [N], for x of shape [N, *data_shape]; its methods give tensors.

        `sample(seed=3)` gives the same tensor at each call. Moments without a closed form, as of
        flows and hierarchies, raise `ConfigError`.
        """
        x = self.check_data(x)
        c = self._conditions(condition, len(x), x)
        posterior = self if self.posterior is None else self.posterior
        q = self.posterior_from(in_batches(self.encoder_outputs, x, c))
        return promised(q, f"q(z|x) of {type(posterior).__name__}")

    def encode_mean(self, x: ArrayLike, *, condition: ArrayLike | None = None) -> Array:
        """The mean of q(z|x), or the point that replaces it, [N, D]."""
        x = self.check_data(x)
        c = self._conditions(condition, len(x), x)
        return in_batches(lambda x, c: self.posterior_parameters(x, c)["mean"], x, c).numpy()

    def decode(self, z: ArrayLike, *, condition: ArrayLike | None = None) -> tfd.Distribution:
        """p(x|z), batch shape [N], for z of shape [N, D]."""
        z = self._check_latents(z)
        c = self._conditions(condition, len(z))
        p = self.likelihood.distribution(in_batches(self.decoder_outputs, z, c))
        return promised(p, f"p(x|z) of {type(self.likelihood).__name__}")

    def decode_mean(self, z: ArrayLike, *, condition: ArrayLike | None = None) -> Array:
        """The mean of p(x|z), [N, *data_shape]."""
        z = self._check_latents(z)
        return self._means(z, self._conditions(condition, len(z)))

    def reconstruct(self, x: ArrayLike, *, condition: ArrayLike | None = None) -> Array:
        """The mean of p(x|z) at the mean of q(z|x), [N, *data_shape].

        Where labels are latents, the most likely ones replace those that are not given.
        """
        x = self.check_data(x)
        return in_batches(self.reconstruction, x, self._conditions(condition, len(x), x)).numpy()

    def sample_latents(
        self,
        num: int,
        *,
        condition: ArrayLike | None = None,
        seed: int | None = None,
        source: str | Sampler | None = None,
    ) -> Array:
        """`num` draws of z, [num, D]: those that `generate` decodes. Arguments as there."""
        sampler = self._sampler(source)
        if sampler is not None:
            noise = standard_normal(num, sampler.noise_dim, seed)
            if sampler.is_conditional:
                c = self._conditions(condition, num)
                return in_batches(sampler.from_noise, noise, c).numpy()
            return in_batches(sampler.from_noise, noise).numpy()
        noise = standard_normal(num, sum(self.noise_dims), seed)
        needs_condition = self.prior.is_conditional or condition is not None
        c = self._conditions(condition, len(noise)) if needs_condition else None
        return in_batches(self.from_noise, noise, c).numpy()

    def generate(
        self,
        num: int,
        *,
        condition: ArrayLike | None = None,
        seed: int | None = None,
        source: str | Sampler | None = None,
    ) -> Array:
        """Means of p(x|z) for `num` draws of z, [num, *data_shape].

        NumPy draws the noise, so that the exported model generates the same pictures from the
        same seed.

        Args:
            num: how many.
            condition: of each, or of all, for a model that has one.
            seed: decides the noise; None draws new noise each time.
            source: of z: the prior by default, also as "prior"; or a sampler of
                `vaezoo.samplers`.
        """
        z = self.sample_latents(num, condition=condition, seed=seed, source=source)
        return self._means(z, self._conditions(condition, len(z)))

    def score(
        self, x: ArrayLike, *, noise: ArrayLike | None = None, condition: ArrayLike | None = None
    ) -> Array:
        """log p(x, z) - log q(z|x) for the z made of the noise, nats, [N, K].

        A deterministic function, which an exported model has too: the mean over K is the ELBO
        as estimated from the noise, the log of the mean of exp is `log_likelihood`'s estimate.

        Args:
            x: data, [N, *data_shape].
            noise: ~ N(0, I), [N, K, sum of posterior_noise_dims]; None where q(z|x) is a point.
            condition: of each example, or of all, for a model that has one.

        Raises:
            ConfigError: z is not a function of normal noise, or the model has no density.
        """
        if reason := self.no_score():
            raise ConfigError(f"{type(self).__name__} has no score: {reason}.")
        x = self.check_data(x)
        noise = self._check_noise(noise, len(x))
        c = self._scored_conditions(condition, len(x))
        rows = ROWS if noise is None else min(ROWS, max(1, _DRAWS // noise.shape[1]))
        return in_batches(self.log_weights_of_noise, x, noise, c, rows=rows).numpy()

    def importance_weights(
        self,
        x: ArrayLike,
        *,
        num_samples: int = NUM_SAMPLES,
        condition: ArrayLike | None = None,
        seed: int = 0,
        progress: bool = False,
    ) -> ImportanceWeights:
        """The weights p(x, z_k) / q(z_k|x) behind `log_likelihood` and `elbo`.

        Args:
            x: data, [N, *data_shape].
            num_samples: K. Memory does not grow with it.
            condition: of each example, or of all, for a model that has one: the weights are
                then those of p(x|c).
            seed: decides the samples.
            progress: shows a progress bar.

        Raises:
            ConfigError: the model has no density, or `num_samples` or `seed` is out of range.
        """
        if not self.has_density:
            raise ConfigError(
                f"{type(self).__name__} has no density that was fitted: its latents are points, "
                "or its loss measures reconstructions by other means than p(x|z). So it has no "
                "ELBO and no log-likelihood; compare its reconstructions and samples instead."
            )
        x = self.check_data(x)
        c = self._scored_conditions(condition, len(x))
        if not self.likelihood.is_normalised_on(x):
            warn_of_cross_entropy(type(self.likelihood).__name__)
        return importance_weights(self, x, num_samples, c, seed=seed, progress=progress)

    def classify(self, x: ArrayLike) -> Array:
        """Probabilities of the labels, [N, classes], where labels are latents: `M2`.

        Raises:
            ConfigError: this model has no classifier.
        """
        raise ConfigError(f"{type(self).__name__} has no classifier, as M2 has.")

    def check_data(self, x: ArrayLike, what: str = "x") -> Array:
        """`x` as a float32 array that this model can take; raises `DataError` otherwise."""
        if self.preparation is not None:
            self.preparation.check_bytes(x)
        return check_array(
            x,
            self.data_shape,
            what=what,
            value_range=self.likelihood.value_range,
            reason=f"the {type(self.likelihood).__name__} likelihood",
        )

    def _means(self, z: Array, c: Array | None) -> Array:
        return in_batches(lambda z, c: self.likelihood_of(z, c).mean(), z, c).numpy()

    def _sampler(self, source: str | Sampler | None) -> Sampler | None:
        if source is None or source == "prior":
            return None
        if isinstance(source, str):
            raise ConfigError(f"source={source!r}: give 'prior', or a sampler of vaezoo.samplers.")
        return source

    def _check_latents(self, z: ArrayLike) -> Array:
        z = check_array(z, (self.latent_dim,), what="z")
        check_codes(z, self.codebook_size)
        return z

    def _check_noise(self, noise: ArrayLike | None, num: int) -> Array | None:
        return check_noise(noise, num, sum(self.posterior_noise_dims or ()))

    def _scored_conditions(self, condition: ArrayLike | None, num: int) -> Array | None:
        if self.sums_out_condition:
            self._refuse(condition, "scores x alone")
            return None
        return self._conditions(condition, num)

    def _refuse(self, condition: ArrayLike | None, reason: str) -> None:
        if condition is not None:
            raise ConfigError(f"{type(self).__name__} {reason}: leave condition= out.")

    def _conditions(
        self, condition: ArrayLike | None, num: int, x: Array | None = None
    ) -> Array | None:
        """The condition as the networks take it, [num, dim]; None for a model without.

        Args:
            condition: as the user gave it.
            num: examples.
            x: the data, from which labels that are latents can be inferred.
        """
        if self.condition is None:
            self._refuse(condition, "has no condition")
            return None
        if condition is None and self.sums_out_condition and x is not None:
            return in_batches(lambda x: self.assumed_condition(x, None), x).numpy()
        if condition is None:
            raise ConfigError(
                f"this {type(self).__name__} has a condition ({self.condition.name}): give "
                "condition=."
            )
        return self.condition.check(condition, num)


def in_batches(function: Callable[..., Any], *arrays: Array | None, rows: int = ROWS) -> Any:
    """The tensors that `function` gives for arrays [N, ...], computed `rows` rows at a time.

    Example:
        >>> import numpy as np
        >>> from vaezoo._model.array_methods import in_batches
        >>> in_batches(lambda x: 2 * x, np.ones((5, 3)), rows=2).shape
        TensorShape([5, 3])
    """
    num = next(len(array) for array in arrays if array is not None)
    results = [
        function(*(None if array is None else array[start : start + rows] for array in arrays))
        for start in range(0, num, rows)
    ]
    return tf.nest.map_structure(lambda *parts: tf.concat(parts, axis=0), *results)
