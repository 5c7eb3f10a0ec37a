"""Presets that someone has made to do harm, with hashes that are right."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np
import pytest

from vaezoo._model import presets
from vaezoo._storage import files
from vaezoo.errors import ConfigError, DamagedFileError, VaezooError
from vaezoo.models import VAE

NETWORK = {"name": "mlp", "hidden": [4]}


@pytest.fixture
def preset(tmp_path: Path) -> Path:
    model = VAE((6,), 2, network=NETWORK, likelihood="normal", seed=0)
    model.save_to_preset(tmp_path / "p", export=False)
    return tmp_path / "p"


def sign(preset: Path) -> None:
    """Makes the hashes those of the files as they are."""
    metadata = json.loads((preset / presets.METADATA).read_text())
    metadata["files"] = {
        name: dataclasses.asdict(files.describe(preset / name)) for name in metadata["files"]
    }
    (preset / presets.METADATA).write_text(json.dumps(metadata))


def bomb(file: Any) -> None:
    file.create_dataset("bomb", (10**6,), "f4", compression="gzip", fillvalue=1.0)


def sparse_bomb(file: Any) -> None:
    file.create_dataset("bomb", (10**12,), "f4", chunks=(10**6,))


def soft(file: Any) -> None:
    file["link"] = h5py.SoftLink("/layers")


def outward(file: Any) -> None:
    file["link"] = h5py.ExternalLink("/etc/passwd", "/")


def circle(file: Any) -> None:
    file["circle"] = file["/"]


def laughs(file: Any) -> None:
    """Each group twice in the next: 2^40 ways through forty groups."""
    inner = file.create_group("g0")
    for i in range(1, 40):
        outer = file.create_group(f"g{i}")
        outer["a"] = outer["b"] = inner
        inner = outer


def elsewhere(file: Any) -> None:
    file.create_dataset("stolen", (4,), "u1", external=[("/etc/passwd", 0, 4)])


def virtual(file: Any) -> None:
    layout = h5py.VirtualLayout((4,), "u1")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
    file.create_virtual_dataset("stolen", layout)


def texts(file: Any) -> None:
    file["text"] = "much"


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (bomb, "claims to hold"),
        (sparse_bomb, "claims to hold"),
        (soft, "is a SoftLink"),
        (outward, "is a ExternalLink"),
        (circle, "leads back"),
        (laughs, "leads back"),
        (elsewhere, "lies in another file"),
        (virtual, "lies in another file"),
        (texts, "is not an array of numbers"),
    ],
)
def test_weights(harm: Callable[[Any], None], message: str, preset: Path) -> None:
    with h5py.File(preset / presets.WEIGHTS, "a") as file:
        harm(file)
    sign(preset)
    with pytest.raises(DamagedFileError, match=message):
        VAE.from_preset(preset)


def change(values: Any, class_name: str, new: dict[str, Any]) -> bool:
    """Puts `new` in place of the first object of a class in a Keras config."""
    for key, value in values.items() if isinstance(values, dict) else enumerate(values):
        if isinstance(value, dict) and value.get("class_name") == class_name:
            values[key] = new | {k: value[k] for k in ("name", "inbound_nodes") if k in value}
            return True
        if isinstance(value, dict | list) and change(value, class_name, new):
            return True
    return False


def _lambda(marker: Path) -> dict[str, Any]:
    def harm(x: Any) -> Any:
        marker.write_text("harm")
        return x

    return dict(keras.saving.serialize_keras_object(keras.layers.Lambda(harm)))


OBJECTS: dict[str, Callable[[Path], dict[str, Any]]] = {
    "lambda": _lambda,
    "system": lambda marker: {
        "module": "os",
        "class_name": "system",
        "config": {"command": f"touch {marker}"},
        "registered_name": "system",
    },
    "opened": lambda marker: {
        "module": "builtins",
        "class_name": "open",
        "config": {"file": str(marker), "mode": "w"},
        "registered_name": "open",
    },
    "fetched": lambda marker: {
        "module": "keras.utils",
        "class_name": "get_file",
        "config": {"fname": str(marker), "origin": "http://127.0.0.1:9/x"},
        "registered_name": "get_file",
    },
    "unknown": lambda marker: {
        "module": "nowhere",
        "class_name": "Nothing",
        "config": {},
        "registered_name": "Nothing",
    },
}


@pytest.mark.parametrize("kind", OBJECTS)
def test_configs(kind: str, tmp_path: Path) -> None:
    inputs = keras.Input((6,))
    encoder = keras.Model(inputs, keras.layers.Dense(4)(keras.layers.Activation("relu")(inputs)))
    model = VAE((6,), 2, encoder=encoder, network=NETWORK, likelihood="normal", seed=0)
    preset, marker = tmp_path / "p", tmp_path / "harm"
    model.save_to_preset(preset, export=False)
    np.testing.assert_array_equal(VAE.from_preset(preset).get_weights()[0], model.get_weights()[0])

    config = json.loads((preset / presets.CONFIG).read_text())
    assert change(config, "Activation", OBJECTS[kind](marker))
    (preset / presets.CONFIG).write_text(json.dumps(config))
    sign(preset)
    with pytest.raises(DamagedFileError, match="holds a model that this version cannot read"):
        VAE.from_preset(preset)
    assert not marker.exists()


def rewrite(preset: Path, change: Callable[[Any], None]) -> None:
    config = json.loads((preset / presets.CONFIG).read_text())
    change(config["config"])
    (preset / presets.CONFIG).write_text(json.dumps(config))
    sign(preset)


TOO_LARGE: dict[str, dict[str, Any]] = {
    "wide": {"network": {"name": "mlp", "hidden": [10**9]}},
    "two wide": {"network": {"name": "mlp", "hidden": [10**5, 10**5]}},  # each fits into the file
    "possible": {"network": {"name": "mlp", "hidden": [10**6]}},  # memory has room for it
    "deep": {"network": {"name": "mlp", "hidden": [1] * 10**5}},
    "latent": {"latent_dim": 10**10},
    "components": {"prior": {"name": "vamp", "num_components": 10**9}},
    "filters": {"network": {"name": "conv", "filters": [10**9]}, "data_shape": [8, 8, 1]},
}


@pytest.mark.parametrize("kind", TOO_LARGE)
def test_a_model_larger_than_its_weights_is_not_built(kind: str, preset: Path) -> None:
    rewrite(preset, lambda config: config.update(TOO_LARGE[kind]))
    start = time.process_time()
    with pytest.raises(DamagedFileError, match="more weights than"):
        VAE.from_preset(preset)
    assert time.process_time() - start < 30


@pytest.mark.parametrize("units", [300_000_000, 10**18])
def test_nor_one_with_a_layer_of_its_own(units: int, tmp_path: Path) -> None:
    inputs = keras.Input((6,))
    encoder = keras.Model(inputs, keras.layers.Dense(4)(inputs))
    model = VAE((6,), 2, encoder=encoder, network=NETWORK, likelihood="normal", seed=0)
    model.save_to_preset(tmp_path / "p", export=False)

    def widen(config: Any) -> None:
        layers = config["encoder"]["config"]["layers"]
        layers[1]["config"]["units"] = units
        layers[1]["build_config"] = {"input_shape": [None, 6]}

    rewrite(tmp_path / "p", widen)
    with pytest.raises(DamagedFileError, match="more weights than"):
        VAE.from_preset(tmp_path / "p")


@pytest.mark.parametrize("kind", ["wide", "latent", "filters"])
def test_nor_one_of_a_keras_file_that_memory_cannot_hold(kind: str, tmp_path: Path) -> None:
    """Keras reads these files itself: how large their weights are is not known to the model."""
    path, other = tmp_path / "a.keras", tmp_path / "b.keras"
    VAE((6,), 2, network=NETWORK, likelihood="normal", seed=0).save(path)
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(other, "w") as new:
        for entry in old.namelist():
            content = old.read(entry)
            if entry == "config.json":
                config = json.loads(content)
                config["config"].update(TOO_LARGE[kind])
                content = json.dumps(config).encode()
            new.writestr(entry, content)
    start = time.process_time()
    with pytest.raises(ConfigError, match=r"this VAE describes more weights than .* GB of memory"):
        keras.models.load_model(other)
    assert time.process_time() - start < 30


@pytest.mark.parametrize("shape", [[10**5, 10**5, 3], [-1], "6", [6.5], None])
def test_shapes(shape: Any, preset: Path) -> None:
    rewrite(preset, lambda config: config.update(data_shape=shape))
    with pytest.raises(DamagedFileError, match=r"config\.json"):
        VAE.from_preset(preset)


@pytest.mark.parametrize("depth", [200, 10**5])
@pytest.mark.parametrize("file", [presets.CONFIG, presets.METADATA])
def test_depth(file: str, depth: int, preset: Path) -> None:
    (preset / file).write_text("[" * depth + "]" * depth)
    if file == presets.CONFIG:
        sign(preset)
    with pytest.raises(DamagedFileError, match="is not readable JSON"):
        VAE.from_preset(preset)


@pytest.mark.slow
def test_configs_of_other_values(preset: Path) -> None:
    """Whatever a configuration says, it is a model of its weights, or refused."""
    mutations = pytest.importorskip("mutations", reason="needs hypothesis")
    hypothesis, seen = mutations.hypothesis, 0
    original = json.loads((preset / presets.CONFIG).read_text())
    settings = hypothesis.settings(
        max_examples=60,
        deadline=60_000,  # milliseconds: none hangs
        derandomize=True,
        database=None,
        suppress_health_check=list(hypothesis.HealthCheck),
    )

    @settings
    @hypothesis.given(mutations.mutated(original))
    def test(config: Any) -> None:
        nonlocal seen
        seen += 1
        (preset / presets.CONFIG).write_text(json.dumps(config))
        sign(preset)
        with contextlib.suppress(VaezooError):
            assert VAE.from_preset(preset).latent_dim >= 1

    test()
    assert seen >= 60
