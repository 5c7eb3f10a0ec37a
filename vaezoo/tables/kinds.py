"""What a column of a table can be, by the name of its kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from vaezoo._storage import fields
from vaezoo.protocols import Array
from vaezoo.tables.columns import WHY_MISSING, Column, Learned
from vaezoo.tables.labels import MOST_LABELS, Category, Ordinal, YesNo
from vaezoo.tables.numbers import MOST_SPECIAL, Count, Date, Number


@dataclass(frozen=True)
class Identifier(Column):
    """A key that is never learned, and made anew: prefix and number, from `start` on.

    Attributes:
        prefix: of text; "" for whole numbers.
        start: the first number.
    """

    prefix: str = ""
    start: int = 1

    kind: ClassVar[str] = "identifier"
    is_learned: ClassVar[bool] = False

    def make(self, num: int, first: int = 0) -> Array:
        """New ones, of rows from `first` on."""
        numbers = np.arange(self.start + first, self.start + first + num)
        if not self.prefix:
            return numbers
        return np.array([f"{self.prefix}{number}" for number in numbers.tolist()], object)


@dataclass(frozen=True)
class Constant(Column):
    """The same cell in every row.

    Attributes:
        value: as text; "" where all are missing.
        numeric: whether it is a number.
    """

    value: str = ""
    numeric: bool = False

    kind: ClassVar[str] = "constant"
    is_learned: ClassVar[bool] = False

    def make(self, num: int, first: int = 0) -> Array:
        """The cell, `num` times."""
        if self.numeric:
            return np.full(num, float(self.value))
        cells = np.empty(num, object)
        cells[:] = self.value or None
        return cells


KINDS: Mapping[str, type[Column]] = {
    kind.kind: kind
    for kind in (Number, Count, Ordinal, Category, YesNo, Date, Identifier, Constant)
}


def column_of(values: object) -> Column:
    """A column from a table of TOML or of a manifest.

    Raises:
        ValueError: no column, or an unknown kind or key.
        ConfigError: values that do not fit together.
    """
    given = dict(fields.mapping(values))
    kind = KINDS[fields.choice(given.pop("kind", None), KINDS)]
    known = {item.name: str(item.type) for item in dataclasses.fields(kind)}
    for key, value in given.items():
        if key not in known:
            raise ValueError(
                f"{key!r} is no key of a column of kind {kind.kind}: {', '.join(known)}"
            )
        given[key] = _value(key, known[key], value)
    try:
        return kind(**given)
    except TypeError:
        raise ValueError("a column has no name") from None


def _value(key: str, annotation: str, value: object) -> Any:
    if key == "missing":
        return fields.choice(value, WHY_MISSING)
    if key == "unit":
        return fields.choice(value, ("D", "s"))
    if annotation.startswith("tuple[str"):
        return tuple(_label(item) for item in fields.sequence(value, MOST_LABELS))
    if annotation.startswith("tuple[float"):
        return tuple(float(fields.number(item)) for item in fields.sequence(value, MOST_SPECIAL))
    if annotation.startswith("str") and key != "name":
        return _label(value)
    check: dict[str, Callable[[object], Any]] = {
        "bool": fields.flag,
        "int": fields.whole,
        "float": fields.number,
    }
    check |= {"float | None": fields.number}
    return check.get(annotation, fields.text)(value)


def _label(value: object) -> str:
    """Cells may have several lines."""
    if isinstance(value, str) and len(value) <= fields.LONGEST:
        return value
    raise ValueError(f"{value!r} is no text of up to {fields.LONGEST:,} characters")


__all__ = [
    "KINDS", "MOST_LABELS", "MOST_SPECIAL", "Category", "Column", "Constant", "Count", "Date",
    "Identifier", "Learned", "Number", "Ordinal", "YesNo", "column_of",
]  # fmt: skip
