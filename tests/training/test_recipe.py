"""Recipes: reading, overriding, refusing."""

from __future__ import annotations

from pathlib import Path

import pytest

from vaezoo.errors import ConfigError, UnknownNameError
from vaezoo.training.lookup import names
from vaezoo.training.recipe import Recipe, from_dict, load_recipe, to_dict


@pytest.mark.parametrize("name", names())
def test_shipped_recipes_read_and_come_back(name: str) -> None:
    recipe = load_recipe(name)
    assert recipe.name == name and recipe.summary
    assert from_dict(to_dict(recipe)) == recipe


def test_a_data_set_stands_for_its_vae(tmp_path: Path) -> None:
    assert load_recipe("digits") == load_recipe("digits_vae")


def test_overrides() -> None:
    recipe = load_recipe(
        "own",
        [
            "training.epochs=5",
            "optimizer.learning_rate=1",
            "model.network.hidden=[8, 4]",
            "model.likelihood=bernoulli",
            'data.name="x.npy"',
            "seed=0",
        ],
    )
    assert recipe.training.epochs == 5
    assert recipe.optimizer.learning_rate == 1
    assert recipe.model["network"] == {"name": "mlp", "hidden": [8, 4]}
    assert recipe.model["likelihood"] == "bernoulli"
    assert recipe.data.name == "x.npy"


@pytest.mark.parametrize(
    ("override", "error", "message"),
    [
        ("training.epoch=5", UnknownNameError, "did you mean 'epochs'"),
        ("trainig.epochs=5", UnknownNameError, "did you mean 'training'"),
        ("training.epochs=many", ConfigError, "training.epochs is 'many': expected int"),
        ("training.epochs=true", ConfigError, "training.epochs is True: expected int"),
        ("training.epochs=0", ConfigError, "give an integer of 1 or more"),
        ("training.epochs=-3", ConfigError, "give an integer of 1 or more"),
        ("training=3", ConfigError, "training is 3: expected a table"),
        ("epochs", ConfigError, "expected key=value"),
        ("seed=-1", ConfigError, "seed=-1"),
    ],
)
def test_bad_overrides(override: str, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        load_recipe("digits", [override])


def test_bad_files(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text("name = ")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_recipe(path)
    path.write_text("name = 'x'")
    with pytest.raises(ConfigError, match="lacks data"):
        load_recipe(path)
    with pytest.raises(UnknownNameError, match="did you mean 'digits_vae'"):
        load_recipe("digit_vae")


def test_references() -> None:
    given = {"what": "VAE", "log_likelihood": "-84.45 ± 0.12", "source": "https://a.b"}
    values = {"name": "a", "data": {"name": "digits"}, "references": [given]}
    (reference,) = from_dict(values).references
    assert reference.log_likelihood == "-84.45 ± 0.12"
    with pytest.raises(UnknownNameError, match=r"key of references\[0\] 'sauce'"):
        from_dict(values | {"references": [given | {"sauce": ""}]})
    with pytest.raises(ConfigError, match=r"references\[0\].log_likelihood is -84.45"):
        from_dict(values | {"references": [given | {"log_likelihood": -84.45}]})


def test_recipes_are_frozen() -> None:
    recipe = load_recipe("digits")
    assert isinstance(recipe, Recipe)
    with pytest.raises(AttributeError):
        recipe.seed = 3  # type: ignore[misc]
