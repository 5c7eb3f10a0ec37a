"""Examples with gaps, and what a model says of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from vaezoo._checks import as_array, check_array
from vaezoo.errors import ConfigError, DataError
from vaezoo.protocols import Array, ArrayLike, Distribution, GenerativeModel

NUMBERS = 2**20  # values of x that are decoded at once, which bounds memory
_ROUNDS = 3  # reconstructions that a first fill goes through


@dataclass(frozen=True)
class Gaps:
    """Examples of which some values are missing.

    Attributes:
        model: that they are examples for.
        x: [N, *data_shape], with any number in the gaps.
        mask: True where x is observed, of the same shape.
        condition: of each, [N, ...]; None for a model that has none.
    """

    model: GenerativeModel
    x: Array
    mask: Array
    condition: Array | None

    @classmethod
    def checked(
        cls,
        model: GenerativeModel,
        x: ArrayLike,
        mask: ArrayLike | None,
        condition: ArrayLike | None,
    ) -> Gaps:
        """From what the user gave. Raises `DataError`."""
        values = as_array(x)
        observed = ~np.isnan(values) if mask is None else _mask(mask, values.shape)
        filled = np.where(observed, values, 0).astype(values.dtype)
        filled = check_array(filled, model.data_shape)
        return cls(model, filled, observed, _rows(condition, len(filled)))

    def __len__(self) -> int:
        return len(self.x)

    def __getitem__(self, rows: slice) -> Gaps:
        condition = None if self.condition is None else self.condition[rows]
        return Gaps(self.model, self.x[rows], self.mask[rows], condition)

    def repeat(self, times: int) -> Gaps:
        """Each example so many times, one after the other."""
        condition = None if self.condition is None else self.condition.repeat(times, axis=0)
        x, mask = self.x.repeat(times, axis=0), self.mask.repeat(times, axis=0)
        return Gaps(self.model, x, mask, condition)

    def most_copies(self) -> int:
        """How often each example can be decoded at once, 1 or more."""
        return max(1, NUMBERS // self.x.size)

    def fill(self, values: Array) -> Array:
        """x with these values in its gaps, float32."""
        return np.where(self.mask, self.x, values).astype(np.float32)

    def first_fill(self, seed: int) -> Array:
        """x with a sample of the model in its gaps, which was reconstructed together with x."""
        seen = self.x[self.mask]
        low, high = (seen.min(), seen.max()) if seen.size else (-np.inf, np.inf)
        values = self.model.generate(len(self), condition=self.condition, seed=seed)
        for _ in range(_ROUNDS):  # clipped, as rounding may lead out of the range of data
            filled = self.fill(np.clip(values, low, high))
            values = self.model.reconstruct(filled, condition=self.condition)
        return self.fill(np.clip(values, low, high))

    def encode(self, filled: Array) -> Distribution:
        """q(z|x)."""
        return self.model.encode(filled, condition=self.condition)

    def moments(self, filled: Array) -> tuple[Array, Array]:
        """Mean and standard deviation of q(z|x), [N, D] each."""
        q = self.encode(filled)
        return np.asarray(q.mean()), np.asarray(q.stddev())

    def decode(self, z: Array) -> Distribution:
        """p(x|z)."""
        return self.model.decode(z, condition=self.condition)

    def prior_latents(self, seed: int) -> Array:
        """One draw z ~ p(z) for each, [N, D]."""
        return self.model.sample_latents(
            len(self), condition=self.condition, seed=seed, source="prior"
        )

    def score(self, filled: Array, noise: Array) -> Array:
        """log p(x, z) - log q(z|x) for z = mean + stddev noise of q(z|x): [N, K] for [N, K, D]."""
        noise = noise.astype(np.float32)
        return np.asarray(self.model.score(filled, noise=noise, condition=self.condition))

    def check_density(self) -> None:
        """Raises `ConfigError` where the model has none, whether of p(x|c) or, where labels are
        latents, of p(x)."""
        reasons = []
        for condition in (self.condition, None):
            try:
                self.model.importance_weights(self.x, num_samples=1, condition=condition)
                return
            except ConfigError as error:
                reasons.append(str(error))
        raise ConfigError(f"missing values need a model with a density: {reasons[0]}")

    def has_normal_posterior(self) -> bool:
        """Whether `score` is of z = mean + stddev noise: where q(z|x) is a diagonal normal, which
        its density shows, and no flow or walk follows it, which would take more noise."""
        try:
            q = self.encode(self.x)
            mean, stddev = np.asarray(q.mean()), np.asarray(q.stddev())
            noise = np.random.default_rng(0).standard_normal(mean.shape)
            with np.errstate(all="ignore"):  # of other families the point may lie outside
                actual = np.asarray(q.log_prob((mean + stddev * noise).astype(np.float32)))
                expected = -0.5 * noise**2 - np.log(stddev) - 0.5 * math.log(2 * math.pi)
            self.score(self.x, np.zeros((len(mean), 1, mean.shape[1])))
        except (ConfigError, DataError):  # no moments, no density, or other noise
            return False
        return np.allclose(actual, expected.sum(axis=1), rtol=1e-3, atol=1e-2)


def _mask(mask: ArrayLike, shape: tuple[int, ...]) -> Array:
    array = np.asarray(mask)
    if array.dtype != bool:
        raise DataError(
            f"mask has dtype {array.dtype}: expected bool, True where x is observed; compare it, "
            "such as mask > 0."
        )
    if array.shape not in (shape, shape[1:]):
        raise DataError(
            f"mask has shape {list(array.shape)}: expected {list(shape)}, as x, or "
            f"{list(shape[1:])} for all examples."
        )
    return np.broadcast_to(array, shape)


def _rows(condition: ArrayLike | None, num: int) -> Array | None:
    """A condition of each example: one label is that of all."""
    if condition is None:
        return None
    array = as_array(condition, "condition")
    array = np.broadcast_to(array, (num,)) if array.ndim == 0 else array
    if len(array) != num:
        raise DataError(f"condition has {len(array)} rows: expected {num}, one per example.")
    return array
