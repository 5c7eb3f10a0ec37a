"""What users get as q(z|x) and p(x|z): a distribution that keeps `vaezoo.protocols.Distribution`.

TensorFlow Probability leaves `mean` and `stddev` of some families open, eagerly draws other
samples at each call with the same seed, and sums log-densities over the values of an example.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import tensorflow as tf
from tensorflow_probability import distributions as tfd

from vaezoo._checks import check_seed
from vaezoo.distributions.factorised import log_prob_per_dimension
from vaezoo.errors import ConfigError


def promised(distribution: tfd.Distribution, what: str) -> tfd.Distribution:
    """The same distribution, whose `sample(seed=3)` is the same at each call, which has
    `log_prob_per_value` where it factorises over its values, and which raises `ConfigError` where
    it does not, for a moment that has no closed form, or a seed out of range.

    Args:
        distribution: changed in place.
        what: its name in messages: "q(z|x) of PlanarFlow".

    Example:
        >>> from vaezoo.distributions import promised, tfd
        >>> p = promised(tfd.Normal([0.0, 1.0], 1.0), "p(x)")
        >>> bool((p.sample(seed=3) == p.sample(seed=3)).numpy().all())
        True
    """
    for name in ("mean", "stddev", "variance"):
        method = _explained(getattr(distribution, name), f"{what} has no {name}() in closed form")
        setattr(distribution, name, method)
    distribution.sample = _repeatable(distribution.sample)
    distribution.log_prob_per_value = functools.partial(log_prob_per_dimension, distribution)
    return distribution


def _explained(method: Callable[..., Any], reason: str) -> Callable[..., Any]:
    @functools.wraps(method)
    def explained(*args: object, **kwargs: object) -> Any:
        try:
            return method(*args, **kwargs)
        except NotImplementedError:
            raise ConfigError(
                f"{reason}: use encode_mean or decode_mean for the point that replaces the "
                "mean, or the moments of samples, .sample(1000)."
            ) from None

    return explained


def _repeatable(sample: Callable[..., tf.Tensor]) -> Callable[..., tf.Tensor]:
    @functools.wraps(sample)
    def repeatable(sample_shape: Any = (), seed: Any = None, **kwargs: object) -> tf.Tensor:
        if isinstance(seed, (int, float, np.number)):
            seed = tf.constant([0, check_seed(seed)], tf.int32)  # a stateless one
        return sample(sample_shape, seed=seed, **kwargs)

    return repeatable
