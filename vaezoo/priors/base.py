"""What every prior offers."""

from __future__ import annotations

import abc
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import tensorflow as tf

from vaezoo._core.components import Component
from vaezoo.distributions import tfd


@dataclass(frozen=True)
class Context:
    """What a prior may hang on.

    Attributes:
        encode: the model's x -> q(z|x), for priors made of posteriors.
        condition: [B, condition_dim], for priors p(z|c).
    """

    encode: Callable[[Any], tfd.Distribution] | None = None
    condition: tf.Tensor | None = None


NOTHING = Context()


class Prior(Component, abc.ABC):
    """p(z), or p(z|c) for a model with a condition c.

    Args:
        latent_dim: D, the size of z.
        data_shape: shape of one example, for priors that look at examples.
        condition_dim: numbers in a condition; 0 for none.

    Attributes:
        support: the set that z lives in: as the posterior's.
    """

    space: str = "real"
    # Whether it is p(z|c).
    is_conditional = False
    # The graph that an export draws z by: "prior" is `from_noise`; "step" draws one dimension
    # after the other, by a method `step(z, noise, place)`; None: z is the noise itself.
    export_graph: str | None = "prior"

    def __init__(
        self,
        latent_dim: int,
        *,
        data_shape: Sequence[int] = (),
        condition_dim: int = 0,
        **keras_args: Any,
    ) -> None:
        super().__init__(**keras_args)
        self.latent_dim = latent_dim
        self.data_shape = tuple(data_shape)
        self.condition_dim = condition_dim

    @property
    def noise_dim(self) -> int:
        """How many unit normals `from_noise` takes for one z."""
        return self.latent_dim

    @abc.abstractmethod
    def distribution(self, context: Context = NOTHING) -> tfd.Distribution:
        """p(z), batch shape [] or, where it hangs on a condition, [B]; event shape [D]."""

    @abc.abstractmethod
    def from_noise(self, noise: tf.Tensor, context: Context = NOTHING) -> tf.Tensor:
        """z ~ p(z) as a deterministic function of noise ~ N(0, I), [N, noise_dim] -> [N, D].

        Randomness stays outside exported graphs, so that one seed gives one picture in
        every runtime.
        """
