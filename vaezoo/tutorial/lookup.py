"""Where the chapters are: in a checkout, or in the wheel."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vaezoo.errors import DamagedFileError, unknown_name
from vaezoo.tutorial.cells import Cell, parse

_PLACES = (Path(__file__).parent / "chapters", Path(__file__).parents[2] / "docs" / "chapters")
# Modules of the half that trains, and of those below it.
_TRAINING = ("vaezoo.models", "vaezoo.samplers", "vaezoo.training", "import keras")


@dataclass(frozen=True)
class Chapter:
    """One chapter.

    Attributes:
        name: "04_the_vae".
        text: its file's.
    """

    name: str
    text: str

    @property
    def cells(self) -> list[Cell]:
        """Prose and code, in order. Raises `DamagedFileError` where the file has no cells."""
        return parse(self.text)

    @property
    def title(self) -> str:
        """The heading of its first cell: "4 · The VAE"."""
        return self.cells[0].text.splitlines()[0].removeprefix("# ")

    @property
    def trains(self) -> bool:
        """Whether it needs TensorFlow."""
        code = "\n".join(cell.text for cell in self.cells if not cell.prose)
        return any(module in code for module in _TRAINING)

    @property
    def short_name(self) -> str:
        """What a user asks for: "4", or "own_data"."""
        number = self.name.partition("_")[0]
        return str(int(number)) if number.isdecimal() else self.name


def chapters() -> dict[str, Chapter]:
    """All chapters by name, in order.

    Example:
        >>> from vaezoo import tutorial
        >>> tutorial.chapters()["06_variational_inference"].short_name
        '6'

    Raises:
        DamagedFileError: this install has none.
    """
    place = next((place for place in _PLACES if place.is_dir()), None)
    if place is None:
        raise DamagedFileError(f"{_PLACES[0]} is missing: install vaezoo again.")
    paths = sorted(place.glob("*.py"))
    return {path.stem: Chapter(path.stem, path.read_text(encoding="utf-8")) for path in paths}


def find(name: str) -> Chapter:
    """A chapter by its number or name.

    Args:
        name: "4", "04" or "04_the_vae".

    Example:
        >>> from vaezoo import tutorial
        >>> tutorial.find("6").title
        '6 · Variational inference'

    Raises:
        UnknownNameError: no such chapter.
    """
    known = chapters()
    short = {chapter.short_name: chapter for chapter in known.values()}
    if name in known:
        return known[name]
    if name.lstrip("0") in short:
        return short[name.lstrip("0")]
    raise unknown_name("chapter", name, short, lister="vaezoo tutorial")
