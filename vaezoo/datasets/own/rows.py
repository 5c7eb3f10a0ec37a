"""What is found at a path, before it is split: examples, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias, TypedDict

import numpy as np

from vaezoo.datasets.base import SPLITS, Joined, Source, Subset
from vaezoo.protocols import Array

Size: TypeAlias = int | Sequence[int]

ALIASES = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val"),
    "test": ("test", "testing"),
}
OF_ALIAS = {alias: split for split, aliases in ALIASES.items() for alias in aliases}


@dataclass(frozen=True)
class Reading:
    """How the user's own data are read: see `vaezoo.datasets.load`."""

    image_size: Size | None = None
    image_mode: str | None = None
    resize: str = "crop"
    background: str = "white"
    counts: bool = False
    labels: str | None = None
    attributes: Sequence[str] = ()
    split_by: str | None = None
    skip_bad: bool = False
    schema: str | None = None
    rare: int = 0
    leave_out: Sequence[str] = ()
    constraints: str | None = None
    allow_violations: bool = False


class ReadingArguments(TypedDict, total=False):
    """The same, as keywords."""

    image_size: Size | None
    image_mode: str | None
    resize: str
    background: str
    counts: bool
    labels: str | None
    attributes: Sequence[str]
    split_by: str | None
    skip_bad: bool
    schema: str | None
    rare: int
    leave_out: Sequence[str]
    constraints: str | None
    allow_violations: bool


@dataclass(frozen=True)
class Rows:
    """Examples in their order, and what is known of each.

    Attributes:
        source: the examples.
        names: of the examples, such as files; empty where they have none.
        columns: by name, what else is known of each example: [N] numbers or strings.
        label_column: the column that holds the labels, unless the user names another.
        split: of each example, "train", "validation" or "test", where it is given.
        given_by: who gives the split, for people.
        notes: what was found that the user may not expect, a sentence each.
        schema: of a table, as `vaezoo.tables.Schema.to_dict` gives it.
        split_by: the column whose values stay in one split, unless the user names another.
    """

    source: Source
    names: Sequence[str] = ()
    columns: Mapping[str, Array] = field(default_factory=dict)
    label_column: str | None = None
    split: Array | None = None
    given_by: str = ""
    notes: Sequence[str] = ()
    schema: Mapping[str, Any] | None = None
    split_by: str | None = None

    def only(self, kept: Array) -> Rows:
        """Some of the examples, by row number."""
        return Rows(
            taken(self.source, kept),
            [self.names[row] for row in kept] if self.names else (),
            {name: column[kept] for name, column in self.columns.items()},
            self.label_column,
            None if self.split is None else self.split[kept],
            self.given_by,
            self.notes,
            self.schema,
            self.split_by,
        )


@dataclass(frozen=True)
class NamesOf(Sequence[str]):
    """Names of some rows: their own, or "row 7"."""

    names: Sequence[str]
    rows: Array

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, place: Any) -> Any:
        row = int(self.rows[place])
        return self.names[row] if self.names else f"row {row}"


def joined(parts: Mapping[str, Source]) -> tuple[Source, Array, list[str]]:
    """Sources by split as one: examples, the split of each, and names such as "train[0]"."""
    split = np.concatenate([np.full(len(part), name) for name, part in parts.items()])
    names = [f"{name}[{row}]" for name, part in parts.items() for row in range(len(part))]
    return Joined(tuple(parts.values())), split, names


def taken(source: Source, rows: Array) -> Source:
    """Some rows of a source: in memory where it is, else read when needed."""
    if isinstance(source, Joined):
        first = 0
        for part in source.sources:
            if len(rows) and rows.min() >= first and rows.max() < first + len(part):
                return taken(part, rows - first)
            first += len(part)
    if len(rows) == len(source) and (rows == np.arange(len(rows))).all():
        return source
    return source[rows] if isinstance(source, np.ndarray) else Subset(source, rows)


def as_split(values: Array) -> Array | None:
    """Names of splits as they are written here; None where one of the values is none."""
    found = [OF_ALIAS.get(str(value).strip().lower()) for value in values.tolist()]
    return None if None in found or not found else np.array(found, f"<U{max(map(len, SPLITS))}")
