"""Frames of environments under random actions: played anew on each machine, by one seed.

Whole episodes until there are 20,000 frames, each episode in one split.
"""

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
    """CartPole, this frame and the last, uint8 [N, 20, 16, 2]: 16,134 / 2,018 / 2,019."""
    return _load("cartpole")


def load_minatar_breakout() -> Dataset:
    """MinAtar's Breakout, a channel per kind, bool [N, 10, 10, 4]: 16,022 / 2,006 / 2,014."""
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
