"""Disentanglement against closed forms, tables by hand, naive loops and scikit-learn."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vaezoo.errors import ConfigError, DataError, MissingExtraError
from vaezoo.metrics import (
    dci,
    disentanglement,
    factor_vae_score,
    linear_probe,
    mig,
    modularity,
    mutual_informations,
    sap,
)

HAS_SKLEARN = importlib.util.find_spec("sklearn") is not None
needs_sklearn = pytest.mark.skipif(not HAS_SKLEARN, reason="scikit-learn is not installed")


def grid(*sizes: int, repeats: int) -> np.ndarray:
    """Every combination of the factors' classes, as often as said."""
    return np.tile(np.indices(sizes).reshape(len(sizes), -1).T, (repeats, 1))


def perfect(factors: np.ndarray) -> np.ndarray:
    """The factors in another order, scaled and moved."""
    return factors[:, ::-1] * np.linspace(-3, 0.7, factors.shape[1]) + 5


def mixed(factors: np.ndarray) -> np.ndarray:
    """A dimension that tells two binary factors, and one that tells the third."""
    return np.stack([2 * factors[:, 0] + factors[:, 1], factors[:, 2]], axis=1)


def channel(*agreements: int) -> tuple[np.ndarray, np.ndarray]:
    """100 rows of a balanced bit, [100, 1], and of codes that equal it in so many of each 50."""
    bit = np.repeat([0, 1], 50)
    wrong = np.arange(100)[:, None] % 50 >= np.array(agreements)
    return np.where(wrong, 1 - bit[:, None], bit[:, None]), bit[:, None]


class TestMutualInformation:
    def test_of_a_binary_channel(self) -> None:
        mi, entropies = mutual_informations(*channel(40, 30, 25))
        noise = np.array([0.2, 0.4])
        lost = -(noise * np.log(noise) + (1 - noise) * np.log(1 - noise))
        np.testing.assert_allclose(mi[:, 0], [*(np.log(2) - lost), 0], atol=1e-15)
        np.testing.assert_allclose(entropies, [np.log(2)])

    @needs_sklearn
    def test_equals_scikit_learn(self, rng: np.random.Generator) -> None:
        from sklearn.metrics import mutual_info_score

        factors = rng.integers(0, [2, 7, 30], (500, 3))
        codes = factors @ rng.normal(size=(3, 4)) + rng.normal(size=(500, 4))
        mi, entropies = mutual_informations(codes, factors, bins=11)
        edges = [np.histogram(z, 11)[1][:-1] for z in codes.T]
        binned = [np.digitize(z, e) for z, e in zip(codes.T, edges, strict=True)]
        expected = [[mutual_info_score(z, v) for v in factors.T] for z in binned]
        np.testing.assert_allclose(mi, expected, rtol=1e-10)
        np.testing.assert_allclose(entropies, [mutual_info_score(v, v) for v in factors.T])

    def test_of_noise_is_its_bias(self, rng: np.random.Generator) -> None:
        factors = grid(3, 4, 5, repeats=100)
        mi, _ = mutual_informations(rng.uniform(size=(len(factors), 8)), factors)
        degrees = 8 * 19 * (2 + 3 + 4)  # 2 N I is chi-squared, with (bins - 1)(classes - 1) each
        assert abs(2 * len(factors) * mi.sum() - degrees) < 4 * np.sqrt(2 * degrees)

    def test_of_constants_is_nought(self, rng: np.random.Generator) -> None:
        factors = np.stack([rng.integers(0, 7, 97), np.full(97, 3)], axis=1)
        codes = np.stack([np.full(97, 0.1), rng.normal(size=97)], axis=1)
        mi, entropies = mutual_informations(codes, factors)
        assert (mi[0] == 0).all() and mi[1, 0] > 0
        assert mi[1, 1] == 0 and entropies[1] == 0
        almost = np.where(rng.random((97, 1)) < 0.5, 1.0, np.nextafter(1.0, 2))
        assert np.isfinite(mutual_informations(almost, factors)[0]).all()


def test_mig_of_a_table_by_hand() -> None:
    # (1 - H(0.2)) - (1 - H(0.4)) of 1 bit
    assert mig(*channel(40, 25, 30)) == pytest.approx(0.970951 - 0.721928, abs=1e-6)


def test_factors_of_other_entropies() -> None:
    factors = grid(2, 4, repeats=5)
    half = np.stack([factors[:, 1] // 2, factors[:, 0]], axis=1)
    assert mig(half, factors) == pytest.approx((1 + 1 / 2) / 2)  # 1 of 1 bit, 1 of 2
    both = np.stack([4 * factors[:, 0] + factors[:, 1], factors[:, 1]], axis=1)
    assert modularity(both, factors) == pytest.approx((1 - (1 / 2) ** 2 + 1) / 2)


class TestPerfectCodes:
    factors = grid(2, 3, 4, repeats=40)

    def test_of_counts(self) -> None:
        codes = perfect(self.factors)
        assert mig(codes, self.factors) == pytest.approx(1)
        assert modularity(codes, self.factors) == pytest.approx(1)
        assert factor_vae_score(codes, self.factors) == 1

    @needs_sklearn
    def test_of_classifiers(self) -> None:
        split = (perfect(self.factors), self.factors) * 2
        assert dci(*split) == pytest.approx(
            {"disentanglement": 1, "completeness": 1, "informativeness": 1}, abs=1e-6
        )
        bits = grid(2, 2, 2, repeats=40)
        assert sap(*(2 * bits[:, ::-1] - 1, bits) * 2) == 0.5  # 1, less an even chance
        assert linear_probe(split[0], bits_of(self.factors), split[0], bits_of(self.factors)) == 1

    def test_a_constant_factor_changes_nothing(self) -> None:
        factors = np.insert(self.factors, 1, 7, axis=1)
        codes = perfect(self.factors) @ np.linspace(-1, 1, 9).reshape(3, 3)
        for score in (mig, modularity, factor_vae_score):
            assert score(codes, factors) == score(codes, self.factors)


def bits_of(factors: np.ndarray) -> np.ndarray:
    """A label that a plane tells: whether the last factor is in its upper half."""
    return (factors[:, -1] > factors[:, -1].max() / 2).astype(int)


class TestUselessCodes:
    def test_of_counts(self, rng: np.random.Generator) -> None:
        factors = grid(3, 4, 5, repeats=2000)
        codes = rng.normal(size=(len(factors), 6))
        assert 0 < mig(codes, factors) < 1e-3
        assert factor_vae_score(codes, factors) == pytest.approx(1 / 3, abs=0.04)
        assert modularity(np.zeros_like(codes), factors) == 0

    @needs_sklearn
    def test_of_classifiers(self, rng: np.random.Generator) -> None:
        factors = grid(2, 4, repeats=250)
        codes, codes_test = rng.normal(size=(2, len(factors), 6))
        scores = dci(codes, factors, codes_test, factors)
        assert 0 <= scores["disentanglement"] < 0.02 and 0 <= scores["completeness"] < 0.02
        error = np.sqrt((1 / 4 + 3 / 16) / len(factors)) / 2
        assert abs(scores["informativeness"] - (1 / 2 + 1 / 4) / 2) < 4 * error
        assert 0 <= sap(codes, factors, codes_test, factors) < 4 * 2 * error
        nothing = dci(0 * codes, factors, codes_test, factors)
        assert [nothing["disentanglement"], nothing["completeness"]] == pytest.approx([0, 0])


class TestDuplicatedCodes:
    factors = grid(2, 3, 4, repeats=40)
    codes = np.hstack([perfect(factors), -perfect(factors)])

    def test_of_counts(self) -> None:
        assert mig(self.codes, self.factors) == pytest.approx(0)
        assert modularity(self.codes, self.factors) == pytest.approx(1)
        assert factor_vae_score(self.codes, self.factors) == 1

    @needs_sklearn
    def test_of_classifiers(self) -> None:
        split = (self.codes, self.factors) * 2
        assert sap(*split) == pytest.approx(0)
        scores = dci(*split)
        assert scores["disentanglement"] == pytest.approx(1, abs=1e-6)
        # Two of six dimensions, equally important
        assert scores["completeness"] == pytest.approx(1 - np.log(2) / np.log(6), abs=0.03)


class TestMixedCodes:
    factors = grid(2, 2, 2, repeats=60)
    codes = mixed(factors)

    def test_of_counts(self) -> None:
        assert mig(self.codes, self.factors) == pytest.approx(1)  # which is blind to it
        assert modularity(self.codes, self.factors) == pytest.approx((1 / 2 + 1) / 2)
        assert factor_vae_score(self.codes, self.factors) == pytest.approx(2 / 3, abs=0.03)

    @needs_sklearn
    def test_of_classifiers(self) -> None:
        scores = dci(self.codes, self.factors, self.codes, self.factors)
        expected = (2 * (1 - np.log(2) / np.log(3)) + 1) / 3
        assert scores["disentanglement"] == pytest.approx(expected, abs=1e-3)
        assert scores["completeness"] == pytest.approx(1, abs=1e-3)
        assert scores["informativeness"] == 1


@needs_sklearn
def test_sap_is_the_gap_on_test_rows() -> None:
    train, bit = channel(45, 35, 25)
    test, _ = channel(40, 37, 25)
    assert sap(train, bit, train, bit) == pytest.approx(0.9 - 0.7)
    assert sap(train, bit, test, bit) == pytest.approx(0.8 - 0.74)


def naive_votes(codes: np.ndarray, factors: np.ndarray, num: int, rng: Any) -> np.ndarray:
    votes = np.zeros((factors.shape[1], codes.shape[1]))
    for _ in range(num):
        f = rng.integers(factors.shape[1])
        same = np.flatnonzero(factors[:, f] == factors[rng.integers(len(factors)), f])
        group = codes[rng.choice(same, 20)]
        votes[f, (group.var(axis=0, ddof=1) / codes.var(axis=0, ddof=1)).argmin()] += 1
    return votes


class TestFactorVAEScore:
    def test_equals_a_naive_loop(self, rng: np.random.Generator) -> None:
        factors = rng.integers(0, [2, 3, 9], (600, 3))
        factors[:, 1] **= 2  # 0, 1, 4
        codes = factors @ rng.normal(size=(3, 4)) + rng.normal(size=(600, 4))
        train, test = (naive_votes(codes, factors, 3000, rng) for _ in range(2))
        expected = test[train.argmax(axis=0), range(4)].sum() / 3000
        assert 0.4 < expected < 0.9
        score = factor_vae_score(codes, factors, batch=20)
        assert abs(score - expected) < 4 * np.sqrt(
            expected * (1 - expected) * (1 / 3000 + 1 / 5000)
        )

    def test_a_value_is_drawn_as_often_as_it_occurs(self) -> None:
        signs = grid(2, 2, 10, repeats=40)
        rare = (signs[:, 2] == 0).astype(int)  # in a tenth, where the first dimension is still
        codes = np.stack([np.where(rare, 0, 2 * signs[:, 0] - 1), signs[:, 1]], axis=1)
        # Elsewhere its variance is greater than overall, which the other one's cannot be.
        score = factor_vae_score(codes, np.stack([rare, signs[:, 1]], axis=1))
        assert score == pytest.approx((1 / 10 + 1) / 2, abs=0.03)

    def test_collapsed_dimensions_are_left_out(self, rng: np.random.Generator) -> None:
        factors = grid(2, 3, 4, repeats=20)
        codes = perfect(factors) * 0.01
        assert factor_vae_score(codes, factors) == 0
        assert factor_vae_score(codes, factors, least_scale=0) == 1
        constant = np.hstack([np.full((len(codes), 2), 0.1), codes])
        assert factor_vae_score(constant, factors, least_scale=0) == 1

    def test_seed(self, rng: np.random.Generator) -> None:
        factors = grid(2, 3, repeats=30)
        codes = rng.normal(size=(len(factors), 3))
        scores = [factor_vae_score(codes, factors, seed=seed) for seed in (0, 0, 1)]
        assert scores[0] == scores[1] != scores[2]

    def test_rows_of_a_value_of_their_own(self) -> None:
        factors = np.vstack([grid(2, 3, repeats=20), [[9, 0]]])
        assert factor_vae_score(perfect(factors), factors) == 1
        factors[:, 0] = np.arange(len(factors))
        match = r"factors\[:, 0\] has a different value in each of 121"
        with pytest.raises(DataError, match=match):
            factor_vae_score(perfect(factors), factors)

    def test_sizes(self) -> None:
        factors = grid(2, 3, repeats=9)
        for wrong in ({"batch": 1}, {"num_test": 0}, {"seed": -1}, {"least_scale": -1}):
            with pytest.raises(ConfigError, match=next(iter(wrong))):
                factor_vae_score(perfect(factors), factors, **wrong)


@needs_sklearn
def test_linear_probe_of_two_normals(rng: np.random.Generator) -> None:
    labels = rng.integers(0, 2, (2, 20_000))
    codes = rng.normal(size=(2, 20_000, 3))
    codes[..., 1] += 2 * labels
    codes *= [1, 1e-4, 1e4]  # which it must not see
    accuracy = linear_probe(codes[0], labels[0], codes[1], labels[1])
    bayes = 0.841345  # Phi(1)
    assert abs(accuracy - bayes) < 4 * np.sqrt(bayes * (1 - bayes) / 20_000)


@needs_sklearn
class TestDisentanglement:
    def test_of_perfect_codes(self) -> None:
        factors = grid(2, 2, 2, repeats=100)
        scores = disentanglement(4 * factors - 2, factors)
        chance = 4 * np.sqrt(1 / 4 / 400)
        assert scores.pop("sap") == pytest.approx(0.5, abs=chance)
        names = ("mig", "dci_disentanglement", "dci_completeness", "dci_informativeness")
        assert scores == pytest.approx(dict.fromkeys((*names, "factor_vae", "modularity"), 1.0))

    def test_is_the_scores_of_one_split(self, rng: np.random.Generator) -> None:
        factors = rng.integers(0, [2, 3], (301, 2))
        codes = factors @ rng.normal(size=(2, 3)) + rng.normal(size=(301, 3))
        scores = disentanglement(codes, factors, seed=3)
        assert scores == disentanglement(codes, factors, seed=3)
        order = np.random.default_rng(3).permutation(301)
        halves = [x[rows] for rows in (order[:150], order[150:]) for x in (codes, factors)]
        assert scores["sap"] == sap(*halves)
        assert scores["dci_completeness"] == dci(*halves, seed=3)["completeness"]
        assert scores["mig"] == mig(codes, factors)


CODES, FACTORS = np.arange(12.0).reshape(6, 2), grid(2, 3, repeats=1)


@pytest.mark.parametrize("score", [mig, modularity, factor_vae_score, disentanglement])
@pytest.mark.parametrize(
    ("codes", "factors", "message"),
    [
        (CODES[:, 0], FACTORS, r"latents has shape \[6\]: expected \[N, F\]"),
        (CODES[:, :1], FACTORS, r"latents has shape \[6, 1\]: expected \[N, D\] with D of 2"),
        (CODES * np.nan, FACTORS, "latents has NaN or infinite values in 6 of 6 rows"),
        (CODES, FACTORS[:5], r"factors has shape \[5, 2\]: expected \[6, F\]"),
        (CODES, FACTORS[:, 0], r"factors has shape \[6\]: expected \[6, F\]"),
        (CODES, FACTORS / 2, "factors has values from 0 to 1, not only classes"),
        (CODES, FACTORS - 1, r"factors has values from -1 to 1, .* \(-1\)"),
        (CODES, FACTORS * np.nan, "factors has NaN"),
        (CODES, FACTORS.astype(str), "factors has dtype <U"),
        (CODES, FACTORS * 0, "factors: 0 of 2 have more than one class"),
    ],
)
def test_wrong_data(
    score: Callable[..., Any], codes: np.ndarray, factors: np.ndarray, message: str
) -> None:
    with pytest.raises(DataError, match=message):
        score(codes, factors)


@pytest.mark.parametrize("score", [sap, dci])
def test_wrong_test_data(score: Callable[..., Any]) -> None:
    with pytest.raises(DataError, match=r"latents_test has shape \[6, 3\]: expected \[N, 2\]"):
        score(CODES, FACTORS, np.ones((6, 3)), FACTORS)
    with pytest.raises(DataError, match=r"factors_test has shape \[6, 1\]: expected \[6, 2\]"):
        score(CODES, FACTORS, CODES, FACTORS[:, :1])


def test_one_factor_is_not_enough_for_some() -> None:
    assert mig(CODES, FACTORS[:, :1]) >= 0
    for score in (modularity, factor_vae_score):
        with pytest.raises(DataError, match="1 of 1 have more than one class, expected 2"):
            score(CODES, FACTORS[:, :1])


def test_wrong_labels() -> None:
    labels = FACTORS[:, 0]
    with pytest.raises(DataError, match=r"labels has shape \[6, 2\]: expected \[6\]"):
        linear_probe(CODES, FACTORS, CODES, labels)
    with pytest.raises(DataError, match=r"labels_test has shape \[5\]: expected \[6\]"):
        linear_probe(CODES, labels, CODES, labels[:5])
    with pytest.raises(DataError, match="labels: 0 of 1 have more than one class"):
        linear_probe(CODES, 0 * labels, CODES, labels)


def test_without_scikit_learn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sklearn", None)
    for score, classes in ((sap, FACTORS), (dci, FACTORS), (linear_probe, FACTORS[:, 0])):
        with pytest.raises(MissingExtraError, match=r"vaezoo\[train\]"):
            score(CODES, classes, CODES, classes)
    assert mig(CODES, FACTORS) >= 0
