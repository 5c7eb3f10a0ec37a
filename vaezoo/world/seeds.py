"""One seed decides everything: each stream of episodes has seeds of its own."""

from __future__ import annotations

import numpy as np

from vaezoo._checks import not_negative_integer

# What episodes are for. No two of these ever play the same episodes for the same seed.
COLLECTING, FITTING, PLAYING, PROJECTING, DREAMING = range(5)


def episode_seeds(seed: int, stream: int, first: int, num: int) -> list[int]:
    """Seeds of the episodes `first` to `first + num - 1`, each from 0 to 2^31 - 1.

    Args:
        seed: of the whole.
        stream: what the episodes are for, such as `COLLECTING`.
        first: number of the first episode.
        num: of episodes.

    Raises:
        ConfigError: `seed` is no integer of 0 or more.

    Example:
        >>> from vaezoo.world import seeds
        >>> both = seeds.episode_seeds(3, seeds.PLAYING, 0, 4)
        >>> both[2:] == seeds.episode_seeds(3, seeds.PLAYING, 2, 2)
        True
    """
    seed = not_negative_integer("seed", seed)
    return [_seed(seed, stream, number) for number in range(first, first + num)]


def generator(seed: int, stream: int, number: int = 0) -> np.random.Generator:
    """A generator of random numbers that shares none with those of other streams."""
    return np.random.default_rng([not_negative_integer("seed", seed), stream, number])


def _seed(seed: int, stream: int, number: int) -> int:
    return int(np.random.SeedSequence([seed, stream, number]).generate_state(1)[0] >> 1)
