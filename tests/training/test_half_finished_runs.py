"""Presets, exports and publishes that are killed at any call of the file system."""

from __future__ import annotations

import shutil
from pathlib import Path

import crashes
import keras
import numpy as np
import pytest

from vaezoo import export, models, runtime
from vaezoo._model import presets
from vaezoo._storage import files, leftovers
from vaezoo.errors import DamagedFileError
from vaezoo.export.saved_model import load_saved_model
from vaezoo.training import publishing
from vaezoo.zoo import index, lookup

ROOT = Path(__file__).parents[2]
NAME = "digits_vae"


def small(seed: int) -> models.VAE:
    keras.utils.set_random_seed(seed)
    return models.VAE((6,), 2, network={"name": "mlp", "hidden": [4]})


def hidden(path: Path) -> list[Path]:
    return [below for below in path.rglob(".*") if leftovers.is_temporary(below.name)]


@pytest.mark.parametrize("step", [7, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_a_published_name_is_never_lost(step: int, tmp_path: Path) -> None:
    run = Path(shutil.copytree(ROOT / "saved_models" / NAME, tmp_path / "run"))
    shutil.copytree(ROOT / "export" / NAME, run / "export")

    def work() -> None:
        publishing.publish(run, NAME, tmp_path)

    work()
    for _ in crashes.every_kill(work, step):
        assert set(index.build(tmp_path)) == {NAME}
        assert hidden(tmp_path) == []
        for part, marker in lookup._FILES.items():
            assert (tmp_path / part / NAME / marker).is_file()


def test_a_run_with_half_an_export_goes_on(tmp_path: Path) -> None:
    model, out = small(0), tmp_path / "run"
    presets.save(model, out)
    expected = runtime.Manifest.read(out / "export").weights_sha256
    (out / "export" / "manifest.json").unlink()
    presets.save(model, out)
    assert runtime.Manifest.read(out / "export").weights_sha256 == expected


def test_an_export_of_the_same_weights_stays_until_the_new_one_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    model, out = small(0), tmp_path / "run"
    presets.save(model, out)
    monkeypatch.setattr(export, "export_model", stopped)
    with pytest.raises(KeyboardInterrupt):
        presets.save(model, out)
    runtime.verify(out / "export")
    with pytest.raises(KeyboardInterrupt):
        presets.save(small(1), out)
    assert not (out / "export").exists()


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.exhaustive)])
def test_presets_are_written_after_every_kill(step: int, tmp_path: Path) -> None:
    out, model = tmp_path / "run", small(0)

    def work() -> None:
        presets.save(model, out, export=False)

    for _ in crashes.every_kill(work, step):
        leftovers.recover(out)
        assert hidden(out) == []
        work()
        weights = presets.load(out).get_weights()
        for saved, kept in zip(weights, model.get_weights(), strict=True):
            np.testing.assert_array_equal(saved, kept)


def exchange_after_reading(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another file takes the place of each as soon as it was verified."""
    read = files.read

    def exchanging(path: Path, expected: files.File) -> bytes:
        content = read(path, expected)
        path.write_bytes(b"hostile")
        return content

    monkeypatch.setattr(files, "read", exchanging)


def test_weights_that_are_exchanged_after_the_check_are_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, out = small(0), tmp_path / "run"
    presets.save(model, out, export=False)
    exchange_after_reading(monkeypatch)
    for loaded, kept in zip(presets.load(out).get_weights(), model.get_weights(), strict=True):
        np.testing.assert_array_equal(loaded, kept)


def test_a_saved_model_that_is_exchanged_after_the_check_is_not_loaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, out = small(0), tmp_path / "mine"
    manifest = export.export_model(model, out, preset="mine", weights_sha256="0" * 64)
    exchange_after_reading(monkeypatch)
    signatures = load_saved_model(out, manifest).signatures
    z = np.ones((3, 2), np.float32)
    mean = signatures["decode"](z=keras.ops.convert_to_tensor(z))["mean"]
    np.testing.assert_allclose(mean, model.decode_mean(z), atol=1e-5)
    assert (out / "saved_model" / "saved_model.pb").read_bytes() == b"hostile"
    with pytest.raises(DamagedFileError, match="not the file that was exported"):
        load_saved_model(out, manifest)
