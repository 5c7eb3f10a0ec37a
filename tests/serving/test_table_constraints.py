"""Rules that a schema carries: from a file and data, through TOML and JSON, to rows that obey."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from vaezoo import datasets
from vaezoo.errors import ConfigError, DataError
from vaezoo.tables import Schema
from vaezoo.tables.constraints import Constraints, constrained, facts_of

RULES = """
rules = [
    "diastolic < systolic",
    "pregnant only if sex = female",
    "pregnant = 1 => age >= 16",
]
"""


def patients(num: int = 300, *, obey: bool = True) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    sex = rng.choice(np.array(["female", "male"], object), num)
    age, diastolic = rng.integers(0, 90, num).astype(float), rng.integers(50, 90, num).astype(float)
    pregnant = rng.integers(0, 2, num).astype(float)
    if obey:
        pregnant[sex == "male"] = np.nan
        pregnant[(pregnant == 1) & (age < 16)] = 0
    systolic = diastolic + rng.integers(1 if obey else -20, 60, num)
    return {
        "sex": sex,
        "age": age,
        "diastolic": diastolic,
        "systolic": systolic,
        "pregnant": pregnant,
    }


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    path = tmp_path_factory.mktemp("rules") / "rules.toml"
    path.write_text(RULES)
    return constrained(Schema.infer(patients()), path, [patients()])


def constraints(schema: Schema) -> Constraints:
    assert schema.constraints is not None
    return schema.constraints


def test_facts_are_those_of_the_schema(schema: Schema) -> None:
    facts = facts_of(schema)
    assert facts["sex"].categories == ("female", "male")
    assert facts["pregnant"].categories == ("0", "1") and facts["pregnant"].nullable
    assert facts["systolic"].step == 1


def test_rows_obey_after_files(schema: Schema) -> None:
    """The schema goes through JSON, as in a manifest; cells through a text."""
    again = Schema.of_dict(json.loads(json.dumps(schema.to_dict())))
    broken = patients(obey=False)
    assert sum(c.sum() for c in constraints(again).check(broken).values()) > 100
    repaired = constraints(again).repair(broken)
    assert not any(c.any() for c in constraints(again).check(repaired).values())
    texts = {name: np.array(cells, object) for name, cells in again.to_text(repaired).items()}
    read = again.decode(again.encode(texts))
    assert not any(c.any() for c in constraints(again).check(read).values())
    untouched = constraints(again).repair(patients())
    for name, cells in patients().items():
        np.testing.assert_array_equal(untouched[name], cells)
    assert untouched["pregnant"].dtype == np.float64


def test_rows_are_rounded_before_they_are_checked(schema: Schema) -> None:
    """79.6 < 79.9, but not as they are written."""
    table = patients(1) | {"diastolic": np.array([79.6]), "systolic": np.array([79.9])}
    repaired = constraints(schema).repair(table)
    assert (repaired["diastolic"], repaired["systolic"]) == (79, 80)
    alone = constraints(schema).repair(table | {"systolic": np.array([84.4])})
    assert (alone["diastolic"], alone["systolic"]) == (80, 84)


def test_encoded_rows_are_repaired_as_columns_are(schema: Schema) -> None:
    broken = patients(obey=False)
    broken["systolic"] = np.maximum(broken["systolic"], 57)  # the least that the schema knows
    rows = schema.encode(broken)
    found, expected = constraints(schema).repair_rows(rows), constraints(schema).repair(broken)
    np.testing.assert_array_equal(found, schema.encode(expected))
    counts = {name: int(each.sum()) for name, each in constraints(schema).check_rows(rows).items()}
    assert counts == {n: int(each.sum()) for n, each in constraints(schema).check(broken).items()}
    assert not any(each.any() for each in constraints(schema).check_rows(found).values())


def test_what_is_kept_stays(schema: Schema) -> None:
    broken = patients(obey=False)
    repaired = constraints(schema).repair(broken, keep=["diastolic", "sex"])
    np.testing.assert_array_equal(repaired["diastolic"], broken["diastolic"])
    np.testing.assert_array_equal(repaired["sex"], broken["sex"])
    assert not any(c.any() for c in constraints(schema).check(repaired).values())


def test_cells_that_were_there_stay(schema: Schema) -> None:
    """Filled gaps give way; a row whose own cells break a rule stays as it is."""
    table = {
        "sex": np.array(["male", "male", "female"], object),
        "age": np.array([40.0, 40.0, 12.0]),
        "diastolic": np.array([80.0, 80.0, 80.0]),
        "systolic": np.array([70.0, 70.0, 120.0]),
        "pregnant": np.array([1.0, np.nan, 1.0]),
    }
    seen = np.ones((3, 5), bool)
    seen[0, 3] = seen[0, 4] = False  # systolic pressure and pregnancy of the first were filled
    seen[2, 1] = False  # the age of the third
    fixed = constraints(schema).repair_gaps(table, seen)
    assert fixed["systolic"].tolist() == [81.0, 70.0, 120.0]
    assert np.isnan(fixed["pregnant"][0]) and fixed["diastolic"].tolist() == [80.0] * 3
    assert fixed["age"].tolist() == [40.0, 40.0, 16.0]


def test_data_that_break_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text(RULES)
    broken, rules = patients(obey=False), tmp_path / "rules.toml"
    with pytest.raises(DataError, match=r"break 3 of 3 rules: 'diastolic < systolic' in \d+ of"):
        constrained(Schema.infer(broken), rules, [broken])
    assert constrained(Schema.infer(broken), rules, [broken], allow=True).rules is not None


def test_wrong_rules(tmp_path: Path) -> None:
    (tmp_path / "rules.toml").write_text('rules = ["weight > 3"]')
    with pytest.raises(ConfigError, match="weight"):
        constrained(Schema.infer(patients()), tmp_path / "rules.toml", [patients()])
    known = Schema.infer(patients()).to_dict()
    for rules in ({"rules": ["weight > 3"]}, {"rules": 3}, {"plan": 5}, 7):
        with pytest.raises((ConfigError, DataError, ValueError)):
            Schema.of_dict({**known, "rules": rules})


def test_a_file_is_read_with_its_rules(tmp_path: Path, schema: Schema) -> None:
    texts = schema.to_text(patients())
    lines = [",".join(texts), *(",".join(row) for row in zip(*texts.values(), strict=True))]
    (tmp_path / "p.csv").write_text("\n".join(lines) + "\n")
    (tmp_path / "rules.toml").write_text(RULES)
    data = datasets.load(tmp_path / "p.csv", constraints=str(tmp_path / "rules.toml"))
    assert data.schema is not None and Schema.of_dict(data.schema).constraints is not None
