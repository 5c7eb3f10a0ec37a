"""Frames that `vaezoo.world.collect` has written: an episode stays in one split."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from vaezoo.datasets.own.arrays import rows_of_arrays
from vaezoo.datasets.own.rows import Reading, Rows
from vaezoo.world.episodes import COLUMNS, read_steps


def rows_of_episodes(path: Path, reading: Reading) -> Rows:
    """The frames of a folder of episodes, and what is known of each. Raises `DamagedFileError`."""
    steps = read_steps(path)
    columns = {name: getattr(steps, name) for name in COLUMNS}
    rows = rows_of_arrays(path, {"images": steps.frames, **columns}, reading)
    return dataclasses.replace(rows, split_by="episode")
