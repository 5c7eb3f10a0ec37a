"""vaezoo zoo: reference classifiers, checks, and presets made once more."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from vaezoo import datasets, reference_classifiers, zoo
from vaezoo._model import presets
from vaezoo.cli.group import group
from vaezoo.errors import DamagedFileError, DataError
from vaezoo.evaluation import examples, per_example
from vaezoo.training.reproduction import compare
from vaezoo.zoo.check import check

ROOT = Path(__file__).parents[2]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    """A copy of a published preset, to damage."""
    return Path(shutil.copytree(ROOT / "saved_models" / "digits_vae", tmp_path / "preset"))


class TestCheck:
    def test_what_is_published_is_right(self, export: Path, preset: Path) -> None:
        text = "\n".join(check(export, preset, presets.load))
        assert "Keras weights: largest difference" in text
        assert "elbo of 200 test examples" in text and "as published" in text

    def test_a_changed_graph(self, export: Path, preset: Path) -> None:
        path = export / "decoder.onnx"
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
        with pytest.raises(DamagedFileError, match="not the file that was exported"):
            list(check(export, preset, presets.load))

    def test_weights_that_are_not_the_exports(self, export: Path, preset: Path) -> None:
        """Both are whole, but they do not belong together."""
        model = presets.load(preset)
        model.set_weights([1.1 * w for w in model.get_weights()])
        presets.save(model, preset, export=False, name="digits_vae")
        with pytest.raises(DamagedFileError, match="decodes the canonical z with a difference"):
            list(check(export, preset, presets.load))

    def test_a_changed_figure(self, export: Path, preset: Path) -> None:
        path = preset / "metrics.json"
        metrics = json.loads(path.read_text())
        metrics["quick"]["elbo"] += 0.01
        path.write_text(json.dumps(metrics))
        with pytest.raises(DamagedFileError, match="elbo of 200 test examples is"):
            list(check(export, preset, presets.load))

    def test_the_command_says_it_in_a_line(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("VAEZOO_DATA", raising=False)  # data that are not here are no error
        monkeypatch.setenv("VAEZOO_CACHE", "/nowhere")
        result = run("zoo", "check", "digits_vae")
        assert result.exit_code == 0, result.output
        assert "1 preset is as published" in result.output
        result = run("zoo", "check", "digit_vae")
        assert result.exit_code == 1 and "did you mean 'digits_vae'" in result.stderr


class TestReproduce:
    @pytest.mark.parametrize(
        ("change", "agrees"),
        [
            ("none", True),
            ("rounding", True),
            ("divergence", True),
            ("small shift", False),
            ("other examples", False),
            ("other model", False),
        ],
    )
    def test_models_are_compared_example_by_example(
        self, change: str, agrees: bool, rng: np.random.Generator
    ) -> None:
        """The mean of 300 examples like these has a standard error of .2 nats."""
        published = rng.normal(-22.8, 3.5, 300)
        noise = rng.normal(0, 1, 300)
        noise -= noise.mean()
        found = {
            "none": published,
            "rounding": published + 0.05 * noise + 0.04,
            "divergence": published + noise + 0.05,
            "small shift": published + 0.05 * noise + 0.1,
            "other examples": rng.permutation(published),
            "other model": rng.normal(-22.8, 3.5, 300),
        }[change]
        (line,) = compare({"elbo": published}, {"elbo": found})
        assert line.agrees is agrees
        assert ("agrees" in line.text(), "DIFFERS" in line.text()) == (agrees, not agrees)

    def test_other_figures_are_not_compared(self) -> None:
        for other in ({"elbo": np.zeros(3)}, {"mean_squared_error": np.zeros(4)}, {}):
            with pytest.raises(DataError, match="expected the same figures"):
                compare({"elbo": np.zeros(4)}, other)

    def test_two_models_see_the_same_examples_and_noise(self) -> None:
        """The weights, not the noise, make the difference: half a per mille of them, here."""
        data = datasets.load("digits", binarise="dynamic")
        model = presets.load(zoo.find_preset("digits_vae"))
        x, _ = examples(model, data, "test", 64)
        one, again, other_noise = (per_example(model, x, num_samples=2, seed=s) for s in (0, 0, 1))
        assert all(line.distance == 0 for line in compare(one, again))
        apart = {line.name: line.distance for line in compare(one, other_noise)}
        assert apart["elbo"] > 0.1 and apart["mean_squared_error"] == 0
        model.set_weights([1.0005 * weight for weight in model.get_weights()])
        changed = compare(one, per_example(model, x, num_samples=2, seed=0))
        assert [line.name for line in changed] == ["mean_squared_error", "elbo", "log_likelihood"]
        assert all(0 < line.distance < 0.02 and line.agrees for line in changed)

    @pytest.mark.slow
    def test_the_command(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """A preset whose recipe is cut to two epochs cannot come out as published."""
        folder = tmp_path / "saved_models" / "short"
        shutil.copytree(ROOT / "saved_models" / "digits_vae", folder)
        recipe = (folder / "recipe.toml").read_text().replace("epochs = 200", "epochs = 2")
        (folder / "recipe.toml").write_text(recipe.replace("num_samples = 5000", "num_samples = 5"))
        result = run("zoo", "reproduce", folder, "--out", tmp_path / "run")
        assert result.exit_code == 1
        assert "did not come out as published" in result.stderr and "DIFFERS" in result.output


def test_measuring_again_leaves_likelihoods_and_gives_the_same_figures(
    trained: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(trained, tmp_path / "run"))
    before = json.loads((folder / "metrics.json").read_text())
    old = {k: v for k, v in before.items() if k not in ("conditional", "linear_probe")}
    (folder / "metrics.json").write_text(json.dumps(old | {"samples": None}))
    result = run("zoo", "measure", folder)
    assert result.exit_code == 0, result.output
    assert json.loads((folder / "metrics.json").read_text()) == before


def test_the_table_has_a_row_for_each_preset() -> None:
    text = run("list", "--markdown").output
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    presets = {path.parent.name for path in (ROOT / "saved_models").glob("*/metrics.json")}
    assert {row.split(" | ")[0].strip("| ") for row in rows[1:]} == presets
    assert text in (ROOT / "docs" / "presets.md").read_text(encoding="utf-8")


def test_a_reference_classifier_learns(tmp_path: Path) -> None:
    result = run("zoo", "reference-classifier", "digits", "--epochs", 3, "--out", tmp_path)
    assert result.exit_code == 0, result.output
    data, reference_classifier = (
        datasets.load("digits"),
        reference_classifiers.ReferenceClassifier(tmp_path, "digits"),
    )
    guesses = reference_classifier(data.test).probabilities.argmax(axis=1)
    assert np.mean(guesses == data.labels["test"]) == pytest.approx(
        reference_classifier.accuracy["mean"]
    )
    assert reference_classifier.accuracy["mean"] > 0.6
    result = run("zoo", "reference-classifier", "mnist_statik", "--out", tmp_path)
    assert result.exit_code == 1 and "mnist_static" in result.stderr


def test_every_preset_that_the_index_lists_is_here() -> None:
    assert set(zoo.known()) == set(zoo.names())
