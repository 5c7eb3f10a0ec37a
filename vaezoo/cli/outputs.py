"""Files that commands write: checked before the work, complete or absent after it."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from vaezoo.errors import ConfigError

if TYPE_CHECKING:
    from vaezoo.protocols import Array


def check_file(out: Path | None, endings: Sequence[str] = ()) -> None:
    """Refuses a file that cannot be written, before the work.

    Raises:
        ConfigError: another ending, a folder, or a place where nothing can be written.
    """
    if out is None:
        return
    if endings and out.suffix.lower() not in endings:
        *others, last = endings
        known = f"{', '.join(others)} or {last}" if others else last
        raise ConfigError(f"{out}: expected a name that ends in {known}.")
    if out.is_dir():
        raise ConfigError(f"{out} is a folder: give the name of a file in it, such as {out / 'x'}.")
    check_folder(out.absolute().parent)


def check_folder(out: Path | None) -> None:
    """Refuses a folder that cannot be made or written to, before the work. Raises `ConfigError`."""
    if out is None:
        return
    there = next((place for place in (out, *out.absolute().parents) if place.exists()), None)
    if there is None:
        return
    if not there.is_dir():
        raise ConfigError(f"{out} cannot be written: {there} is a file, not a folder.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ConfigError(
            f"{out} cannot be written: no permission to write in {there}; choose another place."
        )


def save_arrays(
    out: Path, main: str, arrays: Mapping[str, Array], facts: Mapping[str, object]
) -> None:
    """Writes arrays, [N, ...] each: as .npy only the main one, as .npz all of them, and as .csv
    or .json a line or an entry per row, where they are one number each.

    Args:
        out: the file.
        main: name of the main array.
        arrays: by name; "name" are the rows' names.
        facts: what .json says in addition.
    """
    import numpy as np

    from vaezoo._storage import files

    suffix = out.suffix.lower()
    with files.replaced_file(out) as temporary:
        if suffix == ".npy":
            np.save(temporary, arrays[main])
        elif suffix == ".npz":
            np.savez(temporary, allow_pickle=False, **dict(arrays))
        elif suffix == ".csv":
            with open(temporary, "w", newline="", encoding="utf-8") as file:
                writer = csv.writer(file)
                writer.writerow(["row", *arrays])
                columns = (value.tolist() for value in arrays.values())
                writer.writerows(enumerate_rows(*columns))
        else:
            content = {**facts, **{key: value.tolist() for key, value in arrays.items()}}
            temporary.write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def enumerate_rows(*columns: Sequence[object]) -> list[list[object]]:
    """Rows of a table, with their numbers."""
    return [[row, *values] for row, values in enumerate(zip(*columns, strict=True))]


def saver(
    out: Path, name: str, endings: Sequence[str] = (".png", ".npy", ".npz")
) -> Callable[[Array, Sequence[str], Callable[[Array], Array]], None]:
    """Writes examples to `out`: as .npy, as .npz with the rows' names, or as the .png that a
    function draws of them.

    Args:
        out: the file.
        name: of the array in a .npz.
        endings: that it may have.

    Raises:
        ConfigError: `out` is none of these, or cannot be written.
    """
    check_file(out, endings)

    def save(x: Array, names: Sequence[str], draw: Callable[[Array], Array]) -> None:
        import numpy as np

        from vaezoo import images

        if out.suffix.lower() == ".png":
            images.save_png(out, draw(x))
        else:
            named = {"name": np.array(names, str)} if names else {}
            save_arrays(out, name, {name: x, **named}, {})

    return save
