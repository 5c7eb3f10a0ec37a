"""The published presets: their figures, and that their recipe makes them again."""

from __future__ import annotations

import dataclasses
import json
import shutil
import statistics
import subprocess
from pathlib import Path

import pytest

from vaezoo import zoo
from vaezoo._named_figures import factors_split
from vaezoo.runtime.manifest import Manifest
from vaezoo.training.recipe import load_recipe
from vaezoo.training.reproduction import reproduce

ROOT = Path(__file__).parents[2]
PAIR = ("dsprites_beta_tcvae", "dsprites_factor_vae")
PRESETS = sorted(path.name for path in (ROOT / "saved_models").iterdir())


def minutes(name: str) -> float:
    """Of a preset's training, as its card has it."""
    metrics = json.loads((ROOT / "saved_models" / name / "metrics.json").read_text())
    return metrics["seconds"]["training"] / 60


@pytest.mark.parametrize("name", PRESETS)
def test_weights_export_and_recipe_belong_together(name: str) -> None:
    manifest = Manifest.read(zoo.find_export(name))
    manifest.check(zoo.find_export(name))
    metadata = json.loads((zoo.find_preset(name) / "metadata.json").read_text())
    assert manifest.weights_sha256 == metadata["files"]["model.weights.h5"]["sha256"]
    assert manifest.model == metadata["model"]
    kept, recipe = load_recipe(zoo.find_preset(name) / "recipe.toml"), load_recipe(name)
    told = kept.model.keys() - recipe.model.keys()  # by the data
    assert told <= {"schema", "num_attributes", "attribute_names"}
    given = {key: kept.model[key] for key in kept.model if key not in told}
    assert dataclasses.replace(kept, model=given) == recipe


@pytest.mark.exhaustive
@pytest.mark.parametrize("name", [name for name in PRESETS if minutes(name) < 2])
def test_the_recipe_makes_it_again(name: str, tmp_path: Path) -> None:
    """Other processors round differently: the figures come back, not the bits."""
    lines = reproduce(zoo.find_preset(name), tmp_path / "again", progress=False)
    assert len(lines) >= 1
    assert all(line.agrees for line in lines), [line.text() for line in lines]


def test_weights_are_small() -> None:
    for name in PRESETS:
        for part in ("saved_models", "export"):
            sizes = [p.stat().st_size for p in (ROOT / part / name).glob("*") if p.is_file()]
            assert max(sizes) <= 4e6, f"{part}/{name}"


def test_the_checkout_is_small() -> None:
    if not (ROOT / ".git").exists() or shutil.which("git") is None:
        pytest.skip("no checkout, or no git to list it")
    # Files may be another user's than the test's.
    command = ["git", "-c", "safe.directory=*", "ls-files", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    assert sum((ROOT / name).stat().st_size for name in listed.split("\0") if name) < 130e6


@pytest.mark.parametrize("name", [name for name in PRESETS if name in PAIR])
def test_of_the_dsprites_pair_the_median_seed_is_published(name: str) -> None:
    results = json.loads((ROOT / "benchmarks" / "results" / "disentanglement.json").read_text())
    scores = {seed: results[f"{name}_{seed}"]["disentanglement"] for seed in range(5)}
    assert {factors_split(each) for each in scores.values()} == {"train"}
    mig = {seed: each["mig"] for seed, each in scores.items()}
    assert mig[load_recipe(name).seed] == statistics.median(mig.values())


@pytest.mark.parametrize("name", [name for name in PRESETS if name in PAIR])
def test_the_dsprites_pair_is_scored_on_test_images(name: str) -> None:
    metrics = json.loads((ROOT / "saved_models" / name / "metrics.json").read_text())
    scores = metrics["disentanglement"]
    assert (scores["split"], scores["num_examples"]) == ("test", 2304)
    lines = (ROOT / "saved_models" / name / "README.md").read_text(encoding="utf-8").splitlines()
    values = lines[lines.index("| MIG | FactorVAE score | DCI | SAP | modularity |") + 2]
    assert values.startswith(f"| {scores['mig']:.2f} |")
    assert "2304 test examples, each score from 0 to 1:" in lines
    assert "4 of the test images" in next(line for line in lines if line.startswith("| splits"))
