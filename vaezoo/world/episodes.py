"""Episodes in a folder of shards: what is in them, and how they are read."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from vaezoo._storage import fields, files
from vaezoo.errors import DamagedFileError, DataError
from vaezoo.protocols import Array

INDEX, FORMAT = "collection.json", 1
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
            if entry["format"] != FORMAT:
                raise ValueError(f"format {entry['format']!r}, this version reads {FORMAT}")
            return cls(
                environment=fields.text(entry["environment"]),
                frame_shape=fields.sizes(entry["frame_shape"], 3),
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


def read_steps(folder: str | os.PathLike[str]) -> Steps:
    """All episodes of a folder that `collect` has written.

    Raises:
        DamagedFileError: a shard is missing between others, or cannot be read.
    """
    collection, paths = Collection.read(folder), shard_paths(folder)
    shards = [read_shard(path, collection) for path in paths]
    if not shards:
        raise DamagedFileError(f"{folder} has no episodes yet: collect them again.")
    return Steps(
        **{name: np.concatenate([s[name] for s in shards]) for name in ("frames", *COLUMNS)}
    )


def as_sequences(steps: Steps, values: Array) -> dict[str, Array]:
    """Episodes of two steps or more as models of `vaezoo.sequences` take them: padded with zeros
    to the longest, N episodes of T steps.

    Args:
        steps: of episodes, in their order.
        values: what is seen at each step, such as codes of the frames, [number of steps, ...].

    Returns:
        "z", [N, T, ...]; "action", "reward" and "done", [N, T]; "mask", [N, T], 1 for steps that
        are there.

    Raises:
        DataError: not as many values as steps, or no episode of two steps.

    Example:
        >>> import numpy as np
        >>> from vaezoo.world import Steps, as_sequences
        >>> numbers = np.arange(6)
        >>> episode = np.array([0, 0, 0, 1, 2, 2])
        >>> steps = Steps(numbers, numbers % 2, numbers * 1.0, numbers == 2, episode)
        >>> sequences = as_sequences(steps, numbers)
        >>> sequences["z"].tolist(), sequences["mask"].tolist()
        ([[0, 1, 2], [4, 5, 0]], [[1.0, 1.0, 1.0], [1.0, 1.0, 0.0]])
    """
    if len(values) != len(steps.episode):
        raise DataError(f"{len(values)} values for {len(steps.episode)} steps: give as many.")
    _, first, lengths = np.unique(steps.episode, return_index=True, return_counts=True)
    first, lengths = first[lengths > 1], lengths[lengths > 1]
    if not len(lengths):
        raise DataError("every episode has one step only: a sequence needs two or more.")
    places = np.arange(lengths.max())
    mask = places < lengths[:, None]
    rows = np.where(mask, first[:, None] + places, 0)

    def padded(array: Array) -> Array:
        there = mask.reshape(mask.shape + (1,) * (array.ndim - 1))
        return np.where(there, array[rows], np.zeros((), array.dtype))

    columns = {
        "action": steps.action,
        "reward": steps.reward,
        "done": steps.done.astype(np.float32),
    }
    parts = {name: padded(np.asarray(array)) for name, array in columns.items()}
    return {"z": padded(np.asarray(values)), **parts, "mask": mask.astype(np.float32)}


def shard_paths(folder: str | os.PathLike[str]) -> list[Path]:
    """The shards of a folder in their order. Raises `DamagedFileError` where one is missing."""
    paths = sorted(Path(folder).glob("episodes-*.npz"))
    for number, path in enumerate(paths):
        expected = shard_path(Path(folder), number)
        if path != expected:
            raise DamagedFileError(f"{expected} is missing, {path.name} is there: collect again.")
    return paths


def is_collection(folder: str | os.PathLike[str]) -> bool:
    """Whether `collect` has written into a folder."""
    return (Path(folder) / INDEX).is_file()


def shard_path(folder: Path, number: int) -> Path:
    """Where a shard of a folder is."""
    return folder / f"episodes-{number:05d}.npz"


def read_shard(path: Path, collection: Collection) -> dict[str, Array]:
    """The arrays of a shard by name. Raises `DamagedFileError`."""
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
