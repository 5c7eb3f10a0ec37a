"""Rules of tables from files and manifests, those of NHANES, and random ones."""

from __future__ import annotations

import csv
import gzip
import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import random_rules

from vaezoo.datasets import nhanes
from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.protocols import Array
from vaezoo.tables.rules import Column, Rules
from vaezoo.tables.rules.parser import parse

NAN = float("nan")
FACTS = {
    "age": Column(lower=0, upper=100, step=1),
    "since": Column(lower=0, upper=100, step=1),
    "city": Column("category", categories=("Lyon", "Paris", "Rome")),
    "country": Column("category", categories=("France", "Italy")),
}


def table(**columns: list[object]) -> dict[str, Array]:
    """Columns, of objects where they have text."""
    return {
        n: np.array(c, object if n in ("city", "country") else float) for n, c in columns.items()
    }


# files ------------------------------------------------------------------------------------------
TOML = """
[rules]
older = "since <= age"
[[combinations]]
columns = ["city", "country"]
rows = [["Paris", "France"], ["Rome", "Italy"]]
"""


def test_rules_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(TOML, encoding="utf-8")
    for source in (TOML, file, str(file)):
        read = Rules.from_toml(source, FACTS)
        assert [rule.name for rule in read.rules] == ["older", "(city, country)"]
    data = table(city=["Lyon", None], country=["France", "Italy"])
    text = '[[combinations]]\ncolumns = ["city", "country"]\n'
    again = Rules.from_toml(text, FACTS, data)
    assert again.check(table(city=["Lyon", "Rome"], country=["France", "Italy"])) == {
        "(city, country)": pytest.approx([False, True])
    }
    with pytest.raises(ConfigError, match="no data to take them from"):
        Rules.from_toml(text, FACTS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("rules = 3\n", "cannot be read"),
        ("rules = [3]\n", "expected a text such as"),
        ('rules = ["age < 3", "age < 3"]\n', "the same name"),
        ("rule = []\n", "did you mean 'rules'"),
        ("rules = [\n", "no TOML"),
        ("nosuch.toml", "cannot be read"),
        ('[[combinations]]\ncolumns = ["city"]\nrows = [["Bonn"]]\n', "unknown category of 'city'"),
        ('[[combinations]]\ncolumns = ["city"]\nrows = [["Rome", "x"]]\n', "one category of each"),
        ('[[combinations]]\ncolumns = ["age"]\nrows = []\n', "combinations are of categories"),
    ],
)
def test_wrong_files(text: str, message: str) -> None:
    with pytest.raises((ConfigError, UnknownNameError), match=message):
        Rules.from_toml(text, FACTS)


def test_a_plan_goes_through_json() -> None:
    before = Rules.from_toml(TOML, FACTS)
    written = json.loads(json.dumps(before.to_json()))
    after = Rules.from_json(written)
    assert after.plan == before.plan or after.to_json() == before.to_json()
    columns = table(age=[1.0, 9], since=[5.0, 5], city=["Rome"] * 2, country=["France", "Italy"])
    for name, cells in before.repair(columns).items():
        np.testing.assert_equal(after.repair(columns)[name], cells)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("stages", 0, "variable"), 99),
        (("stages", 0, "variable"), "x"),
        (("stages", 0), 3),
        (("witness",), [1.0]),
        (("witness", 0), "1"),
        (("stages",), []),
    ],
)
def test_a_damaged_plan_is_refused(place: tuple[str | int, ...], value: object) -> None:
    written = json.loads(json.dumps(Rules.from_toml(TOML, FACTS).to_json()))
    inner = written["plan"]
    for step in place[:-1]:
        inner = inner[step]
    inner[place[-1]] = value
    with pytest.raises(DataError, match="plan of the rules cannot be read"):
        Rules.from_json(written)


# the rules of NHANES ----------------------------------------------------------------------------
EXAMPLE = Path(nhanes.__file__).with_suffix(".toml")
# Rows that each applies to, as counted by hand; only one row breaks a rule.
APPLIES = {
    "bmi": 18_014, "pressure": 14_867, "cholesterol": 14_834, "diabetes_age": 1437,
    "diabetes": 1437, "smoke_age": 5049, "smoke_now": 5233, "pregnancies": 4202, "pregnant": 2613,
    "babies": 3939, "first_baby": 3158, "sex_age": 8136, "partners": 7001, "alcohol": 8831,
    "infants": 474,
}  # fmt: skip


def nhanes() -> dict[str, Array]:
    path = Path(os.environ.get("VAEZOO_DATA", "nosuch")) / "nhanes" / "NHANESraw.csv.gz"
    if not path.is_file():
        pytest.skip("VAEZOO_DATA has no NHANES")
    with gzip.open(path, "rt", encoding="utf-8") as file:
        header, *rows = csv.reader(file)
    table = dict(zip(header, zip(*rows, strict=True), strict=True))
    named = re.findall(r"\w+", EXAMPLE.read_text(encoding="utf-8"))
    return {name: cells_of(table[name]) for name in header if name in named}


def cells_of(cells: tuple[str, ...]) -> Array:
    try:
        return np.array([float(cell) if cell else NAN for cell in cells])
    except ValueError:
        return np.array([cell or None for cell in cells], object)


def test_the_rules_of_nhanes(rng: np.random.Generator) -> None:
    data = nhanes()
    obeyed = Rules.from_toml(EXAMPLE, {name: Column.of(cells) for name, cells in data.items()})
    counts = {count.rule: count for count in obeyed.counts(data)}
    assert {name: counts[name].applies for name in APPLIES} == APPLIES
    assert [count.rule for count in counts.values() if count.violations] == ["babies"]
    fixed = obeyed.repaired(data)
    assert (fixed.num_changed, fixed.num_moved) == (1, 0)
    num = 20_000  # rows of columns that are drawn alone, most of which break a rule
    alone = {name: cells[rng.integers(len(cells), size=num)] for name, cells in data.items()}
    fixed = obeyed.repaired(alone)
    assert fixed.num_changed > num / 2
    # a weight and a height of two persons can have a BMI that nobody has
    assert fixed.num_moved < num / 4
    assert np.nanmin(fixed.columns["BMI"]) >= np.nanmin(data["BMI"])
    assert np.nanmax(fixed.columns["BMI"]) <= np.nanmax(data["BMI"])
    assert not any(found.any() for found in obeyed.check(fixed.columns).values())


def test_an_equation_that_steps_cannot_meet_holds_to_half_a_step() -> None:
    obeyed = Rules.from_texts(["since = age / 3"], FACTS)
    columns = table(age=[20, 20, 20, 21], since=[50, 6, 7, 7])
    assert obeyed.check(columns)["since = age / 3"].tolist() == [True, True, False, False]
    fixed = obeyed.repaired(columns)
    assert fixed.columns["since"].tolist() == [7, 7, 7, 7] and fixed.num_moved == 0
    assert fixed.columns["age"].tolist() == [20, 20, 20, 21]


# rules that no order of decisions meets ---------------------------------------------------------
@pytest.mark.parametrize(
    "texts",
    [
        ["3 * age - 5 * since = 1"],  # whole numbers
        ["bmi = weight / (height / 100) ^ 2", "18 <= bmi <= 40"],  # a formula within bounds
    ],
)
def test_rows_are_moved_to_a_known_one(texts: list[str], rng: np.random.Generator) -> None:
    sizes = {"weight": Column(lower=1, upper=300, step=0.1, nullable=False),
             "height": Column(lower=30, upper=250, step=0.1, nullable=False),
             "bmi": Column(step=0.01, nullable=False)}  # fmt: skip
    obeyed = Rules.from_texts(texts, {**FACTS, **sizes})
    columns = {name: rng.uniform(30, 100, 500) for name in ("age", "since", *sizes)}
    fixed = obeyed.repaired(columns)
    assert 0 < fixed.num_moved < fixed.num_changed
    assert not any(found.any() for found in obeyed.check(fixed.columns).values())
    distinct = np.unique(np.stack([fixed.columns[name] for name in columns]), axis=1).shape[1]
    assert distinct > 50  # few become the known row itself


# random rules -----------------------------------------------------------------------------------
def holds_for(seed: int) -> int:
    """Checks all that is promised on one random set; rows that were moved to a known one."""
    case = random_rules.case(seed)
    obeyed = Rules([parse(text, text, case.facts) for text in case.texts], case.facts)
    columns = random_rules.table(case, 40, seed)
    assert not any(found[0] for found in obeyed.check(columns).values()), case
    fixed = obeyed.repaired(columns)
    read = random_rules.through_csv(fixed.columns, case.facts)
    assert not any(found.any() for found in obeyed.check(read).values()), case
    assert obeyed.repaired(fixed.columns).num_changed == 0, case
    assert all(fixed.columns[name][0] == columns[name][0] for name in columns), case
    return fixed.num_moved


def test_300_random_sets_hold_after_a_csv_and_twice_is_once() -> None:
    for seed in range(300):
        holds_for(seed)


@pytest.mark.parametrize(
    "num",
    [
        pytest.param(2_000, marks=pytest.mark.slow),
        pytest.param(10_000, marks=pytest.mark.exhaustive),
    ],
)
def test_more_random_sets_hold_after_a_csv_and_twice_is_once(num: int) -> None:
    for seed in range(300, 300 + num):
        holds_for(seed)


def test_no_random_set_is_called_a_clash_where_a_row_is_known() -> None:
    for seed in range(25):
        case = random_rules.case(seed)
        read = Rules([parse(text, text, case.facts) for text in case.texts], case.facts)
        row = random_rules.table(case, 1, seed)
        said = {count.rule for count in read.counts(row) if count.applies}
        assert not [clash for clash in read.conflicts() if clash.rule in said]
