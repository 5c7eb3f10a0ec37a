"""Where recipes are: those of the package by name or by data set, others by path."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from vaezoo.errors import ConfigError, UnknownNameError, unknown_name

FOLDER = Path(__file__).parents[1] / "recipes"


def names() -> list[str]:
    """The recipes that come with the package."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find(name_or_path: str | os.PathLike[str]) -> Path:
    """The file of a recipe, by its name, the name of its data set, or its path.

    Raises:
        UnknownNameError: no such recipe or file.
        ConfigError: not a recipe, or a data set with several, none of which is of a plain VAE.
    """
    path = Path(name_or_path)
    if path.suffix == ".toml" and path.is_file():
        return path
    for name in (f"{name_or_path}", f"{name_or_path}_vae"):
        if name in names():
            return FOLDER / f"{name}.toml"
    if path.exists():
        raise ConfigError(
            f"{path} is not a recipe, a .toml file: to train on it, give --data {path}."
        )
    if path.suffix or os.sep in str(path):
        raise UnknownNameError(f"no such file: {path}.")
    return _find_by_data(str(name_or_path))


def _find_by_data(data: str) -> Path:
    """The recipe of a data set: of those that it has, that of the plain VAE."""
    tables = {name: tomllib.loads((FOLDER / f"{name}.toml").read_text("utf-8")) for name in names()}
    of_data = {name for name, values in tables.items() if values["data"]["name"] == data}
    plain = {n for n in of_data if tables[n]["model"]["name"] == "VAE"} - {
        n for n in of_data if {"objective", "prior"} & tables[n]["model"].keys()
    }
    for found in (of_data, plain):
        if len(found) == 1:
            return FOLDER / f"{found.pop()}.toml"
    if of_data:
        raise ConfigError(f"{data} has several recipes: give {' or '.join(sorted(of_data))}.")
    known = {*tables, *(values["data"]["name"] for values in tables.values())} - {"own"}
    raise unknown_name("recipe or data set", data, known, lister="vaezoo list --recipes")
