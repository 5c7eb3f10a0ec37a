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
from vaezoo._storage import fields, files, leftovers, locks
from vaezoo.errors import ConfigError, DamagedFileError
from vaezoo.protocols import Array
from vaezoo.world import environments, seeds
from vaezoo.world.environments import Environment
from vaezoo.world.rollouts import LIMIT, Policy, RandomPolicy, roll_out

INDEX, FORMAT = "collection.json", 1
EPISODES = 16  # in a shard, played in lockstep
# Columns beside the frames, each with a value for every step.
COLUMNS = ("action", "reward", "done", "episode")


@dataclass(frozen=True)
class Collection:
    """What a folder of episodes was collected by.

    Attributes:
        environment: its name.
        frame_shape: [H, W, C].
        num_actions: A.
        binary: whether every value of a frame is 0 or 1.
        seed: that decided everything.
        limit: steps of an episode, at most.
        policy: its name; "random", or the user's own.
    """

    environment: str
    frame_shape: tuple[int, ...]
    num_actions: int
    binary: bool
    seed: int
    limit: int
    policy: str

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Collection:
        """Of a folder. Raises `DamagedFileError` where its index is missing or is none of ours."""
        path = Path(folder) / INDEX
        entry = files.read_json(path)
        try:
            return cls(
                environment=fields.text(entry["environment"]),
                frame_shape=tuple(
                    fields.whole(n, 1) for n in fields.sequence(entry["frame_shape"])
                ),
                num_actions=fields.whole(entry["num_actions"], 1),
                binary=fields.flag(entry["binary"]),
                seed=fields.whole(entry["seed"]),
                limit=fields.whole(entry["limit"], 1),
                policy=fields.text(entry["policy"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DamagedFileError(f"{path} is no index of episodes: {error}.") from None

    def write(self, folder: Path) -> None:
        """Writes the index of a folder."""
        files.write_json(folder / INDEX, {"format": FORMAT, **dataclasses.asdict(self)})


@dataclass(frozen=True)
class Steps:
    """Steps of episodes, one after the other.

    Attributes:
        frames: that the policy saw, [T, H, W, C]: bool where they are binary, else uint8 levels.
        action: that it took, [T].
        reward: that followed, [T].
        done: whether the episode ended by it, [T]; not where it was cut off at the limit.
        episode: its number, [T].
    """

    frames: Array
    action: Array
    reward: Array
    done: Array
    episode: Array


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
    places = [one() for _ in range(EPISODES)]
    policy = policy or RandomPolicy(places[0].num_actions)
    wanted = Collection(
        places[0].name, tuple(places[0].frame_shape), places[0].num_actions,
        environments.is_binary(places[0].name), seed, limit, policy_name,
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


def read_steps(folder: str | os.PathLike[str]) -> Steps:
    """All episodes of a folder that `collect` has written.

    Raises:
        DamagedFileError: a shard is missing between others, or cannot be read.
    """
    collection, paths = Collection.read(folder), shard_paths(folder)
    shards = [_read(path, collection) for path in paths]
    if not shards:
        raise DamagedFileError(f"{folder} has no episodes yet: collect them again.")
    return Steps(
        **{name: np.concatenate([s[name] for s in shards]) for name in ("frames", *COLUMNS)}
    )


def shard_paths(folder: str | os.PathLike[str]) -> list[Path]:
    """The shards of a folder in their order. Raises `DamagedFileError` where one is missing."""
    paths = sorted(Path(folder).glob("episodes-*.npz"))
    for number, path in enumerate(paths):
        if path != _path(Path(folder), number):
            raise DamagedFileError(
                f"{_path(Path(folder), number)} is missing, {path.name} is there: collect again."
            )
    return paths


def is_collection(folder: str | os.PathLike[str]) -> bool:
    """Whether `collect` has written into a folder."""
    return (Path(folder) / INDEX).is_file()


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


def _path(folder: Path, number: int) -> Path:
    return folder / f"episodes-{number:05d}.npz"


def _shard(
    folder: Path,
    number: int,
    collection: Collection,
    places: Sequence[Environment],
    policy: Policy,
) -> int:
    """Frames of a shard, which is played unless it is there."""
    path = _path(folder, number)
    if path.exists():
        return len(_read(path, collection)["action"])
    first, shard = number * EPISODES, _Shard(EPISODES)
    chosen = seeds.episode_seeds(collection.seed, seeds.COLLECTING, first, EPISODES)
    roll_out(places, policy, chosen, limit=collection.limit, record=shard.record)
    arrays = shard.arrays(first, collection.binary)
    with files.replaced_file(path) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(file, allow_pickle=False, **arrays)
    return len(arrays["action"])


def _read(path: Path, collection: Collection) -> dict[str, Array]:
    """The arrays of a shard."""
    try:
        with open(path, "rb") as file, np.load(file, allow_pickle=False) as content:
            arrays = {name: content[name] for name in ("frames", *COLUMNS)}
        lengths = {len(array) for array in arrays.values()}
        if arrays["frames"].shape[1:] != collection.frame_shape or len(lengths) != 1:
            raise ValueError("its arrays do not fit the collection")
    except Exception as error:  # damage can show anywhere: in zip, zlib, tokenizer or array
        raise DamagedFileError(
            f"{path} holds no episodes that can be read ({error}): delete it, and collect again."
        ) from None
    return arrays
