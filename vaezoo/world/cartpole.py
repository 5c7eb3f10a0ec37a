"""CartPole as a small grey picture: what gymnasium draws at 600 × 400 in milliseconds, drawn at
10 pixels a metre in microseconds."""

from __future__ import annotations

import numpy as np

from vaezoo.protocols import Array

HEIGHT, WIDTH = 16, 48
_METRE = 10.0  # pixels, where gymnasium's picture has 125
# Half widths and middles, in pixels from the middle and from the bottom: those of gymnasium's
# picture, without the 75 rows at its bottom, which never change.
_CART_WIDTH, _CART_HEIGHT, _CART_Y = 2.0, 1.2, 2.0
_POLE_WIDTH, _POLE_LENGTH, _POLE_MIDDLE, _AXLE_Y = 0.4, 5.0, 4.6, 2.6
_Y, _X = np.meshgrid(
    HEIGHT - 0.5 - np.arange(HEIGHT), np.arange(WIDTH) - (WIDTH - 1) / 2, indexing="ij"
)


def draw_cart_and_pole(state: Array) -> Array:
    """The cart and the pole in white on black, with grey edges: float32 [16, 48, 1] in [0, 1].

    Args:
        state: position of the cart in metres from the middle, its velocity, angle of the pole in
            radians from the vertical, clockwise, and its velocity; velocities are not seen.

    Example:
        >>> import numpy as np
        >>> from vaezoo.world.cartpole import draw_cart_and_pole
        >>> frame = draw_cart_and_pole(np.array([0.0, 0.0, 0.0, 0.0]))
        >>> frame.shape, bool(np.array_equal(frame, frame[:, ::-1]))
        ((16, 48, 1), True)
    """
    x, y = _X - _METRE * float(state[0]), _Y - _AXLE_Y
    cart = _cover(x, _CART_WIDTH) * _cover(_Y - _CART_Y, _CART_HEIGHT)
    sine, cosine = np.sin(float(state[2])), np.cos(float(state[2]))
    along, across = x * sine + y * cosine - _POLE_MIDDLE, x * cosine - y * sine
    pole = _cover(across, _POLE_WIDTH) * _cover(along, _POLE_LENGTH)
    return np.maximum(cart, pole)[..., None].astype(np.float32)


def _cover(distance: Array, half: float) -> Array:
    """How much of a pixel at this distance from the middle of a stripe lies in the stripe."""
    return np.clip(half + 0.5 - np.abs(distance), 0.0, min(1.0, 2 * half))
