"""How a run's data were prepared goes with its model: metadata, manifest, Keras and commands."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from training_helpers import slow, small_recipe

import vaezoo
from vaezoo import models
from vaezoo.cli.group import group
from vaezoo.errors import DataError
from vaezoo.likelihoods import LIKELIHOODS
from vaezoo.report.page import _likelihoods
from vaezoo.runtime.preparation import Preparation, is_normalised_on
from vaezoo.training import load_recipe, run

VALUES = {
    "binary": np.array([0.0, 1.0], np.float32),
    "grey": np.array([0.0, 0.3], np.float32),
    "levels": np.array([0.0, 1 / 255, 1.0], np.float32),
    "counts": np.array([0.0, 1.0, 7.0], np.float32),
}


@pytest.mark.parametrize("name", LIKELIHOODS)
def test_the_runtime_knows_what_is_a_likelihood(name: str) -> None:
    for values in VALUES.values():
        likelihood = LIKELIHOODS[name]((len(values), 3))  # three channels, as those of colours need
        numbers = {"levels": getattr(likelihood, "levels", 0)}
        x = np.broadcast_to(values[:, None], (1, len(values), 3))
        known = is_normalised_on(type(likelihood).__name__, numbers, x)
        assert known == likelihood.is_normalised_on(x)


def test_a_run_records_it(trained: Path, tmp_path: Path) -> None:
    expected = Preparation(binarise="dynamic")
    assert small_recipe().data.binarise == "dynamic"
    assert vaezoo.load(trained).manifest.preparation == expected
    manifest = json.loads((trained / "export" / "manifest.json").read_text())
    assert Preparation.parse(manifest["preparation"]) == expected
    model = models.VAE.from_preset(trained)
    assert model.preparation == expected
    model.save_to_preset(tmp_path / "again")
    assert vaezoo.load(tmp_path / "again").manifest.preparation == expected
    grey = np.full((2, 8, 8, 1), 128, np.uint8)
    for either in (model, vaezoo.load(trained)):
        with pytest.raises(DataError, match="trained on levels from 0 to 1"):
            either.encode_mean(grey)


def test_all_rows_are_evaluated(trained: Path, tmp_path: Path) -> None:
    x = (np.random.default_rng(0).random((35, 8, 8)) < 0.3).astype(np.uint8) * 255
    np.save(tmp_path / "x.npy", x)
    out = tmp_path / "e.json"
    arguments = ["--data", str(tmp_path / "x.npy"), "--num-samples", "5", "-o", str(out)]
    result = CliRunner().invoke(group, ["evaluate", str(trained), *arguments])
    assert result.exit_code == 0 and "On 35 rows" in result.stdout
    metrics = json.loads(out.read_text())
    assert metrics["num_examples"] == 35 and metrics["data"]["split"] == "all"


def test_a_page_says_what_is_not_a_likelihood(trained: Path) -> None:
    metrics = json.loads((trained / "metrics.json").read_text())
    assert "not a likelihood" not in _likelihoods(metrics)
    assert "cross-entropy, not a likelihood" in _likelihoods(metrics | {"normalised": False})


@pytest.mark.parametrize("name", [slow("normal"), "poisson"])
def test_bytes_are_counts_where_the_likelihood_says_so(name: str, tmp_path: Path) -> None:
    counts = np.random.default_rng(0).poisson(3, (40, 6))
    quick = ["training.epochs=1", "evaluation.num_samples=5", "training.jit_compile=false"]
    paths = {}
    for dtype in ("f4", "u1"):
        path = tmp_path / f"{dtype}.npy"
        np.save(path, counts.astype(dtype))
        changes = [*quick, f"model.likelihood={name}", f'data.name="{path}"']
        paths[dtype] = tmp_path / f"run_{dtype}"
        run.train(load_recipe("own", changes), paths[dtype], progress=False)
    equal = [vaezoo.load(paths[d]).generate(3, seed=0).tolist() for d in paths]
    assert (equal[0] == equal[1]) == (name == "poisson")
    if name == "poisson":
        for dtype in paths:
            out = tmp_path / f"{dtype}.scores.npy"
            data = str(tmp_path / f"{dtype}.npy")
            command = ["score", str(paths["f4"]), "--data", data, "-o", str(out)]
            assert CliRunner().invoke(group, command).exit_code == 0
        scores = [np.load(tmp_path / f"{dtype}.scores.npy") for dtype in paths]
        np.testing.assert_array_equal(*scores)
        expected = vaezoo.load(paths["f4"]).log_likelihood(counts.astype(np.float32))
        np.testing.assert_array_equal(scores[0], expected)
