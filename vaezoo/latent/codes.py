"""Examples and codes as arrays that a model takes, and the conditions of both."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import as_array, check_array, check_codes, label_vectors, vectors
from vaezoo.errors import ConfigError
from vaezoo.latent.spaces import LatentSpace, space_of
from vaezoo.protocols import Array, ArrayLike, GenerativeModel


def codes_of(
    model: GenerativeModel, x_or_z: ArrayLike, condition: ArrayLike | None = None, what: str = "x"
) -> Array:
    """z of examples, their posterior means, or of codes as they are: [N, D], float64.

    Args:
        model: that they are of.
        x_or_z: [N, *data_shape], or [N, D]; where both are one shape, it is examples.
        condition: of examples, where the model takes one.
        what: name of the array, for messages.

    Raises:
        DataError: neither shape, or not finite.
    """
    array = as_array(x_or_z, what)
    if array.shape[1:] == (model.latent_dim,) != tuple(model.data_shape):
        z = check_array(array, (model.latent_dim,), what=what)
        check_codes(z, codebook_size(model))
        return z.astype(np.float64)
    z = model.encode_mean(check_array(array, model.data_shape, what=what), condition=condition)
    return np.asarray(z, np.float64)


def codebook_size(model: GenerativeModel) -> int | None:
    """How many values a code may have; None where z are numbers."""
    kind, _, number = space_of(model).name.partition("_")
    return int(number) if kind == "codes" else None


def decode(model: GenerativeModel, z: Array, condition: Array | None = None) -> Array:
    """Means of p(x|z) for z of any shape [..., D], with a condition for each z:
    [..., *data_shape]."""
    flat = z.reshape(-1, z.shape[-1]).astype(np.float32)
    c = None if condition is None else condition.reshape(-1, *condition.shape[z.ndim - 1 :])
    x = np.asarray(model.decode_mean(flat, condition=c))
    return x.reshape(*z.shape[:-1], *x.shape[1:])


def condition_rows(
    model: GenerativeModel, condition: ArrayLike | None, num: int, *, like: Array | None = None
) -> Array | None:
    """A condition as rows of numbers, [num, dim]: labels become probabilities of the classes.

    Args:
        model: that takes it.
        condition: as its methods take it; None for a model that has none.
        num: examples.
        like: rows to take where `condition` is None.

    Raises:
        DataError: no such labels, or another number of rows.
    """
    if condition is None:
        return like
    space: LatentSpace = space_of(model)
    if space.num_classes is None:
        rows = as_array(condition, "condition")
        if rows.ndim in (1, 2):
            return vectors(rows, rows.shape[-1], num)
        raise ConfigError(f"condition has shape {list(rows.shape)}: expected [N, dim] or [dim].")
    return label_vectors(condition, space.num_classes, num, space.class_names)
