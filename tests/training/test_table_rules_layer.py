"""The map that makes rules hold is one: in NumPy, as a layer of Keras, and as ONNX."""

from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import onnxruntime
import pytest
import random_rules
import tensorflow as tf

import vaezoo
from vaezoo.errors import ConfigError
from vaezoo.export import export_model, export_rules
from vaezoo.models import TableVAE
from vaezoo.networks import ObeyRules
from vaezoo.runtime.verification import verify
from vaezoo.tables import Rules, Schema, TableModel
from vaezoo.tables.constraints import facts_of
from vaezoo.tables.kinds import Category, Column, Number, Ordinal
from vaezoo.tables.rules.parser import parse

WEIGHT = [
    Number("weight", "learned", step=0.1, low=1.0, high=200.0),
    Number("height", "learned", step=0.1, low=30.0, high=220.0),
    Number("bmi", "learned", step=0.01, low=10.0, high=80.0),
    Number("n", step=1.0, low=0.0, high=9.0),
    Category("sex", "never", ("female", "male")),
    Ordinal("size", labels=("s", "m", "l")),
]
TEXTS = [
    "bmi = weight / (height / 100) ^ 2",
    "weight = 50 => n > 3",
    "n only if sex = female",
    "size = l or height < 190",
    "weight > 20",
]


def ruled(columns: list[Column], texts: list[str]) -> Schema:
    facts = facts_of(Schema(tuple(columns)))
    rules = Rules([parse(text, text, facts) for text in texts], facts)
    return Schema(tuple(columns), rules=rules.to_json())


def random_schema(seed: int) -> Schema:
    """Of a random table with random rules."""
    case, columns = random_rules.case(seed), []
    for name, facts in case.facts.items():
        missing = "learned" if facts.nullable else "never"
        if facts.kind == "number":
            step, low, high = facts.step or 0.0, facts.lower, facts.upper
            columns.append(Number(name, missing, step=step, low=low, high=high))
        else:
            kind = Ordinal if facts.kind == "ordinal" else Category
            columns.append(kind(name, missing, labels=facts.categories))
    return ruled(columns, case.texts)


def rows_of(schema: Schema, num: int) -> np.ndarray:
    rng, places = np.random.default_rng(num), range(len(schema.learned))
    rows = (rng.random((num, schema.width)) < 0.8).astype(float)
    for place, column in zip(places, schema.learned, strict=True):
        high = len(column.labels) if isinstance(column, (Category, Ordinal)) else column.high
        low = column.low if isinstance(column, Number) else 0
        rows[:, place] = rng.uniform(low, high, num)
    return schema.nearest(rows)


def obeying(schema: Schema, rows: np.ndarray) -> np.ndarray:
    assert schema.constraints is not None
    return schema.constraints.repair_rows(rows)


def check_layer(schema: Schema, num: int) -> None:
    rows, layer = rows_of(schema, num), ObeyRules(schema.to_dict())
    expected = obeying(schema, rows)
    found = layer(rows).numpy()
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)
    assert schema.constraints is not None
    assert not any(broken.any() for broken in schema.constraints.check_rows(found).values())
    np.testing.assert_array_equal(layer(found), found)  # idempotent
    fine = (expected == rows).all(axis=1)
    np.testing.assert_array_equal(found[fine], rows[fine])


@pytest.mark.parametrize("seed", [1, 7])
def test_the_layer_is_the_map_of_numpy(seed: int) -> None:
    check_layer(random_schema(seed), 200)


@pytest.mark.slow
def test_the_layer_is_the_map_of_numpy_for_many_rule_sets() -> None:
    for seed in range(20, 40):
        check_layer(random_schema(seed), 100)


def test_formulas_in_the_layer_and_in_onnx(tmp_path: Path) -> None:
    """Also after a save; rows that move towards a known one are among these."""
    schema = ruled(WEIGHT, TEXTS)
    rows = rows_of(schema, 150)
    expected = obeying(schema, rows)
    assert 50 < (expected != rows).any(axis=1).sum() < 150
    layer = ObeyRules(schema.to_dict())
    np.testing.assert_allclose(layer(rows), expected, rtol=1e-12, atol=1e-12)
    again = ObeyRules.from_config(layer.get_config())
    np.testing.assert_array_equal(again(rows[:9]), layer(rows[:9]))
    export_rules(schema.to_dict(), tmp_path / "rules.onnx")
    session = onnxruntime.InferenceSession(tmp_path / "rules.onnx")
    for num in (1, 150):
        (found,) = session.run(["obeying"], {"rows": rows[:num]})
        np.testing.assert_allclose(found, expected[:num], rtol=1e-12, atol=1e-12)
    (found,) = session.run(["obeying"], {"rows": expected})
    np.testing.assert_allclose(found, expected, rtol=1e-15)  # a tenth is a product there


def test_the_export_of_a_table_has_its_rules(tmp_path: Path) -> None:
    """Beside its graphs, in the manifest's list of files, and what the runtime does without it."""
    columns: list[Column] = [Number("x", "never", low=-9.0, high=9.0),
                             Number("y", "never", low=-9.0, high=9.0)]  # fmt: skip
    schema = ruled(columns, ["x <= y"])
    network = {"name": "mlp", "hidden": [4]}
    model = TableVAE((schema.width,), 2, schema=schema.to_dict(), network=network, seed=0)
    manifest = export_model(model, tmp_path / "e", preset="mine", weights_sha256="0" * 64)
    assert "rules.onnx" in manifest.files and "rules" not in manifest.graphs
    session = onnxruntime.InferenceSession(tmp_path / "e" / "rules.onnx")
    (found,) = session.run(["obeying"], {"rows": np.array([[5.0, 2.0], [1.0, 2.0]])})
    assert found.tolist() == [[2.0, 2.0], [1.0, 2.0]]
    made = TableModel(vaezoo.load(tmp_path / "e")).generate(50, seed=0)
    assert (made["x"] <= made["y"]).all()
    assert set(verify(tmp_path / "e")) == set(manifest.graphs)


def test_derivatives_are_those_of_the_ends() -> None:
    """x <= y: where x is above, it becomes y, and has its derivative; rounding has none to see."""
    columns: list[Column] = [Number("x", "never", step=0.5, low=-9.0, high=9.0),
                             Number("y", "never", low=-9.0, high=9.0)]  # fmt: skip
    layer = ObeyRules(ruled(columns, ["x <= y"]).to_dict())
    rows = tf.constant([[1.0, 2.0], [5.0, 2.0]], tf.float64)
    with tf.GradientTape(persistent=True) as tape:
        tape.watch(rows)
        obeyed = layer(rows)
        parts = tf.unstack(obeyed, axis=1)
    np.testing.assert_array_equal(obeyed, [[1.0, 2.0], [2.0, 2.0]])
    np.testing.assert_allclose(tape.gradient(parts[0], rows), [[1, 0], [0, 1]])
    np.testing.assert_allclose(tape.gradient(parts[1], rows), [[0, 1], [0, 1]])


def test_a_model_with_the_layer_is_saved(tmp_path: Path) -> None:
    schema = ruled([Number("x", "never", low=-9.0, high=9.0)], ["x <= 3"])
    inputs = keras.Input((1,), dtype="float64")
    model = keras.Model(inputs, ObeyRules(schema.to_dict())(inputs))
    model.save(tmp_path / "m.keras")
    loaded = keras.saving.load_model(tmp_path / "m.keras")
    assert loaded(np.array([[7.0], [-1.0]])).numpy().ravel().tolist() == [3.0, -1.0]


def test_a_schema_without_rules_is_refused(tmp_path: Path) -> None:
    plain = Schema.of_numbers(2).to_dict()
    with pytest.raises(ConfigError, match="has no rules"):
        ObeyRules(plain)
    with pytest.raises(ConfigError, match="has no rules"):
        export_rules(plain, tmp_path / "rules.onnx")
    assert not list(tmp_path.iterdir())
