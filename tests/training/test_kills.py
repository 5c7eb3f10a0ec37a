"""Trainings and exports that are killed: the same command goes on, and ends as if nothing was."""

from __future__ import annotations

import copy
import functools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import crashes
import numpy as np
import pytest
from training_helpers import small_recipe

from vaezoo import export, models, runtime
from vaezoo._storage import files, leftovers
from vaezoo.export import exporter, onnx
from vaezoo.runtime import manifest
from vaezoo.training import run
from vaezoo.training.recipe_tables import Export, Training

ROOT = Path(__file__).parents[2]

SMALL = ["training.epochs=3", "evaluation.num_samples=50", "model.network.hidden=[32]"]
TRAIN = [sys.executable, "-c", "from vaezoo.cli import main; main()", "train", "digits"]
TRAIN += [argument for value in SMALL for argument in ("--set", value)]


def contents(folder: Path) -> dict[str, bytes]:
    """The files of a run, without those in which its time stands or that are drawn."""
    others = {"log.csv", "metrics.json", "README.md", "picture.png"}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.name not in others else b""
        for path in folder.rglob("*")
        if path.is_file()
    }


def figures(folder: Path) -> dict[str, Any]:
    metrics: dict[str, Any] = json.loads((folder / "metrics.json").read_text())
    return {name: value for name, value in metrics.items() if name != "seconds"}


@pytest.fixture
def train(monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], object]:
    """A short training, whose export, figures and picture are those of the shipped preset."""

    def copied(model: object, path: Path, **facts: object) -> None:
        with files.replaced_directory(path, manifest.FILE) as folder:
            shutil.copytree(ROOT / "export" / "digits_vae", folder, dirs_exist_ok=True)

    monkeypatch.setattr(export, "export_model", copied)
    monkeypatch.setattr(run, "measure", lambda *_, **__: figures(ROOT / "saved_models/digits_vae"))
    monkeypatch.setattr(run, "picture", lambda *_, **__: np.zeros((8, 8), np.uint8))
    training = Training(epochs=2, batch_size=256, jit_compile=False, steps_per_execution=1)
    recipe = small_recipe(training=training, export=Export())
    return lambda out: run.train(recipe, out, progress=False)


@pytest.mark.parametrize("step", [40, pytest.param(8, marks=pytest.mark.exhaustive)])
def test_a_training_that_is_killed_again_and_again_ends_as_any_other(
    step: int, train: Callable[[Path], object], tmp_path: Path
) -> None:
    out, other = tmp_path / "run", tmp_path / "other"
    train(other)
    for _ in crashes.every_kill(lambda: train(out), step, below=out):
        pass
    found, expected = contents(out), contents(other)
    assert found.keys() == expected.keys()
    for name in ("best.weights.h5", "last.0002.weights.h5", "config.json", "model.weights.h5"):
        assert found[name] == expected[name]
    assert figures(out) == figures(other)


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Graphs that are traced and converted to ONNX once, since that takes seconds."""
    graphs, protos = exporter.export_graphs, {}
    convert = onnx.tf2onnx.convert.from_function

    def kept(function: Any, *arguments: Any, **more: Any) -> Any:
        if function not in protos:
            protos[function] = convert(function, *arguments, **more)
        return copy.deepcopy(protos[function])

    monkeypatch.setattr(exporter, "export_graphs", functools.cache(graphs))
    monkeypatch.setattr(onnx.tf2onnx.convert, "from_function", kept)


@pytest.mark.parametrize("step", [16, pytest.param(4, marks=pytest.mark.exhaustive)])
def test_an_export_is_the_old_or_the_new_one(step: int, converted: None, tmp_path: Path) -> None:
    path, kept = tmp_path / "mine", tmp_path / "kept"
    network = {"name": "mlp", "hidden": [4]}
    old, new = (models.VAE((6,), 2, network=network) for _ in range(2))

    def write(model: models.VAE, name: str) -> None:
        export.export_model(model, path, preset=name, weights_sha256="0" * 64)

    write(old, "old")
    shutil.copytree(path, kept)
    for _ in crashes.every_kill(lambda: write(new, "new"), step, below=tmp_path):
        leftovers.recover(tmp_path)
        assert sorted(entry.name for entry in tmp_path.iterdir()) == ["kept", "mine"]
        found = runtime.Manifest.read(path)
        assert found.preset in ("old", "new")
        found.check(path)
        shutil.rmtree(path)
        shutil.copytree(kept, path)
    assert runtime.Manifest.read(path).preset == "new"
    assert max(runtime.verify(path).values()) < 1e-5


def start_in(out: Path) -> subprocess.Popen[str]:
    """The command, in a process of its own."""
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    return subprocess.Popen([*TRAIN, "--out", str(out)], text=True, **pipes)


def wait_for(is_there: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    """Until something happens; the process goes on until then."""
    while not is_there():
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.005)


def holds(process: subprocess.Popen[str], out: Path) -> bool:
    """Whether the process has the folder."""
    holder = out / ".lock.holder"
    return holder.exists() and f'"pid": {process.pid},' in holder.read_text()


# What a run writes, in its order: each kill comes a little after one of these is there.
FILES = ("last.0002*", ".*export/*.onnx")


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a signal of POSIX")
def test_the_command_goes_on_after_real_kills_and_alone(trained: Path, tmp_path: Path) -> None:
    out, chance = tmp_path / "run", random.Random(0)
    for pattern in FILES:
        with start_in(out) as process:
            wait_for(lambda p=process: holds(p, out), process)
            wait_for(lambda p=pattern: any(out.glob(p)), process)
            time.sleep(chance.uniform(0, 0.3))
            process.kill()
            process.communicate()
        assert process.returncode == -signal.SIGKILL
    with start_in(out) as first:
        wait_for(lambda: holds(first, out), first)
        first.send_signal(signal.SIGSTOP)  # else it may be done before the other has started
        with start_in(out) as second:
            _, message = second.communicate()
        first.send_signal(signal.SIGCONT)
        assert second.returncode == 1
        assert message.count("\n") == 1 and f"in use by process {first.pid} on " in message
        first.communicate()
    assert first.returncode == 0
    found, expected = contents(out), contents(trained)
    assert found.keys() == expected.keys()
    for name in ("best.weights.h5", "last.0003.weights.h5", "model.weights.h5"):
        assert found[name] == expected[name]
    assert figures(out) == figures(trained)
