"""Adult and NHANES by name: the rows of their files, in splits of persons, and damage."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np
import pytest

import vaezoo
from vaezoo import datasets
from vaezoo.datasets import adult, nhanes
from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.datasets.files import local_folder
from vaezoo.errors import ConfigError, DamagedFileError, DownloadError
from vaezoo.report.pictures import draws, schema_of
from vaezoo.tables import Schema, TableModel
from vaezoo.tables.constraints import Constraints

FOLDER = local_folder()


def here(name: str) -> pytest.MarkDecorator:
    found = FOLDER is not None and (FOLDER / name).is_dir()
    return pytest.mark.skipif(not found, reason=f"VAEZOO_DATA has no {name}")


def columns_of(data: Dataset) -> dict[str, dict[str, np.ndarray]]:
    """Of each split, in the units of the table."""
    schema = Schema.of_dict(data.schema or {})
    return {split: schema.decode(np.asarray(getattr(data, split), np.float64)) for split in SPLITS}


@here("adult")
def test_adult_has_the_rows_of_its_files() -> None:
    assert FOLDER is not None
    data = datasets.load("adult")
    assert [len(getattr(data, split)) for split in SPLITS] == [29_305, 3_256, 16_281]
    split = columns_of(data)
    lines = (FOLDER / "adult" / "adult.test").read_text().splitlines()
    first = [line.rstrip(".").split(", ") for line in lines if line.count(",") > 1]
    for place, name in enumerate(adult.NAMES):
        cells = [row[place] for row in first]
        found = ["?" if cell is None else str(cell) for cell in split["test"][name].tolist()]
        assert [cell.removesuffix(".0") for cell in found] == cells, name
    rich = [np.mean(columns["income"] == ">50K") for columns in split.values()]
    assert np.ptp(rich) < 0.02 and abs(np.mean(rich) - 0.24) < 0.01


@here("nhanes")
def test_nhanes_has_its_rules_and_gaps() -> None:
    assert FOLDER is not None
    data = datasets.load("nhanes")
    assert [len(getattr(data, split)) for split in SPLITS] == [16_438, 1_826, 2_029]
    assert data.data_shape == (Schema.of_dict(data.schema or {}).width,)
    split = columns_of(data)
    assert not set(nhanes.LEFT_OUT) & set(split["train"])
    rules = Constraints(Schema.of_dict(data.schema or {}))
    broken = [sum(int(b.sum()) for b in rules.check(c).values()) for c in split.values()]
    assert sum(broken) == 1  # as many babies as pregnancies, and one more
    with gzip.open(FOLDER / nhanes.FILE, "rt", newline="") as file:
        weights = [float(row["Weight"] or "nan") for row in csv.DictReader(file)]
    found = np.concatenate([columns["Weight"] for columns in split.values()])
    np.testing.assert_allclose(np.sort(found), np.sort(weights), rtol=1e-6)


def test_tables_are_not_binarised() -> None:
    rows = np.array([[0.0, 2.0], [1.0, 3.0], [0.5, 1.0]], np.float32)
    data = Dataset("t", rows, rows, rows, licence="", source="", splits="")
    assert data.schema is None
    with pytest.raises(ConfigError):
        datasets.loading.binarised(data, "static")


@pytest.mark.parametrize("name", ["adult", "nhanes"])
@pytest.mark.parametrize("content", ["other rows", "no text", "cut"])
def test_damaged_files_are_refused(
    name: str, content: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAEZOO_DATA", str(tmp_path))
    (tmp_path / name).mkdir()
    text = ", ".join(["39"] * len(adult.NAMES)) if name == "adult" else "ID,Age\n1,34"
    plain = b"\xff\xfe\x00" if content == "no text" else text.encode()
    packed = plain if name == "adult" or content == "no text" else gzip.compress(plain)
    packed = packed[:-5] if content == "cut" else packed
    files = adult.HASHES if name == "adult" else [Path(nhanes.FILE).name]
    for file in files:
        (tmp_path / name / file).write_bytes(packed)
    with pytest.raises(DamagedFileError, match=r"other rows|not a readable"):
        datasets.load(name)


def test_nhanes_says_where_it_comes_from(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAEZOO_DATA", str(tmp_path))
    with pytest.raises(DownloadError, match=r"write\.csv\(NHANES::NHANESraw.*nhanes/NHANESraw"):
        datasets.load("nhanes")


@pytest.mark.parametrize("name", ["adult_table", "nhanes_table"])
def test_pictures_of_presets_show_rows_that_there_can_be(name: str) -> None:
    model = vaezoo.load(Path(__file__).parents[2] / "export" / name)
    schema, rows = schema_of(model), draws(model, 200, None)
    assert schema is not None
    np.testing.assert_allclose(schema.nearest(rows), rows)
    table = TableModel(model).generate(500, seed=0)
    again = schema.decode(schema.encode(table))
    for column, cells in table.items():
        assert again[column].tolist() == pytest.approx(cells.tolist(), nan_ok=True), column
    if schema.rules:
        broken = Constraints(schema).check(table)
        assert len(broken) == 16 and not any(found.any() for found in broken.values())
