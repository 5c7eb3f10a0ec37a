"""Scores of attribute control on perfect, useless and duplicated codes, against other programs."""

from __future__ import annotations

import importlib.util

import numpy as np
import pytest

from vaezoo.errors import DataError
from vaezoo.metrics import attribute_control, edit_accuracy, label_kept, leak, spearman
from vaezoo.metrics.attribute_codes import linear_fits

HAS_SKLEARN = importlib.util.find_spec("sklearn") is not None
needs_sklearn = pytest.mark.skipif(not HAS_SKLEARN, reason="scikit-learn is not installed")


@pytest.fixture
def attributes(rng: np.random.Generator) -> np.ndarray:
    return rng.random((600, 2)) * [1, 50] + [0, 7]


def noise(rng: np.random.Generator, width: int = 1) -> np.ndarray:
    return rng.standard_normal((600, width))


@needs_sklearn
class TestControl:
    def test_of_a_perfect_code(self, rng: np.random.Generator, attributes: np.ndarray) -> None:
        codes = np.c_[noise(rng), -3 * attributes[:, 1], attributes[:, 0] + 5]
        scores = attribute_control(codes, attributes)
        assert scores["dimension"] == [2, 1]
        assert scores["interpretability"] == pytest.approx(1)
        assert scores["spearman_each"] == pytest.approx([1, 1])
        assert scores["sap"] > 0.97 and 0.9 < scores["mig"] <= 1

    def test_of_a_monotone_code(self, attributes: np.ndarray) -> None:
        y = attributes[:, :1]
        codes = np.c_[np.exp(5 * y), np.sin(40 * attributes[:, 1:])]
        scores = attribute_control(codes, y)
        assert scores["spearman"] == pytest.approx(1)
        expected = np.corrcoef(codes[:, 0], y[:, 0])[0, 1] ** 2
        assert scores["interpretability"] == pytest.approx(expected) and expected < 0.8

    def test_of_a_useless_code(self, rng: np.random.Generator, attributes: np.ndarray) -> None:
        scores = attribute_control(noise(rng, 3), attributes)
        for name in ("interpretability", "sap", "mig"):
            assert abs(scores[name]) < 0.03, name
        assert scores["spearman"] < 0.15

    def test_of_a_duplicated_code(self, rng: np.random.Generator, attributes: np.ndarray) -> None:
        """Two dimensions tell each attribute: neither is needed."""
        codes = np.c_[attributes, -attributes, noise(rng)]
        scores = attribute_control(codes, attributes)
        assert scores["interpretability"] == pytest.approx(1)
        assert abs(scores["sap"]) < 1e-9 and abs(scores["mig"]) < 0.02

    def test_of_bits(self, rng: np.random.Generator) -> None:
        """Of a line: R^2 of a bit that a code equals in 80 of 100 cases is .6^2."""
        bit = np.repeat([0.0, 1.0], 300)
        code = np.where(np.arange(600) % 5 == 0, 1 - bit, bit)
        scores = attribute_control(np.c_[code, noise(rng)], bit[:, None])
        assert scores["interpretability"] == pytest.approx(0.36)

    def test_equals_other_programs(self, rng: np.random.Generator, attributes: np.ndarray) -> None:
        from sklearn.feature_selection import mutual_info_regression
        from sklearn.linear_model import LinearRegression

        codes = attributes @ rng.standard_normal((2, 4)) + [1, 20, 1, 5] * noise(rng, 4)
        scores = attribute_control(codes, attributes, seed=3)
        fits, information, own = np.zeros((4, 2)), np.zeros((4, 2)), np.zeros(2)
        for a, y in enumerate(attributes.T):
            information[:, a] = mutual_info_regression(codes, y, random_state=3)
            own[a] = mutual_info_regression(y[:, None], y, random_state=3)[0]
            for d in range(4):
                line = LinearRegression().fit(codes[:, [d]], y)
                fits[d, a] = line.score(codes[:, [d]], y)
        best = information.argmax(axis=0)
        assert scores["dimension"] == best.tolist()
        assert scores["interpretability"] == pytest.approx(fits[best, [0, 1]].mean())
        first, second = np.sort(fits, axis=0)[[-1, -2]]
        assert scores["sap"] == pytest.approx((first - second).mean())
        first, second = np.sort(information, axis=0)[[-1, -2]]
        assert scores["mig"] == pytest.approx(((first - second) / own).mean())
        np.testing.assert_allclose(linear_fits(codes, attributes), fits, atol=1e-12)

    def test_unknown_attributes_are_left_out(
        self, rng: np.random.Generator, attributes: np.ndarray
    ) -> None:
        codes = noise(rng, 2) + attributes
        holes = attributes.copy()
        holes[[3, 9], [0, 1]] = np.nan
        some = np.delete(np.arange(600), [3, 9])
        assert attribute_control(codes, holes) == attribute_control(codes[some], attributes[some])


def test_rank_correlation_equals_scipy(rng: np.random.Generator) -> None:
    stats = pytest.importorskip("scipy.stats")
    a, b = rng.integers(0, 5, (80, 3)), rng.standard_normal((80, 2))
    expected = [[stats.spearmanr(x, y).statistic for y in b.T] for x in a.T]
    np.testing.assert_allclose(spearman(a, b), expected, rtol=1e-12)
    assert spearman(np.ones((4, 1)), np.arange(4)[:, None]).tolist() == [[0.0]]


class TestEdits:
    def test_accuracy(self, rng: np.random.Generator) -> None:
        asked = np.repeat([-2.0, -1.0, 1.0, 2.0], 50)
        before = rng.integers(0, 9, 200)  # whole numbers, so that equal changes stay equal
        assert edit_accuracy(asked, before, before + 3 * asked) == pytest.approx(1)
        assert edit_accuracy(asked, before, before - asked**3) == pytest.approx(-1)
        assert abs(edit_accuracy(asked, before, rng.random(200))) < 0.3
        lost = np.where(np.arange(200) == 7, np.nan, before + asked)  # a picture became blank
        assert edit_accuracy(asked, before, lost) == pytest.approx(1)

    def test_labels(self) -> None:
        assert label_kept(np.arange(10), np.arange(10)) == 1
        assert label_kept([1, 1, 1, 2], [2, 2, 1, 1]) == 0.25

    def test_leak_is_in_standard_deviations_of_the_others(self) -> None:
        before = np.zeros((4, 3))
        after = np.array([[9.0, 2, -3]] * 4)
        assert leak(before, after, [1, 2, 1], edited=0) == pytest.approx((1 + 3) / 2)
        assert leak(before, after, [1, 2, 1], edited=2) == pytest.approx((9 + 1) / 2)
        after[0, 1] = np.nan
        assert leak(before, after, [1, 2, 1], edited=0) == pytest.approx((3 * 1 + 4 * 3) / 7)

    def test_what_does_not_fit(self) -> None:
        with pytest.raises(DataError, match="ask for two or more"):
            edit_accuracy([1, 1], [0, 0], [1, 2])
        with pytest.raises(DataError, match=r"asked \[2\], before \[3\], after \[2\]"):
            edit_accuracy([1, 2], [0, 0, 0], [1, 2])
        with pytest.raises(DataError, match=r"before \[1\], after \[2\]: expected \[N\]"):
            label_kept([1], [1, 2])
        with pytest.raises(DataError, match=r"spread \[3\]: expected \[N, A\] twice"):
            leak(np.zeros((2, 2)), np.zeros((2, 2)), [1, 1, 1], edited=0)
        with pytest.raises(DataError, match="no edited image has attributes to compare"):
            leak(np.zeros((2, 2)), np.full((2, 2), np.nan), [1, 1], edited=0)
        with pytest.raises(DataError, match="edited=2 and spread from 1"):
            leak(np.zeros((2, 2)), np.zeros((2, 2)), [1, 1], edited=2)


@pytest.mark.parametrize(
    ("latents", "attributes", "message"),
    [
        (np.zeros((20, 1)), np.zeros((20, 1)), r"\[20, 1\]: expected \[N, D\] with D of 2"),
        (np.zeros((20, 2)), np.zeros((19, 1)), r"\[19, 1\]: expected \[20, A\]"),
        (np.zeros((20, 2)), np.full((20, 1), np.nan), "0 rows have all attributes"),
        (np.zeros((20, 2)), np.ones((20, 1)), "attribute 0 has one value only"),
        (np.zeros((20, 2)), np.full((20, 1), np.inf), "NaN or infinite"),
    ],
)
def test_codes_that_do_not_fit(latents: np.ndarray, attributes: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        attribute_control(latents, attributes)
