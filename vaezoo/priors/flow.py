"""Base class of priors by normalising flows."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Unpack

import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import PriorArguments
from vaezoo.distributions import tfb, tfd
from vaezoo.priors.base import NO_CONTEXT, Context, Prior


class FlowPrior(Prior, abc.ABC):
    """p(z) = N(f(z); 0, I) |det df/dz|,  f = f_1 o ... o f_L.

    Subclasses implement `flows`.

    Args:
        latent_dim: D, the size of z.
        num_flows: L, the number of flows.
        hidden: widths of each flow's network.
        prior_args: `data_shape`, `condition_dim`, `name` and `dtype`, as for every prior.

    Raises:
        ConfigError: an argument below 1.
    """

    def __init__(
        self,
        latent_dim: int,
        *,
        num_flows: int,
        hidden: Sequence[int],
        **prior_args: Unpack[PriorArguments],
    ) -> None:
        super().__init__(latent_dim, **prior_args)
        self.num_flows = positive("num_flows", num_flows)
        self.hidden = tuple(positive("hidden", width) for width in hidden)

    @abc.abstractmethod
    def flows(self) -> list[tfb.Bijector]:
        """The bijectors f_1 ... f_L, each from z to noise."""

    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        noise = tfd.Independent(tfd.Normal(tf.zeros(self.latent_dim), 1.0), 1)
        to_data = tfb.Invert(self._to_noise(), name="towards_data")
        return tfd.TransformedDistribution(noise, to_data, name="flow")

    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        return self._to_noise().inverse(noise)

    def _to_noise(self) -> tfb.Bijector:
        """f, named, since the default name lists all maps and prefixes every operation's name: half
        the bytes of an exported graph."""
        return tfb.Chain(self.flows(), name="towards_noise")


def bounded(raw: tf.Tensor) -> tf.Tensor:
    """A log-scale between -3 and 3: one flow scales by a factor of 20 at most."""
    return 3 * tf.tanh(raw / 3)
