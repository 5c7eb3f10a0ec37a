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
from vaezoo.errors import DamagedFileError
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
        assert "1 presets are as published" in result.output
        result = run("zoo", "check", "digit_vae")
        assert result.exit_code == 1 and "did you mean 'digits_vae'" in result.stderr


class TestReproduce:
    def test_figures_agree_within_three_standard_errors(self) -> None:
        published = {"elbo": {"mean": -90.0, "standard_error": 0.1}}
        for found, agrees in ((-90.29, True), (-89.71, True), (-90.31, False)):
            (line,) = compare(published, {"elbo": {"mean": found}})
            assert line.agrees is agrees
            assert ("agrees" in line.text()) is agrees

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
