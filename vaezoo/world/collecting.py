"""Episodes in files: collected in shards, each complete or absent, resumed where it stopped."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from vaezoo._checks import not_negative_integer, positive
from vaezoo._storage import files, leftovers, locks
from vaezoo.errors import ConfigError
from vaezoo.protocols import Array
from vaezoo.world import environments, seeds
from vaezoo.world.environments import Environment
from vaezoo.world.episodes import Collection, is_collection, read_shard, shard_path
from vaezoo.world.rollouts import LIMIT, Policy, RandomPolicy, roll_out

EPISODES = 16  # in a shard, played in lockstep


@dataclass
class _Shard:
    """Collects what `roll_out` records."""

    num: int
    rows: list[list[tuple[Any, ...]]] = field(init=False)

    def __post_init__(self) -> None:
        self.rows = [[] for _ in range(self.num)]

    def record(self, row: int, frame: Array, action: int, reward: float, done: bool) -> None:
        self.rows[row].append((frame, action, reward, done))

    def arrays(self, first: int, binary: bool) -> dict[str, Array]:
        frames, action, reward, done = zip(*(s for row in self.rows for s in row), strict=True)
        levels = np.stack(frames)
        whole = levels > 0 if binary else np.round(levels * 255).astype(np.uint8)
        numbers = np.repeat(np.arange(first, first + self.num), [len(row) for row in self.rows])
        return {
            "frames": whole,
            "action": np.array(action, np.int64),
            "reward": np.array(reward, np.float32),
            "done": np.array(done, bool),
            "episode": numbers,
        }


def collect(
    environment: str | Callable[[], Environment],
    num: int,
    folder: str | os.PathLike[str],
    *,
    policy: Policy | None = None,
    policy_name: str = "random",
    seed: int = 0,
    limit: int = LIMIT,
    progress: Callable[[int], None] | None = None,
) -> Collection:
    """Plays whole episodes until there are `num` frames, and writes them into a folder.

    Each shard, .npz, holds 16 episodes; it is decided by the seed and its number alone and is
    complete or absent. So a call that was killed goes on where it stopped, one for more frames
    adds to those that are there, and both leave the same files as one call that was not.

    Args:
        environment: its name, or what makes one.
        num: frames, at least.
        folder: for the shards.
        policy: chooses the actions; None: at random.
        policy_name: of a policy of your own, which tells collections apart.
        seed: decides everything, the environment included.
        limit: steps after which an episode is cut off.
        progress: is called with the number of frames after each shard.

    Raises:
        ConfigError: the folder holds other episodes or other files, or an argument is out of
            range.
        BusyError: another process collects into this folder.
        DamagedFileError: a shard cannot be read.
        DataError: as `vaezoo.world.roll_out`.
        MissingExtraError, UnknownNameError: as `vaezoo.world.make`.

    Example:
        >>> from vaezoo import world
        >>> world.collect("minatar_breakout", 10_000, "data/breakout")  # doctest: +SKIP
    """
    one = partial(environments.make, environment) if isinstance(environment, str) else environment
    num, limit = positive("num", num), positive("limit", limit)
    seed = not_negative_integer("seed", seed)
    binary = isinstance(environment, str) and environments.is_binary(environment)
    places = [one() for _ in range(EPISODES)]
    policy = policy or RandomPolicy(places[0].num_actions)
    wanted = Collection(
        places[0].name, tuple(places[0].frame_shape), places[0].num_actions,
        binary, seed, limit, policy_name,
    )  # fmt: skip
    folder = Path(folder)
    _check_folder(folder, wanted)
    folder.mkdir(parents=True, exist_ok=True)
    with locks.locked(folder / ".lock", f"{folder}"):
        leftovers.recover(folder)
        wanted.write(folder)
        total = 0
        for number in range(num):  # a shard has a frame or more
            if total >= num:
                break
            total += _shard(folder, number, wanted, places, policy)
            if progress is not None:
                progress(total)
    return wanted


def _check_folder(folder: Path, wanted: Collection) -> None:
    if folder.exists() and not folder.is_dir():
        raise ConfigError(f"{folder} is a file: give a folder.")
    if not is_collection(folder):
        visible = [p.name for p in folder.iterdir() if p.name[0] != "."] if folder.is_dir() else []
        if visible:
            raise ConfigError(f"{folder} holds other files, such as {visible[0]}: give a new one.")
        return
    there = Collection.read(folder)
    for key, value in dataclasses.asdict(wanted).items():
        if dataclasses.asdict(there)[key] != value:
            raise ConfigError(
                f"{folder} holds episodes with {key} {dataclasses.asdict(there)[key]}, asked for "
                f"are such with {value}: give another folder."
            )


def _shard(
    folder: Path,
    number: int,
    collection: Collection,
    places: Sequence[Environment],
    policy: Policy,
) -> int:
    """Frames of a shard, which is played unless it is there."""
    path = shard_path(folder, number)
    if path.exists():
        return len(read_shard(path, collection)["action"])
    first, shard = number * EPISODES, _Shard(EPISODES)
    chosen = seeds.episode_seeds(collection.seed, seeds.COLLECTING, first, EPISODES)
    roll_out(places, policy, chosen, limit=collection.limit, record=shard.record)
    arrays = shard.arrays(first, collection.binary)
    with files.replaced_file(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return len(arrays["action"])


def random_frames(environment: Environment, num: int, *, seed: int = 0) -> Array:
    """The first `num` frames [num, H, W, C], float32, of random actions, an episode at a time:
    those of `collect` for the same seed.

    Raises:
        As `vaezoo.world.roll_out`.
    """
    frames: list[Array] = []

    def record(row: int, frame: Array, action: int, reward: float, done: bool) -> None:
        frames.append(frame)

    policy = RandomPolicy(environment.num_actions)
    for number in range(positive("num", num)):
        if len(frames) >= num:
            break
        chosen = seeds.episode_seeds(seed, seeds.COLLECTING, number, 1)
        roll_out([environment], policy, chosen, record=record)
    return np.stack(frames[:num])


def first_frames(environment: Environment, num: int, *, seed: int = 0) -> Array:
    """The frames [num, H, W, C] that the first episodes of `collect` begin with for the same seed.

    Example:
        >>> from vaezoo import world
        >>> environment = world.make("cartpole")  # doctest: +SKIP
        >>> world.first_frames(environment, 3).shape  # doctest: +SKIP
        (3, 20, 16, 2)
    """
    chosen = seeds.episode_seeds(seed, seeds.COLLECTING, 0, positive("num", num))
    return np.stack([environment.reset(each) for each in chosen])
