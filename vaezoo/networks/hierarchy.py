"""The networks of a model with several latent groups."""

from __future__ import annotations

from typing import NamedTuple, Unpack

import keras

from vaezoo._core.constructors import CheckedConstructor
from vaezoo._core.types import KerasArguments

# What other data than images take, in messages.
FOR_VECTORS = "TwoLevelVAE or LadderVAE"


class Group(keras.layers.Layer, metaclass=CheckedConstructor):
    """The networks of one latent group, given a state s that summarises the groups above it.

        p(z|s) = N(prior(s))    q(z|x, s) = N(posterior(features(x), s))    s' = merge(s, z)

    The first group has no state above it: its `posterior` takes the features only, its `merge`
    takes z only, and it has no `prior`.

    Args:
        latent_dim: D, the size of z.
        posterior: [features] or [features, s] -> [B, 2 D].
        merge: [z] or [s, z] -> s'.
        prior: s -> [B, 2 D]; None for the first group.
    """

    def __init__(
        self,
        latent_dim: int,
        posterior: keras.Model,
        merge: keras.Model,
        prior: keras.Model | None = None,
        **keras_args: Unpack[KerasArguments],
    ) -> None:
        super().__init__(**keras_args)
        self.latent_dim = latent_dim
        self.posterior = posterior
        self.merge = merge
        self.prior = prior
        self.built = True


class Hierarchy(NamedTuple):
    """All networks of a model with several latent groups.

    To add a hierarchy, write a function (data_shape, output_shape, *, dtype, ...) that returns
    one, and add it to `vaezoo.networks.HIERARCHIES`.

    Attributes:
        bottom_up: x -> the features of each group, in the order of the groups.
        groups: in the order in which they are sampled: top-down, the farthest from the data first.
        decoder: the last state -> parameters of p(x|z).
    """

    bottom_up: keras.Model
    groups: list[Group]
    decoder: keras.Model
