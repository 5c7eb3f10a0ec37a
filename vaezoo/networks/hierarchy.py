"""What the networks of a model with several latent groups are to each other."""

from __future__ import annotations

from typing import Any, NamedTuple

import keras


class Group(keras.layers.Layer):
    """The networks of one latent group, below a state s that holds the groups above it.

        p(z|s) = N of prior(s)    q(z|x, s) = N of posterior(features(x), s)    s' = merge(s, z)

    The first group has no state above it: `posterior` takes the features only, `merge` z only,
    and there is no `prior`.

    Args:
        latent_dim: D, the size of z.
        posterior: [features] or [features, s] -> [B, 2 D].
        merge: [z] or [s, z] -> s'.
        prior: s -> [B, 2 D], below the first group.
    """

    def __init__(
        self,
        latent_dim: int,
        posterior: keras.Model,
        merge: keras.Model,
        prior: keras.Model | None = None,
        **keras_args: Any,
    ) -> None:
        super().__init__(**keras_args)
        self.latent_dim = latent_dim
        self.posterior = posterior
        self.merge = merge
        self.prior = prior
        self.built = True


class Hierarchy(NamedTuple):
    """All networks of a model with several latent groups.

    Attributes:
        bottom_up: x -> the features of each group, from the first group on.
        groups: in the order in which they are drawn, the farthest from the data first.
        decoder: the last state -> numbers of p(x|z).
    """

    bottom_up: keras.Model
    groups: list[Group]
    decoder: keras.Model
