"""Environments whose observations are frames, by name: MinAtar, CartPole from pixels, MiniGrid.

All come through gymnasium, of the extra `control`, and none opens a window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np

from vaezoo.errors import need, unknown_name
from vaezoo.protocols import Array
from vaezoo.world.cartpole import draw_cart_and_pole
from vaezoo.world.wrapping import Gymnasium


class Environment(Protocol):
    """What an agent acts in. `make` returns one; any object with these names is one too.

    Attributes:
        name: of it.
        frame_shape: [H, W, C] of what `reset` and `step` return.
        num_actions: A; an action is an integer from 0 to A - 1.
    """

    name: str
    frame_shape: tuple[int, ...]
    num_actions: int

    def reset(self, seed: int) -> Array:
        """The first frame of the episode that this seed decides, float32 [H, W, C] in [0, 1]."""

    def step(self, action: int) -> tuple[Array, float, bool]:
        """The next frame, the reward of this step, and whether the episode has ended."""


def make(name: str) -> Environment:
    """A new environment by its name.

    Args:
        name: one of `ENVIRONMENTS`:
            `minatar_breakout` and the other games of MinAtar (Young & Tian 2019, arXiv
            1903.03176): binary frames [10, 10, C], a channel for each kind of object, the actions
            that have an effect, sticky with probability 0.1;
            `cartpole`: CartPole-v1 as frames [20, 16, 2] around the cart, the present and the one
            before, each action repeated twice;
            `minigrid_empty`: a room of 5 × 5 cells seen from above, [20, 20, 3], to turn and walk
            in.

    Raises:
        UnknownNameError: there is no such environment.
        MissingExtraError: the package that has it is not installed.

    Example:
        >>> from vaezoo import world
        >>> environment = world.make("cartpole")  # doctest: +SKIP
        >>> frame = environment.reset(seed=0)  # doctest: +SKIP
        >>> frame, reward, done = environment.step(1)  # doctest: +SKIP
    """
    if name not in ENVIRONMENTS:
        raise unknown_name("environment", name, ENVIRONMENTS)
    return ENVIRONMENTS[name](name)


def is_binary(name: str) -> bool:
    """Whether every value of this environment's frames is 0 or 1."""
    return name.startswith("minatar_")


def _minatar(name: str) -> Environment:
    _need(name, "minatar")
    import logging

    # Without seaborn and matplotlib, which only its own windows need, MinAtar warns at its import.
    before = logging.root.manager.disable
    logging.disable(max(before, logging.WARNING))
    try:
        from minatar.gym import BaseEnv
    finally:
        logging.disable(before)
    env = BaseEnv(name.removeprefix("minatar_"), use_minimal_action_set=True)
    return Gymnasium(name, env, _as_float, after_reset=_forget_action)


def _forget_action(env: Any) -> None:
    """MinAtar's sticky action would be the last one of the episode before."""
    env.game.last_action = 0


def _cartpole(name: str) -> Environment:
    _need(name)
    from gymnasium.envs.classic_control.cartpole import CartPoleEnv

    return Gymnasium(name, CartPoleEnv(), draw_cart_and_pole, repeat=2, history=2)


def _minigrid(name: str) -> Environment:
    _need(name, "minigrid")
    import gymnasium
    from minigrid.wrappers import RGBImgObsWrapper

    env = RGBImgObsWrapper(gymnasium.make("MiniGrid-Empty-Random-5x5-v0").unwrapped, tile_size=4)
    return Gymnasium(name, env, lambda seen: _as_float(seen["image"]), actions=(0, 1, 2))


def _as_float(observation: Array) -> Array:
    """Levels of a byte as 0 to 1; binary values as they are."""
    if observation.dtype == np.uint8:
        return observation.astype(np.float32) / np.float32(255)
    return observation.astype(np.float32)


def _need(name: str, package: str = "") -> None:
    need("control", "gymnasium", f"the environment {name!r}")
    if package:
        need(package, package, f"the environment {name!r}")


_GAMES = ("asterix", "breakout", "freeway", "seaquest", "space_invaders")
ENVIRONMENTS: Mapping[str, Callable[[str], Environment]] = {
    "cartpole": _cartpole,
    **{f"minatar_{game}": _minatar for game in _GAMES},
    "minigrid_empty": _minigrid,
}
