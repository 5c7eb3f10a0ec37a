"""The presets: where they are found by name."""

from __future__ import annotations

import os
from pathlib import Path

from vaezoo import manifest
from vaezoo.errors import DamagedFileError, unknown_name

_PACKAGE = Path(__file__).parents[1]
_CHECKOUT = _PACKAGE.parent
_SHIPPED = Path(__file__).parent / "shipped"  # what the wheel carries


def find_preset(name_or_path: str | os.PathLike[str]) -> Path:
    """The folder with a preset's config and weights, by path or by name.

    Raises:
        UnknownNameError: no such preset.
        DamagedFileError: a folder that holds no preset.
    """
    return _find(name_or_path, "config.json", [_CHECKOUT / "saved_models"])


def find_export(name_or_path: str | os.PathLike[str]) -> Path:
    """The folder with a preset's exported graphs, by path or by name.

    A run's or a preset's folder stands for the `export` folder inside it. Raises as
    `find_preset`.
    """
    inside = Path(name_or_path) / "export"
    try:
        return _find(name_or_path, manifest.FILE, [_CHECKOUT / "export", _SHIPPED])
    except DamagedFileError:
        if (inside / manifest.FILE).is_file():
            return inside
        raise


def names() -> list[str]:
    """Exports that are here, by name."""
    return _names(manifest.FILE, [_CHECKOUT / "export", _SHIPPED])


def _names(file: str, places: list[Path]) -> list[str]:
    found = (
        path.parent.name for place in places if _ours(place) for path in place.glob(f"*/{file}")
    )
    return sorted(set(found))


def _find(name_or_path: str | os.PathLike[str], file: str, places: list[Path]) -> Path:
    """A name of the zoo comes before a folder of the same name: ./name is the folder."""
    path, name = Path(name_or_path), str(name_or_path)
    known = _names(file, places)
    if name in known:
        return next(place / name for place in places if (place / name / file).is_file())
    if path.is_dir():
        if (path / file).is_file():
            return path
        raise DamagedFileError(
            f"{path} holds no {file}: give a preset's name, or the folder of a finished run "
            "or export."
        )
    raise unknown_name("preset", name, known)


def _ours(place: Path) -> bool:
    """A folder of the wheel, or of a checkout: next to site-packages any name may stand."""
    in_checkout = (_CHECKOUT / "pyproject.toml").is_file()
    return place.is_dir() and (in_checkout or place == _SHIPPED)
