"""Base class of priors."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Unpack

import tensorflow as tf

from vaezoo._checks import positive
from vaezoo._core.components import Component
from vaezoo._core.types import KerasArguments
from vaezoo.distributions import tfd


@dataclass(frozen=True)
class Context:
    """The inputs a prior may condition on.

    Attributes:
        encode: the model's x -> q(z|x), for priors that are mixtures of posteriors.
        condition: [B, condition_dim], for priors p(z|c).
    """

    encode: Callable[[tf.Tensor], tfd.Distribution] | None = None
    condition: tf.Tensor | None = None


NO_CONTEXT = Context()


class Prior(Component, abc.ABC):
    """p(z), or p(z|c) for a model with a condition c.

    To add a prior, implement `distribution` and `from_noise`, set `space` if z is not any real
    vector and `noise_dim` if a sample takes another number of unit normals than D, and add
    the class to `vaezoo.priors.PRIORS`.

    Args:
        latent_dim: D, the size of z.
        data_shape: shape of one example, for priors that depend on examples.
        condition_dim: size of the condition; 0 for none.
        keras_args: `name` and `dtype`, as for any Keras layer.

    Attributes:
        space: the name of the space that z lives in, as the posterior's.
        is_conditional: whether it is p(z|c).
        export_graph: how exports sample z: "prior" calls `from_noise`; "step" samples one dimension
            after the other, by a method `step(z, noise, position)`; None where z is the noise.

    Example:
        >>> import tensorflow as tf
        >>> from vaezoo.priors import StandardNormal
        >>> prior = StandardNormal(latent_dim=2)
        >>> prior.distribution().log_prob(tf.zeros([5, 2])).shape.as_list()
        [5]
        >>> prior.from_noise(tf.zeros([7, prior.noise_dim])).shape.as_list()
        [7, 2]
    """

    space: str = "real"
    is_conditional = False
    export_graph: str | None = "prior"

    def __init__(
        self,
        latent_dim: int,
        *,
        data_shape: Sequence[int] = (),
        condition_dim: int = 0,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(**keras_args)
        self.latent_dim = positive("latent_dim", latent_dim)
        self.data_shape = tuple(data_shape)
        self.condition_dim = condition_dim

    @property
    def noise_dim(self) -> int:
        """How many unit normals `from_noise` takes for one z."""
        return self.latent_dim

    @abc.abstractmethod
    def distribution(self, context: Context = NO_CONTEXT) -> tfd.Distribution:
        """p(z), batch shape [], or p(z|c), batch shape [B]; event shape [D]."""

    @abc.abstractmethod
    def from_noise(self, noise: tf.Tensor, context: Context = NO_CONTEXT) -> tf.Tensor:
        """z ~ p(z) as a deterministic function of noise ~ N(0, I), [N, noise_dim] -> [N, D].

        Randomness stays outside exported graphs, so that a seed gives the same samples in every
        runtime.
        """
