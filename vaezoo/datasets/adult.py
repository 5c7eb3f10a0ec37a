"""Adult: who earns more than 50,000 dollars, of the census of 1994."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import damaged, fetch
from vaezoo.datasets.tabular import of_columns, table
from vaezoo.protocols import Array

LICENCE = "CC BY 4.0"
URL = "https://archive.ics.uci.edu/ml/machine-learning-databases/adult"
# SHA-256 of the cells, tabs between them, a row per line.
HASHES = {
    "adult.data": "900c5c0a23d93b59a11d7c2be3fa2d4c2876bde82a28af8ae402c66552397648",
    "adult.test": "748eaecf92c21f76b016d22542d4061f64231a3ce0b6c8e4f4fe6ab2c84d9da0",
}
NAMES = (
    "age", "workclass", "fnlwgt", "education", "education-num", "marital-status", "occupation",
    "relationship", "race", "sex", "capital-gain", "capital-loss", "hours-per-week",
    "native-country", "income",
)  # fmt: skip


def load() -> Dataset:
    """A person per row: 6 numbers, 8 categories and the income: 29,305 / 3,256 / 16,281 rows."""
    parts = [fetch("adult", file, f"{URL}/{file}", _read) for file in HASHES]
    sizes = [len(part["age"]) for part in parts]
    return of_columns(
        "adult",
        {name: np.concatenate([part[name] for part in parts]) for name in NAMES},
        np.repeat([False, True], sizes),
        licence=LICENCE,
        source="Becker & Kohavi 1996, https://doi.org/10.24432/C5XW20",
        splits="the authors' own test rows",
    )


def _read(path: Path) -> dict[str, Array]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise damaged(path, f"not a readable text ({error})") from None
    # The test file begins with a remark, and its incomes end with a full stop.
    rows = [line.rstrip(".").split(", ") for line in text.splitlines() if line.count(",") > 1]
    return table(path, rows, NAMES, HASHES[path.name])
