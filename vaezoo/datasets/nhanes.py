"""NHANES: the American survey of health and nutrition, 2009 to 2012."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np

from vaezoo._storage.files import cache_folder
from vaezoo.datasets.base import Dataset
from vaezoo.datasets.files import damaged, local_folder
from vaezoo.datasets.tabular import of_columns, table
from vaezoo.errors import DownloadError
from vaezoo.protocols import Array

LICENCE = "public domain"
FILE = "nhanes/NHANESraw.csv.gz"
# SHA-256 of the cells, tabs between them, a row per line.
HASH = "4337684be4e3a6805623708a2f5684eb80c5aae97b49e6ca3ce65528948a086c"
# The person's number, and weights that make the sample the nation's.
LEFT_OUT = ("ID", "WTINT2YR", "WTMEC2YR", "SDMVPSU", "SDMVSTRA")


def load() -> Dataset:
    """A person per row, 74 columns with gaps, and rules: 16,438 / 1,826 / 2,029 rows."""
    columns = _read(_path())
    num = len(columns["ID"])
    return of_columns(
        "nhanes",
        {name: cells for name, cells in columns.items() if name not in LEFT_OUT},
        np.random.default_rng(0).permutation(num) < num // 10,
        licence=LICENCE,
        source="CDC's NHANES 2009-12, as NHANESraw of Pruim's R package NHANES 2.1.0",
        splits="10 percent of one fixed permutation to test on",
        rules=Path(__file__).with_suffix(".toml"),
    )


def _path() -> Path:
    for folder in (local_folder(), cache_folder() / "datasets"):
        if folder and (folder / FILE).is_file():
            return folder / FILE
    raise DownloadError(
        f"nhanes has no address as a table. In R, install.packages('NHANES'), then "
        f"write.csv(NHANES::NHANESraw, gzfile('NHANESraw.csv.gz'), row.names=FALSE, na='', "
        f"quote=FALSE); set VAEZOO_DATA to a folder that holds it as {FILE}."
    )


def _read(path: Path) -> dict[str, Array]:
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
            header, *rows = csv.reader(file)
    except (OSError, EOFError, ValueError, csv.Error) as error:
        raise damaged(path, f"not a readable .csv.gz ({error})") from None
    return table(path, rows, header, HASH)
