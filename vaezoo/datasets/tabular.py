"""Public tables as data sets: columns -> a schema, with rules if they have any, in three splits."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.datasets.files import damaged
from vaezoo.protocols import Array
from vaezoo.tables.constraints import constrained
from vaezoo.tables.schema import Schema

VALIDATION = 10  # percent


def of_columns(
    name: str,
    columns: Mapping[str, Array],
    test: Array,
    *,
    licence: str,
    source: str,
    splits: str,
    rules: Path | None = None,
) -> Dataset:
    """A data set of a table. The schema is that of all rows, so that it knows every label.

    Args:
        name: of the data set.
        columns: texts as they stand in the file, [N] each.
        test: whether a row is one to test on, [N]; a tenth of the others are for validation.
        licence: of the data.
        source: where they come from.
        splits: how test rows were chosen, in one sentence.
        rules: a .toml that rows obey.
    """
    schema = Schema.infer(columns)
    if rules is not None:
        schema = constrained(schema, rules, [columns], allow=True)
    rows = schema.encode(columns).astype(np.float32)
    others = np.random.default_rng(0).permutation(np.flatnonzero(~test))
    cut = len(others) * VALIDATION // 100
    parts = {"train": others[cut:], "validation": others[:cut], "test": np.flatnonzero(test)}
    return Dataset(
        name,
        **{split: rows[parts[split]] for split in SPLITS},
        licence=licence,
        source=source,
        splits=f"{splits}; {VALIDATION} percent of the others are for validation",
        schema=schema.to_dict(),
    )


def table(
    path: Path, lines: Sequence[Sequence[str]], names: Sequence[str], digest: str
) -> dict[str, Array]:
    """Columns of texts, checked: damage and other versions have another digest.

    Raises:
        DamagedFileError: other cells than expected.
    """
    text = "\n".join("\t".join(line) for line in lines)
    found = hashlib.sha256(text.encode()).hexdigest()
    if found != digest or any(len(line) != len(names) for line in lines):
        raise damaged(path, f"other rows than expected (SHA-256 {found[:12]}…)")
    return {n: np.array(cells) for n, cells in zip(names, zip(*lines, strict=True), strict=True)}


__all__ = ["of_columns", "table"]
