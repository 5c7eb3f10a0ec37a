"""Figures that would be taken for others are marked wherever they stand."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from vaezoo.cli.figures import figures
from vaezoo.report import page
from vaezoo.runtime.manifest import Manifest
from vaezoo.zoo import index, table

ROOT = Path(__file__).parents[2]
PRESETS = sorted(path.parent.name for path in (ROOT / "saved_models").glob("*/metrics.json"))


def metrics_of(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((ROOT / "saved_models" / name / "metrics.json").read_text())
    return found


def card_of(name: str) -> str:
    """Its text, in one line."""
    text = (ROOT / "saved_models" / name / "README.md").read_text(encoding="utf-8")
    return " ".join(text.split())


def row_of(name: str) -> list[str]:
    """Cells of the table of presets."""
    lines = table.markdown(ROOT / "saved_models").splitlines()
    (line,) = (line for line in lines if line.startswith(f"| {name} |"))
    return line.strip("| ").split(" | ")


def told(metrics: dict[str, Any]) -> str:
    """What commands print of it."""
    return "\n".join(figures(metrics))


@pytest.mark.parametrize("name", PRESETS)
def test_likelihoods_given_a_condition(name: str) -> None:
    """M2's is a marginal one, as its classifier sums the labels out."""
    manifest, metrics = Manifest.read(ROOT / "export" / name), metrics_of(name)
    given = manifest.condition is not None and "classifier" not in manifest.graphs
    assert metrics.get("conditional", False) is given
    assert ("given the condition" in card_of(name)) is given
    assert ("of log p(x|condition), and not comparable" in card_of(name)) is given
    assert row_of(name)[2].endswith("(given c)") is given
    assert row_of(name)[3].endswith("(given c)") is given
    assert index.read(ROOT / "vaezoo" / "zoo" / index.FILE)[name].conditional is given
    assert ("not comparable with log p(x)" in told(metrics)) is given
    assert ("not comparable with log p(x)" in page._likelihoods(metrics)) is given


def test_the_table_explains_its_mark() -> None:
    """Once, below the two marks that each of these models has in its row."""
    text = table.markdown(ROOT / "saved_models")
    given = sum(metrics_of(name).get("conditional", False) for name in PRESETS)
    assert given >= 2
    assert text.count("(given c)") == 2 * given + 1 and "\n(given c): of log p(x|c), " in text


@pytest.mark.parametrize("name", PRESETS)
def test_an_elbo_is_not_called_an_estimate_by_importance_samples(name: str) -> None:
    metrics = metrics_of(name)
    if "elbo" not in metrics:
        assert "importance samples" not in card_of(name)
        return
    estimated = metrics["log_likelihood"]["num_samples"] > 1
    assert estimated or metrics["log_likelihood"]["mean"] == metrics["elbo"]["mean"]
    assert ("importance samples |" in card_of(name)) is estimated
    assert ("no estimate but the ELBO" in card_of(name)) is not estimated
    assert (row_of(name)[3] == "the ELBO") is not estimated
    assert row_of(name)[4].startswith("–") is not estimated
    assert ("importance samples" in told(metrics)) is estimated
    assert ("no estimate of the log-likelihood but the ELBO" in page._likelihoods(metrics)) is (
        not estimated
    )


def test_samples_of_discrete_codes_are_all_the_same() -> None:
    """As an earlier version measured them, with as many samples as it was asked for."""
    metrics = metrics_of("mnist_vqvae")
    metrics["log_likelihood"]["num_samples"] = 5000
    assert "importance samples" not in told(metrics) + page._likelihoods(metrics)


@pytest.mark.parametrize("name", PRESETS)
def test_distances_say_that_they_are_of_means(name: str) -> None:
    if "samples" not in metrics_of(name):
        return
    assert "A sample is the mean of p(x|z) for one z, not a draw of it" in card_of(name)
    assert "mean of p(x|z) for one z, not a draw of it" in page._samples(metrics_of(name))
    assert " | Fréchet distance of means | " in table.markdown(ROOT / "saved_models")


def test_scores_for_factors_say_their_split() -> None:
    metrics = metrics_of("dsprites_factor_vae")
    assert "posterior means of the test split" in page._codes(metrics)
    assert "num examples" not in page._codes(metrics)
    for key in ("split", "num_examples"):
        del metrics["disentanglement"][key]  # as version 0.1 left them
    assert "posterior means of the train split" in page._codes(metrics)


def test_an_index_of_before_reads_as_before(tmp_path: Path) -> None:
    source = ROOT / "vaezoo" / "zoo" / index.FILE
    values = json.loads(source.read_text())
    for preset in values["presets"].values():
        del preset["conditional"]
    (tmp_path / index.FILE).write_text(json.dumps(values))
    expected = {
        name: dataclasses.replace(preset, conditional=False)
        for name, preset in index.read(source).items()
    }
    assert index.read(tmp_path / index.FILE) == expected
