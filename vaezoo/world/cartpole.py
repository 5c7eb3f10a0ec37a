"""CartPole as a small grey picture: what gymnasium draws at 600 × 400 in milliseconds, drawn around
the cart at 16 pixels a metre in microseconds."""

from __future__ import annotations

import math

import numpy as np

from vaezoo.protocols import Array

HEIGHT, WIDTH = 20, 16
_METRE = 16.0  # pixels, where gymnasium's picture has 125
# In metres, as gymnasium's picture has them: half sizes, middles above the bottom of this picture
# and above the axle.
_CART, _CART_Y = (0.2, 0.12), 0.12
_POLE, _POLE_MIDDLE, _AXLE_Y = (0.04, 0.5), 0.46, 0.18
_Y = (HEIGHT - 0.5 - np.arange(HEIGHT)[:, None]) / _METRE
_X = (np.arange(WIDTH)[None] - (WIDTH - 1) / 2) / _METRE


def _within(half: float, distance: Array) -> Array:
    """How much of each pixel, at this distance from the middle of a stripe, lies in the stripe."""
    return np.minimum(np.maximum((half - distance) * _METRE + 0.5, 0), 1)


# Nothing but the pole moves where the cart stays in the middle.
_CART_SHAPE = _within(_CART[0], np.abs(_X)) * _within(_CART[1], np.abs(_Y - _CART_Y))


def draw_cart_and_pole(state: Array) -> Array:
    """The cart, always in the middle, and the pole, white on black with grey edges: float32
    [20, 16, 1] in [0, 1].

    Args:
        state: position of the cart, which is not seen, its velocity, angle of the pole in radians
            from the vertical, clockwise, and its velocity.

    Example:
        >>> import numpy as np
        >>> from vaezoo.world.cartpole import draw_cart_and_pole
        >>> frame = draw_cart_and_pole(np.array([0.0, 0.0, 0.0, 0.0]))
        >>> frame.shape, bool(np.array_equal(frame, frame[:, ::-1]))
        ((20, 16, 1), True)
    """
    sine, cosine = math.sin(state[2]), math.cos(state[2])
    y = _Y - _AXLE_Y
    across = np.abs(_X * cosine - y * sine)
    along = np.abs(_X * sine + y * cosine - _POLE_MIDDLE)
    pole = _within(_POLE[0], across) * _within(_POLE[1], along)
    return np.maximum(_CART_SHAPE, pole)[..., None].astype(np.float32)
