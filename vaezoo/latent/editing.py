"""Examples with one attribute changed, or under another label."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import check_array
from vaezoo.errors import DataError
from vaezoo.latent.codes import codes_of, condition_rows, decode
from vaezoo.latent.directions import AttributeDirection
from vaezoo.latent.spaces import space_of
from vaezoo.protocols import Array, ArrayLike, GenerativeModel


def edit(
    model: GenerativeModel,
    x: ArrayLike,
    direction: AttributeDirection,
    amount: ArrayLike,
    *,
    condition: ArrayLike | None = None,
) -> Array:
    """Decodings of examples with an attribute changed.

        E[x|z + amount step],    z = mean of q(z|x)

    On a sphere, in a ball and among proportions the sum is brought back to the nearest point of
    the space. `amount=0` is the reconstruction.

    Args:
        model: an export or a Keras model.
        x: examples [N, *data_shape], or codes [N, D].
        direction: fitted to codes of the same model.
        amount: in standard deviations of the attribute, for all or of each example [N].
        condition: of each example, or of all, for a model that has one.

    Returns:
        [N, *data_shape].

    Raises:
        DataError: a direction of another model, or amounts of another shape.
        ConfigError: z are discrete codes.

    Example:
        >>> import vaezoo
        >>> from vaezoo import latent
        >>> model = vaezoo.load("digits_vae")
        >>> x = model.generate(200, seed=0)
        >>> ink = x.mean(axis=(1, 2, 3))
        >>> direction = latent.AttributeDirection.fit(model.encode_mean(x), ink)
        >>> thicker = latent.edit(model, x[:9], direction, +1)
        >>> bool(thicker.mean() > x[:9].mean())
        True
    """
    z = moved(model, codes_of(model, x, condition), direction, amount)
    return decode(model, z, condition_rows(model, condition, len(z)))


def moved(
    model: GenerativeModel, z: Array, direction: AttributeDirection, amount: ArrayLike
) -> Array:
    """The codes [N, D] after a move along a direction. Errors as of `edit`."""
    amounts = _amounts(amount, len(z))
    if direction.step.shape != (model.latent_dim,):
        raise DataError(
            f"the direction has {len(direction.step)} dimensions, z has {model.latent_dim}: it was "
            "fitted to codes of another model."
        )
    return space_of(model).geometry.project(z + amounts[:, None] * direction.step)


def relabel(
    model: GenerativeModel,
    x: ArrayLike,
    labels: ArrayLike,
    *,
    condition: ArrayLike | None = None,
) -> Array:
    """The twins of examples under other labels: the same z, decoded under another condition.

        E[x|z, labels],    z = mean of q(z|x, condition)

    Of a model that keeps p(z) apart from c, such as `CVAE`: the same hand, another digit. Kingma
    et al. 2014, fig. 1, https://arxiv.org/abs/1406.5298.

    Args:
        model: with a condition.
        x: examples [N, *data_shape], or codes [N, D].
        labels: of the twins: of each [N], or one for all; or attributes, [N, dim] or [dim].
        condition: of the examples; None where the model guesses it, as M2 does, or x are codes.

    Returns:
        [N, *data_shape].

    Raises:
        ConfigError: the model has no condition, or needs that of x.

    Example:
        >>> import vaezoo
        >>> from vaezoo import latent
        >>> latent.relabel(vaezoo.load("digits_vae"), [[0.0] * 8], 7)
        Traceback (most recent call last):
        vaezoo.errors.ConfigError: VAE has no condition: leave condition= out.
    """
    z = codes_of(model, x, condition)
    return np.asarray(model.decode_mean(z.astype(np.float32), condition=labels))


def _amounts(amount: ArrayLike, num: int) -> Array:
    amounts = check_array(np.atleast_1d(np.asarray(amount)), (), what="amount").astype(np.float64)
    if len(amounts) not in (1, num):
        raise DataError(f"amount has {len(amounts)} values: expected 1, or {num}, one for each x.")
    return np.broadcast_to(amounts, (num,))
