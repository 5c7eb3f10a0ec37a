"""The page about a model of tables: marginals, pairs, rules, and figures beside baselines."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

import vaezoo
from vaezoo.datasets import Dataset
from vaezoo.report import plots, write_report
from vaezoo.report.table_figures import SOURCES, table_figures
from vaezoo.report.table_sections import table_sections
from vaezoo.runtime.model import Model
from vaezoo.tables import Rules, Schema, TableModel
from vaezoo.tables.constraints import facts_of

RULES = ["`capital-gain` = 0 or `capital-loss` = 0", "age >= 20"]


@pytest.fixture(scope="module")
def model() -> Model:
    """Of Adult, with two rules, one of which many rows break."""
    folder = Path(__file__).parents[2] / "export" / "adult_table"
    plain = vaezoo.load(folder).manifest
    schema = Schema.of_dict(plain.schema or {})
    rules = Rules.from_texts(RULES, facts_of(schema)).to_json()
    known = dataclasses.replace(plain, schema={**schema.to_dict(), "rules": rules})
    return Model(folder, known)


@pytest.fixture(scope="module")
def data(model: Model) -> Dataset:
    """Rows that the model draws, without the rules."""
    table = TableModel(model)
    table.schema = dataclasses.replace(table.schema, rules=None)
    rows = table.schema.encode(table.generate(500, seed=5)).astype(np.float32)
    parts = (rows[:200], rows[200:220], rows[220:])
    return Dataset("t", *parts, licence="", source="", splits="", schema=model.manifest.schema)


def test_figures_and_page(model: Model, data: Dataset, tmp_path: Path) -> None:
    metrics = {"num_examples": 280, "active_units": 1, "latent_dim": 16, "kl_per_dimension": [1.0]}
    path = write_report(tmp_path, model, data, metrics)
    figures = json.loads((tmp_path / "metrics.json").read_text())["table"]
    assert {*figures["rows"]} == {*SOURCES} and figures["num"] == 140
    real, made = figures["rows"]["real"], figures["rows"]["model"]
    assert real["shapes"] == pytest.approx(made["shapes"], abs=0.03)  # all are the model's
    assert made["pairs"] > figures["rows"]["independent"]["pairs"] - 0.1
    assert figures["rows"]["interpolated"]["closest"] > 0.8 > made["closest"]
    young = figures["rules"]["age >= 20"]
    assert young["generated"] == 0 and young["drawn"] == pytest.approx(young["data"], abs=0.06)
    assert young["drawn"] > 0.02 and len(figures["pairs"]["model"]) == 15
    page = path.read_text()
    for text in ("Each column", "native-country", "… 29 more", "Each pair", "age &gt;= 20"):
        assert text in page, text
    assert page.count("<polyline") == 6 and "http://" not in page.replace("http://www.w3.org", "")


def test_few_rows_have_marginals_alone(model: Model, data: Dataset) -> None:
    few = dataclasses.replace(data, train=data.train[:5], test=data.test[:9])
    assert table_figures(model, few) == {}
    (section,) = table_sections(model, few, {})
    assert "Each column" in section
    alone = dataclasses.replace(data, train=data.train[:0])
    assert table_figures(model, alone)["num"] == 93  # of rows of data without a training split


def test_charts_of_odd_columns() -> None:
    text = str
    nothing = plots.two_histograms(np.zeros(0), np.zeros(0), lambda x: [*map(text, x)])
    assert "no cells" in nothing
    one = plots.two_histograms(np.full(9, 3.0), np.zeros(0), lambda x: ["<3>", "4"])
    assert "&lt;3&gt;" in one and "nan" not in one
    bars = plots.label_bars(["a" * 30, "<b>"], np.array([0.5, 0.5]), np.zeros(2))
    assert "&lt;b&gt;" in bars and "…" in bars
