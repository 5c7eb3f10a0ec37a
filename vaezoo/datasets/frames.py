"""Frames of environments under random actions: played anew on each machine, by one seed."""

from __future__ import annotations

import dataclasses
import tempfile

from vaezoo.datasets.base import Dataset
from vaezoo.datasets.own import load_own
from vaezoo.datasets.own.rows import Reading

NUM, SEED = 20_000, 0
LICENCES = {"cartpole": "MIT", "minatar_breakout": "GPL-3.0"}  # of the programs that are played
_SOURCES = {
    "cartpole": "CartPole-v1 of gymnasium, drawn by vaezoo",
    "minatar_breakout": "Young & Tian 2019, https://github.com/kenjyoung/MinAtar",
}


def load_cartpole() -> Dataset:
    """CartPole around the cart, the present frame and the one before, uint8 [N, 20, 16, 2]: 20,000
    frames of random actions, and the rest of the last episodes, 80 / 10 / 10 percent."""
    return _load("cartpole")


def load_minatar_breakout() -> Dataset:
    """MinAtar's Breakout, a channel for each kind of object, bool [N, 10, 10, 4]: 20,000 frames
    of random actions, and the rest of the last episodes, 80 / 10 / 10 percent."""
    return _load("minatar_breakout")


def _load(environment: str) -> Dataset:
    from vaezoo import world
    from vaezoo.world.environments import is_binary

    with tempfile.TemporaryDirectory() as folder:
        world.collect(environment, NUM, folder, seed=SEED)
        data = load_own(folder, Reading())
    return dataclasses.replace(
        data,
        name=environment,
        licence=LICENCES[environment],
        source=_SOURCES[environment],
        binary=is_binary(environment),
        row_names={},
        notes=(),
    )
