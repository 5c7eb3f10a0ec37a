"""Densities and draws of rows, and what a model of tables does with them, by value."""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import pytest

from vaezoo.errors import ConfigError, DataError, UnknownNameError
from vaezoo.runtime.table import TableRows
from vaezoo.tables import Rules, Schema, TableModel
from vaezoo.tables import given as conditions
from vaezoo.tables.constraints import facts_of
from vaezoo.tables.density import RowDensity, log_softmax
from vaezoo.tables.kinds import Category, Count, Date, Number, YesNo
from vaezoo.tables.layout import Layout

MIXED = Schema(
    (
        Number("a", step=0.5, low=-2, high=3, special=(0.0, 7.0)),
        Count("l", map="log", shift=1.0, high=12),
        Category("c", labels=("x", "y", "z")),
        Number("u", "learned"),
        Number("p", low=0.0, map="log", special=(0.0,)),
        Number("b", low=-1.0, high=2.0, map="logit"),
        YesNo("y", "learned", ("n", "y")),
        Category("k", "never", tuple("abcde")),
        Number("r", step=1.0),
    )
)
LAYOUT = Layout(MIXED, 3)
OUTPUTS = np.random.default_rng(0).normal(size=(1, LAYOUT.size))
A, L = np.append(np.arange(-2, 3.5, 0.5), 7), np.arange(13.0)


def densities(column: int, values: np.ndarray) -> np.ndarray:
    rows = np.ones((len(values), MIXED.width))
    rows[:, column] = values
    cells = RowDensity(LAYOUT, np.repeat(OUTPUTS, len(values), axis=0))
    return np.exp(cells.log_prob(rows)[:, column])


def total(column: int) -> float:
    """The integral, or the sum, of a column's density."""
    if column in (0, 1, 2, 6, 7, 8):
        values = {0: A, 1: L, 8: np.arange(-3000.0, 3000)}.get(column, np.arange(5.0))
        size = {2: 3, 6: 2}.get(column, len(values))
        return float(densities(column, values[:size]).sum())
    grid = {3: np.linspace(-80, 80, 40_001), 4: np.exp(np.linspace(-50, 50, 20_001))}.get(
        column, -1 + 3 / (1 + np.exp(-np.linspace(-30, 30, 20_001)))[1:-1]
    )
    found = float(np.trapezoid(densities(column, grid), grid))
    return found + (float(densities(4, np.zeros(1))[0]) if column == 4 else 0)


@pytest.mark.parametrize("column", range(9), ids=MIXED.names)
def test_the_density_of_a_column_integrates_to_one(column: int) -> None:
    assert total(column) == pytest.approx(1, abs=2e-5)


def test_the_density_of_a_mixed_row_integrates_to_one() -> None:
    """Over all rows of a table of four columns, with gaps: one of each family."""
    schema = Schema(
        (
            Number("n", "learned", step=1.0, low=0, high=3, special=(9.0,)),
            Category("c", "never", ("x", "y", "z")), Number("u", "ignored"),
        )
    )  # fmt: skip
    layout, grid = Layout(schema, 2), np.linspace(-60, 60, 6001)
    outputs = np.random.default_rng(3).normal(size=(1, layout.size))
    mass = 0.0
    for n in (None, 0, 1, 2, 3, 9):
        for c in range(3):
            rows = np.ones((len(grid), schema.width))
            rows[:, :3] = np.stack([np.full(len(grid), n or 0), np.full(len(grid), c), grid], 1)
            rows[:, 3] = n is not None
            cells = RowDensity(layout, np.repeat(outputs, len(grid), axis=0))
            log_prob = (cells.log_prob(rows) * schema.observed(rows)).sum(axis=1)
            log_prob += cells.log_prob_of_gaps(rows).sum(axis=1)
            mass += float(np.trapezoid(np.exp(log_prob), grid))
    assert mass == pytest.approx(1, abs=1e-5)


def test_draws_have_the_density() -> None:
    num = 40_000
    cells = RowDensity(LAYOUT, np.repeat(OUTPUTS, num, axis=0).astype(np.float32))
    rows = MIXED.nearest(cells.sample(np.random.default_rng(0)))
    seen = MIXED.observed(rows)
    for column, values in ((0, A), (1, L), (2, np.arange(3.0)), (7, np.arange(5.0))):
        shares = np.array([(rows[:, column] == value).mean() for value in values])
        np.testing.assert_allclose(shares, densities(column, values), atol=0.0125)  # 5 errors
    for column, cuts in ((3, [-1, 0, 1]), (4, [0.5, 1, 3]), (5, [-0.5, 0, 1])):
        x = rows[seen[:, column], column]
        limits = np.zeros(len(LAYOUT.numbers))
        place = LAYOUT.numbers.places.tolist().index(column)
        which = np.exp(RowDensity(LAYOUT, OUTPUTS).mixtures().which[0, place])
        for cut in cuts:
            limits[place] = cut
            share = RowDensity(LAYOUT, OUTPUTS).share_below(limits)[0, place]
            expected = which[-1] * share + (which[0] if column == 4 else 0)
            assert (x <= cut).mean() == pytest.approx(expected, abs=0.0125)
    logits = OUTPUTS[0, LAYOUT.gaps_start :]
    assert seen[:, 3].mean() == pytest.approx(1 / (1 + math.exp(-logits[0])), abs=0.0125)
    assert (rows[~seen[:, 3], 3] == 0).all()
    everything = cells.sample(np.random.default_rng(0), gaps=False)
    assert MIXED.observed(everything).all()


def test_draws_and_centres_are_rows_of_the_schema() -> None:
    outputs = np.random.default_rng(1).normal(size=(200, LAYOUT.size), scale=9)
    cells = RowDensity(LAYOUT, outputs)
    for rows in (cells.centre(), cells.sample(np.random.default_rng(0))):
        assert MIXED.encode(MIXED.decode(rows)).shape == rows.shape


# ── a linear-Gaussian model of columns: everything is known in closed form ────

RNG = np.random.default_rng(5)
W, NOISE = RNG.normal(size=(2, 3)), np.array([0.5, 0.7, 0.4])
MEAN = np.array([1.0, -2.0, 0.5])
FLAG = np.array([1.5, -1.0])  # logit of a label
SCHEMA = Schema(
    (Number("x"), Number("y"), Number("z"), YesNo("flag", labels=("no", "yes")), Count("n", high=9))
)
COVARIANCE = W.T @ W + np.diag(NOISE**2)


class LinearGaussian:
    """p(x|z) = N(MEAN + z W, NOISE²); a label with logit z · FLAG; a count that does not matter."""

    latent_dim = noise_size = 2
    data_shape = (SCHEMA.width,)

    class manifest:
        schema = SCHEMA.to_dict()
        preset = model = "linear"
        families: dict[str, Any] = {"decoder": type("F", (), {"numbers": {"num_components": 1}})}  # noqa: RUF012

    layout = Layout(SCHEMA, 1)

    def sample_latents(self, num: int, *, seed: int) -> np.ndarray:
        return np.random.default_rng(seed).standard_normal((num, 2)).astype(np.float32)

    def outputs(self, z: np.ndarray) -> np.ndarray:
        out = np.zeros((len(z), self.layout.size))
        per = self.layout.per_number
        for i in range(3):
            out[:, i * per + 2] = MEAN[i] + z @ W[:, i]
            out[:, i * per + 3] = math.log(NOISE[i])
        out[:, 4 * per + 1] = z @ FLAG
        return out

    def decoder_output(self, z: np.ndarray, name: str) -> np.ndarray:
        assert name == "cells"
        return self.outputs(z)

    def encode(self, x: np.ndarray) -> Any:
        """The posterior given the numbers that are there, somewhat too wide."""
        means, scales = [], []
        for row in x.astype(np.float64):
            seen = row[5:8] > 0.5
            w, noise = W[:, seen], NOISE[seen]
            precision = np.eye(2) + (w / noise**2) @ w.T
            covariance = np.linalg.inv(precision)
            means.append(covariance @ (w / noise**2) @ (row[:3] - MEAN)[seen])
            scales.append(1.5 * np.sqrt(np.diag(covariance)))
        mean, scale = np.array(means), np.array(scales)
        q = type("Q", (), {"parameters": {"mean": mean, "scale": scale}})
        q.mean, q.stddev = staticmethod(lambda: mean), staticmethod(lambda: scale)
        return q

    def score(self, x: np.ndarray, *, noise: np.ndarray) -> np.ndarray:
        q = self.encode(x)
        z = q.mean()[:, None] + q.stddev()[:, None] * noise
        every = x.repeat(noise.shape[1], axis=0).astype(np.float64)
        cells = RowDensity(self.layout, self.outputs(z.reshape(-1, 2))).log_prob(every)
        cells = cells * SCHEMA.observed(every)
        log_prior = -0.5 * (z**2).sum(axis=2)
        log_q = -0.5 * (noise**2).sum(axis=2) - np.log(q.stddev()).sum(axis=1)[:, None]
        return cells.sum(axis=1).reshape(z.shape[:2]) + log_prior - log_q


def model() -> TableModel:
    linear: Any = LinearGaussian()
    return TableModel(linear)


def rows(num: int) -> dict[str, np.ndarray]:
    z = RNG.standard_normal((num, 2))
    x = MEAN + z @ W + NOISE * RNG.standard_normal((num, 3))
    flag = np.where(RNG.random(num) < 1 / (1 + np.exp(-z @ FLAG)), "yes", "no").astype(object)
    return {"x": x[:, 0], "y": x[:, 1], "z": x[:, 2], "flag": flag, "n": np.arange(num) % 10}


def test_generated_rows_have_the_moments_of_the_model() -> None:
    found = model().generate(30_000, seed=0)
    numbers = np.stack([found[name] for name in "xyz"])
    np.testing.assert_allclose(numbers.mean(axis=1), MEAN, atol=0.07)
    np.testing.assert_allclose(np.cov(numbers), COVARIANCE, atol=0.15)
    again = model().generate(30_000, seed=0)
    np.testing.assert_array_equal(again["x"], found["x"])
    assert {*found["flag"]} == {"yes", "no"} and found["n"].min() >= 0 and found["n"].max() <= 9


def normal_conditional(seen: list[int], values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    missing = [i for i in range(3) if i not in seen]
    gain = COVARIANCE[np.ix_(missing, seen)] @ np.linalg.inv(COVARIANCE[np.ix_(seen, seen)])
    mean = MEAN[missing] + gain @ (values - MEAN[seen])
    covariance = COVARIANCE[np.ix_(missing, missing)] - gain @ COVARIANCE[np.ix_(seen, missing)]
    return mean, covariance


def test_imputation_is_the_closed_form_conditional() -> None:
    holes = {"x": np.array([2.5]), "y": np.array([np.nan]), "z": np.array([-0.5])}
    filled = model().impute(holes, draws=4000, num_samples=4000, seed=0)
    y = np.array([one["y"][0] for one in filled.draws])
    mean, covariance = normal_conditional([0, 2], np.array([2.5, -0.5]))
    error = math.sqrt(covariance[0, 0]) * math.sqrt(1 / 4000 + 1 / filled.effective_sample_size[0])
    assert abs(y.mean() - mean[0]) < 4 * error
    assert abs(filled.best["y"][0] - mean[0]) < 4 * error
    p = np.mean([one["flag"][0] == "yes" for one in filled.draws])
    assert filled.best["flag"][0] == ("yes" if p > 0.5 else "no")
    assert y.var() == pytest.approx(covariance[0, 0], rel=0.15)
    assert all(one["x"][0] == 2.5 and one["z"][0] == -0.5 for one in filled.draws)
    assert 1000 < filled.effective_sample_size[0] <= 4000
    assert {one["flag"][0] for one in filled.draws} == {"yes", "no"}  # a column that was not given


class Blind(LinearGaussian):
    """Its encoder knows no gaps: it takes them for zeros."""

    def encode(self, x: np.ndarray) -> Any:
        x = x.copy()
        x[:, 5:8] = 1
        return super().encode(x)


def test_proposals_from_filled_rows_find_a_posterior_that_the_encoder_misses() -> None:
    blind: Any = Blind()
    holes, many = {"x": np.array([-4.0])}, 400
    mean, covariance = normal_conditional([0], np.array([-4.0]))
    far = TableModel(blind).impute(holes, num_samples=many, refine=0)
    assert far.effective_sample_size[0] < 10
    near = TableModel(blind).impute(holes, draws=many, num_samples=many)
    assert near.effective_sample_size[0] > 150
    y = np.array([one["y"][0] for one in near.draws])
    error = math.sqrt(covariance[0, 0] * (1 / many + 1 / near.effective_sample_size[0]))
    assert abs(y.mean() - mean[0]) < 4 * error
    assert abs(near.best["y"][0] - mean[0]) < 4 * error
    assert y.var() == pytest.approx(covariance[0, 0], rel=0.3)


def test_all_missing_is_the_marginal() -> None:
    holes = {"x": np.full(50, np.nan), "n": np.full(50, np.nan)}
    filled = model().impute(holes, draws=100, num_samples=100, seed=0)
    x = np.concatenate([one["x"] for one in filled.draws])
    assert x.mean() == pytest.approx(MEAN[0], abs=0.6)
    assert x.std() == pytest.approx(math.sqrt(COVARIANCE[0, 0]), rel=0.2)


def test_scores_are_the_closed_forms() -> None:
    table = rows(4) | {"flag": np.array([None] * 4, object), "n": np.full(4, np.nan)}
    scores = model().score(table, num_samples=20_000)
    x = np.stack([table[name] for name in "xyz"], axis=1)
    difference = x - MEAN
    squares = np.einsum("ni,ij,nj->n", difference, np.linalg.inv(COVARIANCE), difference)
    log_det = np.linalg.slogdet(2 * math.pi * COVARIANCE)[1]
    np.testing.assert_allclose(scores.rows, -0.5 * (squares + log_det), atol=0.05)
    for row in range(4):
        mean, variance = normal_conditional([0, 2], x[row, [0, 2]])
        variance = variance[0, 0]
        log_prob = -0.5 * ((x[row, 1] - mean[0]) ** 2 / variance + math.log(2 * math.pi * variance))
        assert scores.cells["y"][row] == pytest.approx(log_prob, abs=0.1)
    assert np.isnan(scores.cells["flag"]).all()


def test_given_a_label_or_an_interval_rows_are_of_the_conditional() -> None:
    reference = model().generate(120_000, seed=9)
    inside = (reference["flag"] == "yes") & (reference["x"] >= 2)
    found, told = model().generate(4000, given=["flag=yes", "x>=2"], seed=0), []
    next(model().pieces(9, given=["x>=2"], seed=0, report=lambda *figures: told.append(figures)))
    ((effective, num_draws),) = told
    assert 100 < effective < num_draws
    assert (found["flag"] == "yes").all() and (found["x"] >= 2).all()
    for name in ("x", "y", "z"):
        expected = reference[name][inside]
        error = expected.std() / math.sqrt(2000)
        assert found[name].mean() == pytest.approx(expected.mean(), abs=5 * error), name
        assert found[name].std() == pytest.approx(expected.std(), rel=0.1), name


def test_an_interval_beyond_the_mass_has_a_share_of_zero_at_least() -> None:
    outputs = 3 * np.random.default_rng(0).normal(size=(4000, LAYOUT.size))
    outputs[:, : LAYOUT.numbers_stop] -= 20  # scales and locations far below
    cells = RowDensity(LAYOUT, outputs.astype(np.float32))
    for text in ("a>=3", "l>=12", "r>=2"):
        shares = conditions.log_share(cells, conditions.parse(MIXED, [text]))
        assert not np.isnan(shares).any(), text


def test_given_a_number_rows_are_of_the_conditional() -> None:
    found = model().generate(4000, given=["y=-1"], seed=0)
    assert (found["y"] == -1).all()
    mean, covariance = normal_conditional([1], np.array([-1.0]))
    numbers = np.stack([found["x"], found["z"]])
    np.testing.assert_allclose(numbers.mean(axis=1), mean, atol=5 * covariance.max() ** 0.5 / 45)
    np.testing.assert_allclose(np.cov(numbers), covariance, rtol=0.2, atol=0.05)


def test_what_hardly_any_row_fulfils_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vaezoo.tables.model._MOST_DRAWS", 50_000)
    with pytest.raises(ConfigError, match=r"of 57,344 draws, [\d.]+ effectively fit"):
        model().generate(10, given=["x>=12"], seed=0)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flag", "expected a condition"), ("flags=yes", "did you mean 'flag'"),
        ("flag=perhaps", "'perhaps' is none of the column's labels"), ("n>=old", "is no number"),
        ("n=10", "above the schema's 9"), ("flag>yes", "labels without an order"),
        ("n=", "a missing cell cannot be given"),
    ],
)  # fmt: skip
def test_conditions_that_are_none(text: str, message: str) -> None:
    with pytest.raises((ConfigError, DataError, UnknownNameError), match=message):
        conditions.parse(SCHEMA, [text])


def test_conditions_are_intervals_of_what_cells_can_be() -> None:
    schema = Schema((Count("n"), Date("d"), Number("u")))
    parse = conditions.parse
    assert parse(schema, ["n>2", "n<5"]) == [conditions.Given(0, 3, 4)]
    assert parse(schema, ["d<=1970-01-03"]) == [conditions.Given(1, -math.inf, 2)]
    assert parse(schema, ["u > 1.5"]) == [conditions.Given(2, 1.5, math.inf)]
    with pytest.raises(ConfigError, match="leaves nothing"):
        parse(schema, ["n>2", "n<3"])


def test_rules_are_applied_to_what_is_generated_and_imputed() -> None:
    ruled = model()
    rules = Rules.from_texts(["n >= 1"], facts_of(SCHEMA))
    ruled.schema = dataclasses.replace(ruled.schema, rules=rules.to_json())
    assert model().generate(500, seed=0)["n"].min() == 0
    assert ruled.generate(500, seed=0)["n"].min() == 1
    filled = ruled.impute({"x": np.zeros(50)}, draws=20)
    assert min(one["n"].min() for one in filled.draws) == 1
    own = ruled.impute({"n": np.array([0.0]), "x": np.array([1.0])})
    assert own.draws[0]["n"].tolist() == [0]  # a cell that was there stays


def test_what_is_missing_does_not_matter_to_the_runtime() -> None:
    """Where gaps are not learned, they say nothing, whatever stands in them."""
    rows = np.ones((2, MIXED.width))
    rows[1, 3:6] = 0.5
    seen = [MIXED.with_gaps.index(place) for place in (3, 4, 5)]
    rows[:, len(MIXED.learned) + np.array(seen)] = 0
    outputs = np.repeat(OUTPUTS, 2, axis=0).astype(np.float32)
    found = TableRows({"mean": rows, "cells": outputs}, {}, LAYOUT).log_prob_per_value(rows)
    assert (found[:, 3:6] == 0).all() and (found[:, :3] != 0).all()
    np.testing.assert_array_equal(found[0], found[1])


def test_no_rows_are_refused() -> None:
    with pytest.raises(ConfigError, match="num=0: give an integer of 1 or more"):
        model().generate(0)


def test_a_model_of_something_else_is_refused() -> None:
    import vaezoo

    with pytest.raises(ConfigError, match="digits_vae is a VAE of"):
        TableModel(vaezoo.load("digits_vae"))


def test_log_softmax_of_blocks_that_are_filled_up() -> None:
    found = log_softmax(np.array([[0.0, math.log(3), -1e9]]))
    np.testing.assert_allclose(np.exp(found), [[0.25, 0.75, 0]], atol=1e-12)
