"""Models of the user's own classes: their number and names go from the data to the export."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import keras
import numpy as np
import pytest
from click.testing import CliRunner, Result
from own_data import folder, numbered

import vaezoo
from vaezoo import datasets, evaluation
from vaezoo.cli.group import group
from vaezoo.datasets.base import SPLITS, Dataset
from vaezoo.errors import ConfigError, DamagedFileError, DataError, UnknownNameError
from vaezoo.models import CVAE, M2
from vaezoo.runtime import Manifest
from vaezoo.training import load_recipe
from vaezoo.training.building import build_model, of_labels
from vaezoo.training.recipe import Recipe
from vaezoo.training.recipe_tables import Data

NAMES = ["cat", "dog", "ox"]
SMALL = {"network": {"name": "mlp", "hidden": [4]}, "seed": 0}


def own(tmp_path: Path, **columns: np.ndarray) -> tuple[Data, Dataset]:
    x = np.random.default_rng(0).random((60, 4)).astype(np.float32)
    np.savez(tmp_path / "x.npz", x=x, **columns)
    settings = Data(str(tmp_path / "x.npz"), attributes=[n for n in columns if n == "size"])
    return settings, datasets.load(**dataclasses.asdict(settings))


@pytest.mark.parametrize("name", ["CVAE", "ConditionalPriorVAE", "M2"])
def test_the_recipe_gets_the_classes_of_the_data(tmp_path: Path, name: str) -> None:
    settings, data = own(tmp_path, y=np.array([*NAMES, ""])[np.arange(60) % 4])
    recipe = of_labels(Recipe("mine", settings, {"name": name, **SMALL}), data)
    assert recipe.model["num_classes"] == 3 and recipe.model["label_names"] == NAMES
    model = build_model(recipe, data.data_shape)
    assert model.condition.names == tuple(NAMES)
    model.compile("adam", jit_compile=False)
    labels = evaluation.conditions(model, data, "train")
    assert set(labels) == {-1, 0, 1, 2}
    assert np.isfinite(model.fit(data.train, labels, verbose=0).history["loss"]).all()
    again = type(model).from_config(model.get_config())
    assert again.condition.names == tuple(NAMES)


def test_what_the_user_gives_stays(tmp_path: Path) -> None:
    settings, data = own(tmp_path, y=np.arange(60) % 3)
    given = {"name": "CVAE", "num_classes": 5, **SMALL}
    assert of_labels(Recipe("mine", settings, given), data).model["num_classes"] == 5
    unconditional = Recipe("mine", settings, {"name": "VAE", **SMALL})
    assert of_labels(unconditional, data) == unconditional
    named = Recipe("mine", Data("digits"), {"name": "CVAE"})
    assert of_labels(named, data) == named


def test_conditions_of_a_plain_vae(tmp_path: Path) -> None:
    size = np.arange(60, dtype=np.float32)
    settings, data = own(tmp_path, y=np.arange(60) % 3, size=size)

    def condition(spec: object) -> object:
        model = {"name": "VAE", "condition": spec, **SMALL}
        return of_labels(Recipe("mine", settings, model), data).model["condition"]

    assert condition("labels") == {"name": "labels", "num_classes": 3}
    assert condition({"name": "vector"}) == {"name": "vector", "dim": 1}
    recipe = Recipe("mine", settings, {"condition": "vector", **SMALL})
    model = build_model(of_labels(recipe, data), data.data_shape)
    for split in SPLITS:
        np.testing.assert_array_equal(
            evaluation.conditions(model, data, split), data.attributes[split]
        )
    assert sorted(np.concatenate([*data.attributes.values()])[:, 0]) == size.tolist()


def test_data_without_classes(tmp_path: Path) -> None:
    recipe = Recipe("mine", own(tmp_path)[0], {"name": "M2", **SMALL})
    with pytest.raises(DataError, match=r"has no labels, which M2 needs.*save y beside x"):
        of_labels(recipe, own(tmp_path)[1])
    settings, data = own(tmp_path, label=np.array(["cat"] * 60))
    with pytest.raises(DataError, match="has one class"):
        of_labels(dataclasses.replace(recipe, data=settings), data)
    vector = dataclasses.replace(recipe, model={"name": "VAE", "condition": "vector"})
    with pytest.raises(DataError, match=r"has no attributes, .*data.attributes="):
        of_labels(vector, data)


class TestNamesInPython:
    @pytest.fixture(scope="class")
    @classmethod
    def named(cls) -> CVAE:
        return CVAE((4, 4, 1), 2, num_classes=3, label_names=NAMES, **SMALL)

    def test_a_name_is_its_number(self, named: CVAE) -> None:
        expected = named.generate(4, condition=1, seed=0)
        np.testing.assert_array_equal(named.generate(4, condition="dog", seed=0), expected)
        both = named.generate(2, condition=["ox", "cat"], seed=0)
        np.testing.assert_array_equal(both, named.generate(2, condition=[2, 0], seed=0))
        objects = np.array(["ox", "cat"], dtype=object)  # as columns of pandas are
        np.testing.assert_array_equal(both, named.generate(2, condition=objects, seed=0))

    def test_fit_takes_names(self, named: CVAE) -> None:
        x = np.random.default_rng(0).random((12, 4, 4, 1)).astype(np.float32)
        histories = []
        for labels in (np.array(NAMES)[np.arange(12) % 3], np.arange(12) % 3):
            keras.utils.set_random_seed(1)
            again = CVAE.from_config(named.get_config())
            again.compile("adam", jit_compile=False)
            histories.append(again.fit(x, labels, verbose=0, shuffle=False).history["loss"])
        assert histories[0] == histories[1]

    def test_wrong_names(self, named: CVAE) -> None:
        with pytest.raises(UnknownNameError, match="unknown label 'dogs': did you mean 'dog'"):
            named.generate(1, condition="dogs")
        with pytest.raises(DataError, match="classes have no names"):
            CVAE((4,), 2, num_classes=3, **SMALL).generate(1, condition="dog")
        for names in (["a", "b"], ["a", "a", "b"], ["a", "b", ""], [1, 2, 3]):
            with pytest.raises(ConfigError, match="label names"):
                M2((4,), 2, num_classes=3, label_names=names, **SMALL)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def test_from_a_folder_of_classes_to_the_export(tmp_path: Path) -> None:
    """Training, augmented, by the command; then its run, by the commands and in Python."""
    pictures = numbered([f"{NAMES[i % 3]}/{i}.png" for i in range(90)])
    path, out = folder(tmp_path / "pets", pictures | {"ox/bad.png": b"bad"}), tmp_path / "run"
    settings = (
        "training.epochs=1", "data.image_size=6", "evaluation.num_samples=2",
        "training.jit_compile=false", "training.augment=['flip', 'shift']",
        "model.network={name='mlp', hidden=[4]}", "data.skip_bad=true",
    )  # fmt: skip
    options = [part for setting in settings for part in ("--set", setting)]
    result = run("train", "--data", path, "--model", "CVAE", "--out", out, *options)
    assert result.exit_code == 0, result.output
    assert "Note: 1 of 91 files" in result.stderr and "--condition cat " in result.stdout
    assert "trained on augmented examples (flip, shift)" in result.stdout
    assert load_recipe(out / "recipe.toml").model["label_names"] == NAMES
    assert json.loads((out / "metrics.json").read_text())["augment"] == ["flip", "shift"]
    card = (out / "README.md").read_text()
    assert 'condition="cat"' in card and "trained on augmented examples" in card
    assert "3 labels: cat, dog, ox" in run("info", out).stdout

    served = vaezoo.load(out)
    assert served.manifest.condition.names == tuple(NAMES)
    pictures_of_dogs = served.generate(3, condition="dog", seed=0)
    np.testing.assert_array_equal(served.generate(3, condition=1, seed=0), pictures_of_dogs)
    result = run("generate", out, "-n", 3, "--seed", 0, "--condition", "dog", "-o", out / "x.npy")
    assert result.exit_code == 0, result.output
    np.testing.assert_array_equal(np.load(out / "x.npy"), pictures_of_dogs)
    wrong = run("generate", out, "--condition", "dgo")
    assert wrong.exit_code == 1 and "did you mean 'dog'" in wrong.stderr

    fewer = folder(tmp_path / "fewer", numbered([f"{NAMES[1 + i % 2]}/{i}.png" for i in range(4)]))
    run("score", out, "--data", fewer, "--num-samples", 2, "-o", out / "scores.npy")
    x = datasets.as_float(datasets.load_rows(fewer, image_size=6).test[np.arange(4)])
    expected = served.log_likelihood(x, condition=["dog", "dog", "ox", "ox"], num_samples=2)
    np.testing.assert_array_equal(np.load(out / "scores.npy"), expected)

    manifest = json.loads((out / "export" / "manifest.json").read_text())
    for names in (["a", "b"], ["a", "a", "b"], "abc", [1, 2, 3]):
        manifest["condition"]["names"] = names
        (out / "export" / "manifest.json").write_text(json.dumps(manifest))
        with pytest.raises(DamagedFileError, match="is no export's manifest"):
            Manifest.read(out / "export")
    del manifest["condition"]["names"]  # as older ones have it
    (out / "export" / "manifest.json").write_text(json.dumps(manifest))
    assert Manifest.read(out / "export").condition.names == ()
