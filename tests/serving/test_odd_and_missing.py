"""`vaezoo score --method` and `vaezoo impute`: what they write, and their one-line errors."""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from pictures import size_of

import vaezoo
from vaezoo import anomalies
from vaezoo.anomalies import IndependentPixels, threshold
from vaezoo.anomalies.page import heat_map
from vaezoo.cli import oddness
from vaezoo.cli.group import group
from vaezoo.imputation import impute
from vaezoo.metrics import auroc, average_precision
from vaezoo.protocols import Array

ODD = [3, 17]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def assert_one_line(result: Result, message: str) -> None:
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    assert message in result.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Usual rows, and rows of which two are odd, with labels that say so."""
    folder = tmp_path_factory.mktemp("data")
    x = vaezoo.load("digits_vae").generate(150, seed=1).round()
    np.save(folder / "usual.npy", x[30:])
    x[ODD] = 1 - x[ODD]
    np.savez(folder / "x.npz", x=x[:30], y=np.isin(np.arange(30), ODD).astype(int))
    return folder


@pytest.fixture(scope="module")
def x(folder: Path) -> Array:
    with np.load(folder / "x.npz") as content:
        return content["x"]


def score(folder: Path, *arguments: object) -> Result:
    given = ("--data", folder / "x.npz", "--reference", folder / "usual.npy")
    return run("score", "digits_vae", *given, *arguments)


def test_methods_are_the_library_s() -> None:
    assert tuple(anomalies.METHODS) == oddness.METHODS


def test_typicality_by_default_thresholds(folder: Path, x: Array, tmp_path: Path) -> None:
    result = score(folder, "--method", "typicality", "-o", tmp_path / "s.json")
    assert result.exit_code == 0, result.output
    model, usual = vaezoo.load("digits_vae"), np.load(folder / "usual.npy")
    reference = model.log_likelihood(usual)
    scores = anomalies.typicality(model, x, reference=reference)
    limit = threshold(anomalies.typicality(model, usual, reference=reference), 0.01)
    facts = json.loads((tmp_path / "s.json").read_text())
    np.testing.assert_allclose(facts["typicality"], scores, rtol=1e-6)
    assert facts["threshold"] == pytest.approx(limit)
    assert facts["odd"] == (scores > limit).tolist()
    assert [facts["odd"][row] for row in ODD] == [True, True]
    assert f"are above {limit:.4g}, as at most 0.01 of usual examples are" in result.stdout
    assert "row 3:" in result.stdout and "row 17:" in result.stdout


def test_a_ratio_to_independent_pixels(folder: Path, x: Array, tmp_path: Path) -> None:
    """Half of the reference fits the background, the other half decides the threshold."""
    out = tmp_path / "s.csv"
    result = score(
        folder, "--method", "likelihood_ratio", "--false-positives", "5%", "--odd-labels", 1,
        "-o", out,
    )  # fmt: skip
    assert result.exit_code == 0, result.output
    model, usual = vaezoo.load("digits_vae"), np.load(folder / "usual.npy")
    background = IndependentPixels.fit(usual[::2], binary=True)
    scores, others = (
        anomalies.likelihood_ratio(model, some, background=background) for some in (x, usual[1::2])
    )
    with open(out, newline="") as file:
        rows = list(csv.DictReader(file))
    assert [int(row["row"]) for row in rows] == list(range(30))
    written = np.array([float(row["likelihood_ratio"]) for row in rows])
    np.testing.assert_allclose(written, scores, rtol=1e-4, atol=1e-4)
    assert [row["odd"] == "True" for row in rows] == (scores > threshold(others, 0.05)).tolist()
    odd = np.isin(np.arange(30), ODD)
    areas = (
        f"AUROC {auroc(scores, odd):.4f}, average precision {average_precision(scores, odd):.4f}"
    )
    assert areas in result.stdout


def test_a_ratio_to_another_model(folder: Path, tmp_path: Path) -> None:
    arguments = ("--method", "likelihood_ratio", "--background", "digits_vae")
    assert score(folder, *arguments, "-o", tmp_path / "s.npy").exit_code == 0
    np.testing.assert_array_equal(np.load(tmp_path / "s.npy"), np.zeros(30))


def test_page(folder: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = score(folder, "--method", "reconstruction", "--page", page)
    assert result.exit_code == 0, result.output
    html = page.read_text(encoding="utf-8")
    sources = re.findall(r'(?:src|href)="([^"]{0,21})', html)
    assert len(sources) == 30 + 12 and all(s.startswith("data:image/png;base64") for s in sources)
    assert "<script" not in html and "url(" not in html
    captions = re.findall(r"<figcaption>row (\d+): [^<]*(, odd)?</figcaption>", html)
    assert sorted(int(row) for row, _ in captions[:2]) == ODD
    assert "The most typical" in html and "dashed: the threshold" in html


def test_heat() -> None:
    colours = heat_map(np.array([0.0, 2.0, 4.0, 6.0, 60.0]).reshape(1, 1, 5, 1))
    expected = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [1, 1, 1], [1, 1, 1]]
    np.testing.assert_allclose(colours[0, 0], expected)
    assert heat_map(np.ones((2, 7))).shape == (2, 1, 7, 3)
    assert heat_map(np.ones((2, 4, 3, 3))).shape == (2, 4, 3, 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--false-positives", "0%"], "--false-positives 0%: give a share, such as 1% or 0.01"),
        (["--false-positives", "few"], "--false-positives few: give a share"),
        (["--false-positives", "0.1%"], "120 scores of usual examples decide no threshold for"),
        (["--odd-labels", "a"], "--odd-labels a: give whole numbers"),
        (["--odd-labels", "7"], "has the labels 0, 1: --odd-labels takes some of them"),
        (["--background", "digits_vae"], "--background is for --method likelihood_ratio"),
        (["--page", "page.png"], "page.png: expected a name that ends in .html"),
        (["--reference", "none.npy"], "no such file or folder: none.npy"),
    ],
)
def test_wrong_scores(folder: Path, arguments: list[str], message: str) -> None:
    assert_one_line(score(folder, *arguments), message)


def test_data_without_labels(folder: Path) -> None:
    result = score(folder, "--odd-labels", 1, "--data", folder / "usual.npy")
    assert_one_line(result, "usual.npy has no labels: leave --odd-labels out")


def test_a_model_of_own_data_needs_a_reference(folder: Path, export: Path) -> None:
    manifest = json.loads((export / "manifest.json").read_text())
    (export / "manifest.json").write_text(json.dumps({**manifest, "data": "mine.npy"}))
    result = run("score", export, "--data", folder / "x.npz", "--method", "elbo")
    assert_one_line(result, "was trained on (mine.npy) are no named set: give usual examples")


class TestImpute:
    def test_by_mask(self, x: Array, folder: Path, tmp_path: Path) -> None:
        mask = np.ones((30, 8, 8), bool)
        mask[:, 2:5, ::2] = False
        np.save(tmp_path / "m.npy", mask)
        given = ("--data", folder / "x.npz", "--mask", tmp_path / "m.npy", "--seed", 3)
        result = run("impute", "digits_vae", *given, "--draws", 2, "-o", tmp_path / "f.npz")
        assert result.exit_code == 0, result.output
        model = vaezoo.load("digits_vae")
        expected = impute(model, x, mask[..., None], draws=2, observation_noise=False, seed=3)
        with np.load(tmp_path / "f.npz") as content:
            np.testing.assert_array_equal(content["draws"], expected.draws)
            np.testing.assert_array_equal(content["mean"], expected.mean)
        assert "18.8% of their values filled in by digits_vae" in result.stdout
        assert "effective sample size, of 100 proposals: median" in result.stdout

    def test_of_nan(self, x: Array, tmp_path: Path) -> None:
        with_gaps = x[..., 0].copy()
        with_gaps[:, 5:, 1] = np.nan
        np.save(tmp_path / "x.npy", with_gaps)
        out = tmp_path / "f.npy"
        result = run("impute", "digits_vae", "--data", tmp_path / "x.npy", "--noise", "-o", out)
        assert result.exit_code == 0, result.output
        filled = np.load(out)
        seen = ~np.isnan(with_gaps)
        assert filled.shape == (30, 8, 8, 1) and set(np.unique(filled)) == {0.0, 1.0}
        np.testing.assert_array_equal(filled[..., 0][seen], with_gaps[seen])

    @pytest.mark.parametrize(
        ("half", "rows"), [("lower", np.s_[4:]), ("upper", np.s_[:4]), ("left", np.s_[:, :4])]
    )
    def test_halves(self, half: str, rows: object, folder: Path, x: Array, tmp_path: Path) -> None:
        given = ("--data", folder / "x.npz", "--half", half, "-n", 3)
        assert run("impute", "digits_vae", *given, "-o", tmp_path / "f.npy").exit_code == 0
        differs = (np.load(tmp_path / "f.npy") != x[:3]).any(axis=0)
        inside = np.zeros(differs.shape, bool)
        inside[rows] = True
        assert differs[inside].any() and not differs[~inside].any()

    def test_picture(self, folder: Path, tmp_path: Path) -> None:
        given = ("--data", folder / "x.npz", "--half", "right", "-n", 5, "--draws", 3)
        assert run("impute", "digits_vae", *given, "-o", tmp_path / "f.png").exit_code == 0
        assert size_of(tmp_path / "f.png") == (5 * 34 + 2, 5 * 34 + 2)  # it, what is seen, fills

    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            ([], "x.npz has no NaN, so nothing is missing: give --mask, or --half"),
            (["--mask", "none.npy"], "none.npy does not exist"),
            (["--mask", "{folder}/x.npz"], "x.npz: expected a .npy file"),
            (["--mask", "{folder}/usual.npy"], "has dtype float32: expected bool, true where"),
            (["--mask", "{folder}/m.npy"], "the mask has shape [4, 8, 1]: expected [30, 8, 8, 1]"),
            (["--mask", "m.npy", "--half", "left"], "--mask and --half both say what is missing"),
            (["--half", "left", "-o", "f.gif"], "f.gif: expected a name that ends in .png"),
            (["--half", "left", "--draws", "0"], "draws=0: give an integer of 1 or more"),
        ],
    )
    def test_wrong(self, arguments: list[str], message: str, folder: Path) -> None:
        np.save(folder / "m.npy", np.ones((4, 8, 1), bool))
        given = [argument.format(folder=folder) for argument in arguments]
        result = run("impute", "digits_vae", "--data", folder / "x.npz", *given)
        assert_one_line(result, message)
