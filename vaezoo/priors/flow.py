"""What the priors made of invertible maps share."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from vaezoo._checks import positive
from vaezoo.distributions import tfb, tfd
from vaezoo.priors.base import NOTHING, Context, Prior


class FlowPrior(Prior, abc.ABC):
    """p(z) = N(f(z); 0, I) |det df/dz|,  f = f_1 o ... o f_L.

    Args:
        latent_dim: D, the size of z.
        num_flows: L.
        hidden: widths of each flow's network.
        prior_args: data_shape and condition_dim, as for every prior.

    Raises:
        ConfigError: a number below 1.
    """

    def __init__(
        self, latent_dim: int, *, num_flows: int, hidden: Sequence[int], **prior_args: Any
    ) -> None:
        super().__init__(latent_dim, **prior_args)
        self.num_flows = positive("num_flows", num_flows)
        self.hidden = tuple(positive("hidden", width) for width in hidden)

    @abc.abstractmethod
    def flows(self) -> list[tfb.Bijector]:
        """f_1 ... f_L, each from z towards noise."""

    def distribution(self, context: Context = NOTHING) -> tfd.Distribution:
        noise = tfd.Independent(tfd.Normal(tf.zeros(self.latent_dim), 1.0), 1)
        towards_data = tfb.Invert(self._towards_noise(), name="towards_data")
        return tfd.TransformedDistribution(noise, towards_data, name="flow")

    def from_noise(self, noise: tf.Tensor, context: Context = NOTHING) -> tf.Tensor:
        return self._towards_noise().inverse(noise)

    def _towards_noise(self) -> tfb.Bijector:
        """f. By default its name lists all maps, and that of every operation starts with it: half
        of an exported graph's bytes."""
        return tfb.Chain(self.flows(), name="towards_noise")


def bounded(raw: tf.Tensor) -> tf.Tensor:
    """A log-scale between -3 and 3: one flow widens or narrows by 20 at most."""
    return 3 * tf.tanh(raw / 3)
