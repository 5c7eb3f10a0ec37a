"""Every value of a recipe is checked before anything is trained."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from training_helpers import each

from vaezoo import datasets
from vaezoo._model.base import LatentVariableModel
from vaezoo.cli import train as command
from vaezoo.errors import ConfigError, UnknownNameError
from vaezoo.models import MODELS
from vaezoo.training import callbacks, load_recipe, run
from vaezoo.training.building import build_model, check_recipe, of_counts
from vaezoo.training.recipe import Recipe, from_dict

BAD = {
    "name": ["'../../escaped'", "'/tmp/x'", "'con'", "'nul.onnx'", "'a '", "'a.'", "''", "3"],
    "summary": ["3"],
    "seed": ["-1", "1.5", "true", "5000000000", "'x'"],
    "references": ["3", "'x'", "[3]"],
    "data.name": ["''", "3", '"a\\u0000b"'],
    "data.binarise": ["'often'", "3"],
    "data.image_size": ["0", "-3", "1000000", "1.5", "[8]", "[8, 0]", "[8, 8, 8]", "'x'", "true"],
    "data.image_mode": ["'cmyk'", "3"],
    "data.resize": ["'squeeze'", "3"],
    "data.num_labels": ["0", "-1", "1.5", "'x'"],
    "data.counts": ["1", "'yes'"],
    "data.background": ["3"],
    "data.labels": ["3", "true"],
    "data.attributes": ["3", "'age'", "[3]"],
    "data.split_by": ["3"],
    "data.skip_bad": ["1", "'yes'"],
    "data.schema": ["3"],
    "data.rare": ["-1", "1.5", "'x'"],
    "data.leave_out": ["3", "'age'", "[3]"],
    "data.constraints": ["3"],
    "data.allow_violations": ["1", "'yes'"],
    "model": ["3"],
    "model.name": ["3", "[3]"],
    "optimizer.name": ["3"],
    "optimizer.learning_rate": ["0", "-1", "nan", "inf", "'x'", "true"],
    "optimizer.schedule": ["'steps'", "3"],
    "optimizer.warmup_epochs": ["-1", "nan", "1000", "'x'"],
    "optimizer.arguments": ["3"],
    "training.epochs": ["0", "-5", "1.5", "'x'", "true"],
    "training.batch_size": ["0", "-5", "1.5"],
    "training.steps_per_execution": ["0", "-5"],
    "training.jit_compile": ["1", "'yes'"],
    "training.augment": ["'flip'", "['mirror']", "[3]", "3"],
    "training.steps_per_epoch": ["0", "-5", "1.5", "'x'"],
    "training.minutes": ["0", "-1", "nan", "'x'"],
    "training.patience": ["0", "-5", "1.5"],
    "evaluation.num_samples": ["0", "-1"],
    "evaluation.max_examples": ["0", "-1", "1.5"],
    "evaluation.max_scored": ["0", "-1"],
    "evaluation.seed": ["-1", "5000000000"],
    "export.variants": ["'fp16'", "[3]", "3"],
}


@pytest.mark.parametrize(("key", "value"), [(key, v) for key, some in BAD.items() for v in some])
def test_bad_values(key: str, value: str) -> None:
    with pytest.raises((ConfigError, UnknownNameError)) as error:
        load_recipe("digits", [f"{key}={value}"])
    assert key.split(".")[-1].split("_")[0] in str(error.value)


def test_every_key_has_bad_values() -> None:
    tables = dataclasses.asdict(load_recipe("digits"))
    keys = {f"{k}.{inner}" for k, v in tables.items() if isinstance(v, dict) for inner in v}
    keys = {key for key in keys if not key.startswith("model.")} - {"evaluation.sampler"}
    assert keys <= BAD.keys()


def test_deep_nesting_is_no_recipe(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text(f"name = {'[' * 5000}{']' * 5000}")
    with pytest.raises(ConfigError, match="is not TOML"):
        load_recipe(path)
    with pytest.raises(ConfigError, match="references is 3"):
        from_dict({"name": "a", "data": {"name": "digits"}, "references": 3})


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("evaluation.max_examples=10", "takes 30 or more"),
        ("evaluation.sampler=mix", "unknown sampler"),
        ("evaluation.sampler={name='mixture', num_components=0}", "num_components=0"),
        ("evaluation.sampler={name='mixture', parts=3}", "parts"),
        ("export.variants=['int4']", "unknown variant 'int4'"),
        ("optimizer.name=sgdd", "unknown optimizer"),
        ("optimizer.arguments={beta=1}", "beta"),
    ],
)
def test_found_before_the_training(override: str, message: str, tmp_path: Path) -> None:
    with pytest.raises((ConfigError, UnknownNameError), match=message):
        run.train(load_recipe("digits", [override]), tmp_path / "r", progress=False)
    assert not (tmp_path / "r").exists()


SOME = ("SigmaVAE", "PoissonVAE", "PCA", "VQVAE", "ResidualVAE", "CategoricalVAE", "CVAE")


def own(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (60, 8, 8), np.uint8)
    np.savez(tmp_path / "f.npz", x=x, y=np.arange(60) % 10, size=x.mean(axis=(1, 2)))
    return tmp_path / "f.npz"


def chosen(path: Path, model: str, overrides: tuple[str, ...] = ()) -> Recipe:
    """The recipe that `vaezoo train --data` trains by."""
    recipe, _ = command._chosen(str(path), model, None, overrides)
    return command._fitted(recipe, [item.partition("=")[0] for item in overrides])[0]


@pytest.mark.parametrize("name", each(MODELS, SOME))
def test_the_recipe_for_own_data_fits_every_model(name: str, tmp_path: Path) -> None:
    recipe = chosen(own(tmp_path), name)
    data = datasets.load(recipe.data.name)
    model = build_model(recipe, data.data_shape)
    assert of_counts(recipe, model).data.counts == model.likelihood.is_of_counts
    check_recipe(recipe, model, data)


@pytest.fixture
def _eager_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """`fit` without graphs: three steps take less time than to trace and compile one."""
    compiled = LatentVariableModel.compile
    monkeypatch.setattr(LatentVariableModel, "compile", functools.partialmethod(eager, compiled))


def eager(
    model: LatentVariableModel, compiled: Callable[..., None], *args: Any, **kwargs: Any
) -> None:
    compiled(model, *args, **kwargs | {"jit_compile": False, "run_eagerly": True})


# One of each kind. Of the others' runs figures, picture, preset and card are left out: that each
# is saved and exported, tests the contract.
WHOLE = (*SOME, "VAE", "VAEGAN", "AttributeVAE", "PoincareVAE", "TableVAE", "M2", "RAEGP")
WHOLE += ("DenoisingAutoencoder",)


# MS-SSIM and the features of a critic do not read the scale of p(x|z), and Keras says so.
@pytest.mark.filterwarnings("ignore:Gradients do not exist for variables.*log_scale:UserWarning")
@pytest.mark.usefixtures("_eager_steps")
@pytest.mark.parametrize("name", each(MODELS, late=["ResidualVAE"]))
def test_every_model_trains_on_own_data(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name not in WHOLE:
        monkeypatch.setattr(run, "_finish", lambda *_: {"num_examples": 6})
    quick = (
        "training.epochs=1",
        "training.steps_per_epoch=3",
        "evaluation.num_samples=5",
        "training.jit_compile=false",
        "data.attributes=['size']",
    )
    recipe = chosen(own(tmp_path), name, quick)
    assert run.train(recipe, tmp_path / "r", progress=False)["num_examples"] == 6
    assert len(callbacks.read_log(tmp_path / "r")) == 1
    keras.backend.clear_session()


def test_what_the_user_gives_stays(tmp_path: Path) -> None:
    recipe = chosen(own(tmp_path), "SigmaVAE", ("model.likelihood=normal",))
    with pytest.raises(ConfigError, match="SigmaVAE fixes its likelihood"):
        build_model(recipe, (8, 8, 1))
