"""The networks of the ladder VAE."""

from __future__ import annotations

from collections.abc import Sequence

import keras
from keras import KerasTensor, layers

from vaezoo._core.types import DType
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
    dtype: DType = None,
) -> Hierarchy:
    """Fully connected networks of the ladder VAE: each group depends on the one above it only.

        p(z_1) prod_i p(z_i|z_{i-1}) p(x|z_L),  with bottom-up parameters for each q(z_i|x, z_<i)

    Sonderby et al. 2016, sec. 2, https://arxiv.org/abs/1602.02282; without its batch
    normalisation.

    Args:
        data_shape: shape of one example.
        output_shape: of the likelihood's parameters.
        latent_dims: sizes of the groups, the farthest from the data first.
        widths: of the hidden layers at each group.
        depth: hidden layers between two groups.
        activation: a Keras activation's name, or "gated".
        dtype: policy of the hidden layers.

    Raises:
        ConfigError: `widths` and `latent_dims` differ in length.

    Example:
        >>> from vaezoo.networks import ladder
        >>> hierarchy = ladder((8, 8, 1), (8, 8, 1), latent_dims=(2, 4), widths=(16, 32))
        >>> [group.latent_dim for group in hierarchy.groups]
        [2, 4]
    """
    if len(widths) != len(latent_dims):
        raise ConfigError(f"widths={widths!r}, latent_dims={latent_dims!r}: give one per group.")

    def network(
        inputs: tuple[int, ...], outputs: tuple[int, ...], width: int, name: str
    ) -> keras.Model:
        hidden = (width,) * depth
        return mlp(inputs, outputs, hidden=hidden, activation=activation, dtype=dtype, name=name)

    x = keras.Input(tuple(data_shape), name="x")
    h, features = x, list[KerasTensor]()
    for index, width in reversed(list(enumerate(widths))):
        h = network(h.shape[1:], (width,), width, f"up_{index + 1}")(h)
        features.insert(0, h)
    groups: list[Group] = []
    for index, (size, width) in enumerate(zip(latent_dims, widths, strict=True)):
        bottom_up = keras.Input((width,), name="features")
        parameters = layers.Dense(2 * size, name="numbers", dtype="float32")(bottom_up)
        z = keras.Input((size,), name="z")
        state = layers.Identity(name="state")(z)
        above = [keras.Input((latent_dims[index - 1],), name="above")] if groups else []
        prior = network((latent_dims[index - 1],), (2 * size,), width, "prior") if groups else None
        posterior = keras.Model([bottom_up], parameters, name="posterior")
        merge = keras.Model([*above, z], state, name="merge")
        groups.append(Group(size, posterior, merge, prior, name=f"group_{index + 1}"))
    decoder = network((latent_dims[-1],), tuple(output_shape), widths[-1], "decoder")
    return Hierarchy(keras.Model(x, features, name="bottom_up"), groups, decoder)
