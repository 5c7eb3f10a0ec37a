"""A ladder of latent groups, each below the next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import layers

from vaezoo.errors import ConfigError
from vaezoo.networks.hierarchy import Group, Hierarchy
from vaezoo.networks.mlp import mlp


def ladder(
    data_shape: Sequence[int],
    output_shape: Sequence[int],
    *,
    latent_dims: Sequence[int] = (4, 8, 16),
    widths: Sequence[int] = (64, 128, 256),
    depth: int = 2,
    activation: str = "leaky_relu",
    dtype: Any = None,
) -> Hierarchy:
    """Fully connected networks of the ladder VAE: each group sees the one above it only.

        p(z_1) prod_i p(z_i|z_{i-1}) p(x|z_L),  and bottom-up numbers that meet each p(z_i|z_{i-1})

    Sonderby et al. 2016, sec. 2, https://arxiv.org/abs/1602.02282; without its batch
    normalisation.

    Args:
        data_shape: shape of one example.
        output_shape: of the numbers that the likelihood reads.
        latent_dims: sizes of the groups, the farthest from the data first.
        widths: of the hidden layers at each group.
        depth: hidden layers between two groups.
        activation: a Keras activation's name, or "gated".
        dtype: policy of the hidden layers.

    Raises:
        ConfigError: not as many widths as groups.
    """
    if len(widths) != len(latent_dims):
        raise ConfigError(f"widths={widths!r}, latent_dims={latent_dims!r}: give one a group.")

    def network(inputs: tuple, outputs: tuple, width: int, name: str) -> keras.Model:
        layer = {"activation": activation, "dtype": dtype}
        return mlp(inputs, outputs, hidden=(width,) * depth, name=name, **layer)

    x = keras.Input(tuple(data_shape), name="x")
    h, features = x, list[Any]()
    for index, width in reversed(list(enumerate(widths))):
        h = network(h.shape[1:], (width,), width, f"up_{index + 1}")(h)
        features.insert(0, h)
    groups: list[Group] = []
    for index, (size, width) in enumerate(zip(latent_dims, widths, strict=True)):
        seen = keras.Input((width,), name="features")
        numbers = layers.Dense(2 * size, name="numbers", dtype="float32")(seen)
        z = keras.Input((size,), name="z")
        kept = layers.Identity(name="state")(z)
        above = [keras.Input((latent_dims[index - 1],), name="above")] if groups else []
        prior = network((latent_dims[index - 1],), (2 * size,), width, "prior") if groups else None
        posterior = keras.Model([seen], numbers, name="posterior")
        merge = keras.Model([*above, z], kept, name="merge")
        groups.append(Group(size, posterior, merge, prior, name=f"group_{index + 1}"))
    decoder = network((latent_dims[-1],), tuple(output_shape), widths[-1], "decoder")
    return Hierarchy(keras.Model(x, features, name="bottom_up"), groups, decoder)
