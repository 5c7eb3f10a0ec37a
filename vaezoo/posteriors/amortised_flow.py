"""Base class of posteriors by normalising flows with amortised parameters."""

from __future__ import annotations

import abc
from typing import ClassVar, Unpack

import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import tfb, tfd
from vaezoo.distributions.vector_bijector import VectorBijector
from vaezoo.posteriors.base import Posterior
from vaezoo.posteriors.diagonal_normal import DiagonalNormal


class AmortisedFlow(Posterior, abc.ABC):
    """q(z|x): a diagonal normal transformed by maps whose parameters the encoder outputs.

    log q(z_K|x) = log q(z_0|x) - sum_k log|det dz_k/dz_{k-1}|,    z_k = f_k(z_{k-1}; x)

    Rezende & Mohamed 2015, eq. 7, https://arxiv.org/abs/1505.05770.

    Subclasses set `flow`.

    Args:
        latent_dim: D, the size of z.
        num_flows: K, the number of maps.

    Attributes:
        flow: the class of the maps, a bijector.

    Raises:
        ConfigError: `num_flows` is not an integer of 1 or more.
    """

    flow: ClassVar[type[VectorBijector]]

    def __init__(
        self, latent_dim: int, num_flows: int = 10, **keras_args: Unpack[KerasArguments]
    ) -> None:
        super().__init__(latent_dim, **keras_args)
        self.num_flows = positive("num_flows", num_flows)
        self.base = DiagonalNormal(latent_dim)

    @property
    def num_outputs(self) -> int:
        return self.base.num_outputs + self.num_flows * sum(self._sizes().values())

    def parameters(self, outputs: tf.Tensor) -> dict[str, tf.Tensor]:
        """As for every posterior; "mean" is the image of the normal's mean."""
        splits = [self.base.num_outputs, -1]
        normal, raw = tf.split(tf.cast(outputs, tf.float32), splits, axis=-1)
        base = {f"base_{name}": value for name, value in self.base.parameters(normal).items()}
        vectors = self._vectors(raw)
        return {"mean": self._chain(vectors).forward(base["base_mean"])} | base | vectors

    def distribution(self, outputs: tf.Tensor) -> tfd.Distribution:
        parameters = self.parameters(outputs)
        normal = tfd.Normal(parameters["base_mean"], parameters["base_scale"])
        return tfd.TransformedDistribution(tfd.Independent(normal, 1), self._chain(parameters))

    def _sizes(self) -> dict[str, int]:
        """Sizes of the parameters of one map, by name."""
        return dict.fromkeys(self.flow.vectors, self.latent_dim) | dict.fromkeys(
            self.flow.scalars, 1
        )

    def _vectors(self, raw: tf.Tensor) -> dict[str, tf.Tensor]:
        """Parameters of the maps by name, each [B, K, size]."""
        sizes = self._sizes()
        raw = tf.reshape(raw, [-1, self.num_flows, sum(sizes.values())])
        return dict(zip(sizes, tf.split(raw, list(sizes.values()), axis=-1), strict=True))

    def _chain(self, vectors: dict[str, tf.Tensor]) -> tfb.Bijector:
        """f_K o ... o f_1; TensorFlow Probability applies the last of a list first."""
        return tfb.Chain(
            [
                self.flow(**{name: vectors[name][:, k] for name in self._sizes()})
                for k in reversed(range(self.num_flows))
            ]
        )
