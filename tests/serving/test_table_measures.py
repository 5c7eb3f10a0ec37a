"""Measures of synthetic tables against SDMetrics, closed forms, expectations and brute force."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.metrics import tables
from vaezoo.metrics.tables.cells import columns_of
from vaezoo.metrics.tables.features import MixedFeatures
from vaezoo.protocols import Array

# Two tables, and what SDMetrics 0.32's quality report says of them (the version is in the file).
REFERENCE = Path(__file__).with_name("sdmetrics_reference.json")
NAN = float("nan")


def reference() -> tuple[dict[str, Array], dict[str, Array], dict[str, object]]:
    values = json.loads(REFERENCE.read_text(encoding="utf-8"))
    real, synthetic = (
        {n: column(n, c) for n, c in values[k].items()} for k in ("real", "synthetic")
    )
    return real, synthetic, values


def column(name: str, cells: list[object]) -> Array:
    if name == "t":
        return np.array(cells, "datetime64[D]")
    return np.array(cells, object) if name in "cd" else np.array(cells, float)


def mixed(rng: np.random.Generator, num: int, gap: float = 0.1) -> dict[str, Array]:
    x = np.round(rng.normal(size=num), 2)
    kind = np.where(x + rng.normal(size=num) > 0, "a", "b").astype(object)
    kind[rng.random(num) < gap] = None
    y = np.where(rng.random(num) < gap, np.nan, np.rint(5 * x + rng.normal(size=num)))
    return {"x": x, "y": y, "kind": kind}


def test_shapes_equal_those_of_sdmetrics() -> None:
    real, synthetic, values = reference()
    found = tables.column_shapes(real, synthetic)
    assert list(found) == list(real)
    assert found == pytest.approx(values["shapes"], abs=2e-8)  # which adds 1e-6 / N to new values


def test_pairs_equal_those_of_sdmetrics() -> None:
    real, synthetic, values = reference()
    found = tables.pair_trends(real, synthetic)
    expected = {(a, b): NAN if score is None else score for a, b, score in values["pairs"]}
    assert found == pytest.approx(expected, abs=1e-12, nan_ok=True)
    assert sum(map(math.isnan, expected.values())) == 4  # those of a constant
    assert tables.mean_score(found.values()) == pytest.approx(np.nanmean(list(expected.values())))


def test_shapes_of_gaps_and_equal_tables(rng: np.random.Generator) -> None:
    table = mixed(rng, 50)
    assert set(tables.column_shapes(table, table).values()) == {1.0}
    assert set(tables.pair_trends(table, table).values()) == {1.0}
    empty = {"x": [NAN, NAN], "c": [None, None]}
    found = tables.column_shapes({"x": [1.0, 2.0], "c": ["a", None]}, empty)
    assert all(map(math.isnan, found.values())) and math.isnan(tables.mean_score(found.values()))


def test_distances_of_mixed_rows() -> None:
    table = {"x": [0.0, 2.0, NAN], "c": ["a", "b", "b"]}
    columns = columns_of(table, "table")
    points = MixedFeatures.fitted(columns)(columns)
    apart = np.linalg.norm(points[:, None] - points[None], axis=2)
    assert apart[0, 1] == pytest.approx(math.sqrt(2**2 + 1))  # two deviations, another category
    assert apart[1, 2] == pytest.approx(math.sqrt(1**2 + 1))  # the mean, and that it is missing
    other = columns_of({"x": [0.0], "c": ["new"]}, "other", columns)
    assert MixedFeatures.fitted(columns)(other).shape == (1, points.shape[1])


def test_density_and_coverage_of_mixed_rows(rng: np.random.Generator) -> None:
    real, same, far = mixed(rng, 400), mixed(rng, 400), mixed(rng, 400)
    far["x"] = far["x"] + 50
    found = tables.table_density_coverage(real, same)
    assert found["density"] == pytest.approx(1, abs=0.15)
    assert found["coverage"] == pytest.approx(1 - 2**-5, abs=0.05)
    assert tables.table_density_coverage(real, far) == {"density": 0, "coverage": 0}


def test_missingness(rng: np.random.Generator) -> None:
    real = {"x": [1.0, NAN, NAN, 1.0], "c": ["a", None, None, "b"]}
    apart = {"x": [1.0, NAN, NAN, 1.0], "c": [None, "a", "a", None]}
    assert tables.missingness(real, real) == {
        "share_error": 0, "largest_share_error": 0, "pair_error": 0, "pattern_overlap": 1,
    }  # fmt: skip
    assert tables.missingness(real, apart) == {
        "share_error": 0, "largest_share_error": 0, "pair_error": 0.5, "pattern_overlap": 0,
    }  # fmt: skip
    wide = {f"x{n}": np.where(rng.random(30) < 0.5, np.nan, 1.0) for n in range(20)}
    assert tables.missingness(wide, wide)["pattern_overlap"] == 1


def test_closest_records(rng: np.random.Generator) -> None:
    train, holdout, fresh = mixed(rng, 300), mixed(rng, 900), mixed(rng, 600)
    found = tables.closest_record_share(train, holdout, fresh)
    assert abs(found["share"] - 0.5) < 4 * found["standard_error"]  # though there are more of these
    assert found["standard_error"] == pytest.approx(0.5 / math.sqrt(600), rel=0.1)
    copies = {name: cells[:200] for name, cells in train.items()}
    assert tables.closest_record_share(train, holdout, copies)["share"] > 0.9
    assert tables.closest_record_share(holdout, train, copies)["share"] < 0.1
    assert tables.closest_record_share(train, train, fresh)["share"] == 0.5  # ties


def test_membership(rng: np.random.Generator) -> None:
    train, holdout, fresh = (mixed(rng, 500) for _ in range(3))
    assert tables.membership_auroc(train, holdout, fresh) == pytest.approx(0.5, abs=4 * 0.0183)
    assert tables.membership_auroc(train, holdout, train) > 0.9


def test_exact_copies() -> None:
    train = {"x": [1.0, NAN, 3, 3], "c": ["a", None, "b", "b"]}
    synthetic = {"x": [1.0, 1.0, NAN, NAN, 3], "c": ["a", "b", None, "a", "b"]}
    assert tables.exact_copies(train, synthetic) == 2  # of the first two rows; the third repeats
    assert tables.exact_copies(train, {"c": ["a"], "x": [1.0]}) == 1  # in any order of columns


def test_the_baselines(rng: np.random.Generator) -> None:
    table = mixed(rng, 2000)
    alone = tables.independent_columns(table, 2000, seed=1)
    assert tables.mean_score(tables.column_shapes(table, alone).values()) > 0.96
    assert abs(np.corrcoef(alone["x"][~np.isnan(alone["y"])],
                           alone["y"][~np.isnan(alone["y"])])[0, 1]) < 0.1  # fmt: skip
    between = tables.interpolated_rows(table, 1000, seed=1)
    assert {name: cells.dtype for name, cells in between.items()} == {
        name: cells.dtype for name, cells in table.items()
    }
    both = ~np.isnan(between["y"])
    assert np.corrcoef(between["x"][both], between["y"][both])[0, 1] > 0.9
    np.testing.assert_array_equal(between["y"][both], np.rint(between["y"][both]))
    np.testing.assert_array_equal(between["x"], np.round(between["x"], 2))
    again = tables.interpolated_rows(table, 1000, seed=1)
    assert all((again[n] == between[n])[both].all() for n in ("x", "kind"))
    with pytest.raises(ConfigError, match="give a smaller k"):
        tables.interpolated_rows({"x": [1.0, 2.0]}, 3, k=2)


def test_interpolation_is_between_a_row_and_one_of_its_neighbours() -> None:
    x = np.array([0.0, 0.1, 10.0, 10.1])
    made = tables.interpolated_rows({"x": x, "c": list("aabb")}, 200, k=1)
    low = made["x"] < 5
    assert ((made["x"][low] >= 0) & (made["x"][low] <= 0.1)).all() and (made["x"][~low] >= 10).all()
    assert set(made["c"][low]) == {"a"} and set(made["c"][~low]) == {"b"}


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"x": [1.0]}, "lacks \\['kind', 'y'\\]"),
        ({"x": [1.0], "y": [1.0, 2], "kind": ["a"]}, "columns of shapes"),
        ({"x": [], "y": [], "kind": []}, "columns of shapes"),
        ({"x": ["a"], "y": [1.0], "kind": ["a"]}, "column 'x' of synthetic has dtype"),
        ({"x": [np.inf], "y": [1.0], "kind": ["a"]}, "infinite"),
    ],
)
def test_wrong_tables(rng: np.random.Generator, table: dict[str, object], message: str) -> None:
    with pytest.raises(DataError, match=message):
        tables.column_shapes(mixed(rng, 5), table)  # type: ignore[arg-type]


# with scikit-learn ------------------------------------------------------------------------------
def test_a_classifier_between_tables(rng: np.random.Generator) -> None:
    pytest.importorskip("sklearn")
    real, same, other = (mixed(rng, 250) for _ in range(3))
    found = tables.classifier_two_sample(real, same)
    assert abs(found["accuracy"] - 0.5) < 4 * found["standard_error"]
    other["y"] = rng.permutation(other["y"])  # the same columns, unrelated
    assert tables.classifier_two_sample(real, other)["accuracy"] > 0.7
    with pytest.raises(DataError, match="20 or more"):
        tables.classifier_two_sample(mixed(rng, 5), same)


def test_training_on_synthetic_rows(rng: np.random.Generator) -> None:
    pytest.importorskip("sklearn")
    train, test = mixed(rng, 400), mixed(rng, 400)
    known = test["kind"] != np.array(None)
    best = 2 * ((test["x"] > 0) & (test["kind"] == "a")).sum()
    best /= ((test["x"] > 0) & known).sum() + (test["kind"] == "a").sum()
    found = tables.train_on_synthetic(train, test, "kind", positive="a")
    assert found["f1"] == pytest.approx(best, abs=0.08)  # of the rule that made the classes
    assert found["f1"] == pytest.approx(
        np.mean([found[f"f1_{m}"] for m in ("tree", "adaboost", "logistic", "perceptron")])
    )
    broken = {**train, "kind": rng.permutation(train["kind"])}
    assert tables.train_on_synthetic(broken, test, "kind", positive="a")["auroc"] < 0.7
    with pytest.raises(UnknownNameError, match="did you mean 'kind'"):
        tables.train_on_synthetic(train, test, "kinds", positive="a")
    with pytest.raises(DataError, match="expected some rows of each class"):
        tables.train_on_synthetic(train, test, "kind", positive="c")
