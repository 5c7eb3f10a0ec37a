"""The command line of the half that serves: what it writes, and its one-line errors."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from pictures import size_of
from PIL import Image

import vaezoo
from vaezoo.cli import COMMANDS
from vaezoo.cli.group import group

HAS_TENSORFLOW = importlib.util.find_spec("tensorflow") is not None


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def assert_one_line(result: Result, message: str) -> None:
    assert result.exit_code != 0
    assert result.stdout == ""
    assert result.stderr.count("\n") == 1, result.stderr
    assert message in result.stderr


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_shows_an_example(command: str) -> None:
    result = run(command, "--help")
    assert result.exit_code == 0
    assert f"Example:  vaezoo {command} " in result.stdout


def test_generate_gives_the_same_pixels(tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        assert (
            run("generate", "digits_vae", "-n", 6, "--seed", 0, "-o", tmp_path / name).exit_code
            == 0
        )
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    assert size_of(tmp_path / "a.png") == (3 * 34 + 2, 2 * 34 + 2)
    run("generate", "digits_vae", "-n", 6, "--seed", 0, "-o", tmp_path / "a.npy")
    assert np.load(tmp_path / "a.npy").shape == (6, 8, 8, 1)


def test_reconstruct(tmp_path: Path) -> None:
    x = np.zeros((30, 8, 8), np.uint8)
    x[:, 2:6, 2:6] = 255
    np.save(tmp_path / "x.npy", x)
    result = run(
        "reconstruct", "digits_vae", "--data", tmp_path / "x.npy", "-o", tmp_path / "r.png"
    )
    assert result.exit_code == 0, result.output
    assert size_of(tmp_path / "r.png") == (8 * 34 + 2, 8 * 34 + 2)  # all 30 rows, and theirs


def test_score_finds_what_is_unlike_the_data(tmp_path: Path) -> None:
    model = vaezoo.load("digits_vae")
    x = (model.generate(40, seed=1) > 0.5).astype(np.float32)
    x[::8] = 1 - x[::8]
    np.save(tmp_path / "x.npy", x)
    out = tmp_path / "scores.npy"
    result = run("score", "digits_vae", "--data", tmp_path / "x.npy", "-n", 4, "-o", out)
    assert result.exit_code == 0, result.output
    scores = np.load(out)
    np.testing.assert_array_equal(scores, model.log_likelihood(x[:4], num_samples=100))
    assert f"mean {scores.mean():.2f}" in result.stdout
    assert f"row {scores.argmin()}: {scores.min():.2f}" in result.stdout
    assert_one_line(run("score", "digits_vae", "--data", tmp_path / "x.npy", "-o", "x.png"), ".npy")


def test_variants_on_the_command_line(tmp_path: Path) -> None:
    for name in ("fp16", "int8"):
        result = run(
            "generate", "digits_vae", "--seed", 0, "--variant", name, "-o", tmp_path / "x.npy"
        )
        assert result.exit_code == 0, result.output
        expected = vaezoo.load("digits_vae", variant=name).generate(64, seed=0)
        np.testing.assert_array_equal(np.load(tmp_path / "x.npy"), expected)
    result = run("generate", "digits_vae", "--variant", "int4", "-o", tmp_path / "y.png")
    assert_one_line(result, "unknown variant 'int4'")
    result = run("generate", "digits_vae", "--condition", "3", "-o", tmp_path / "y.png")
    assert_one_line(result, "has no condition")
    result = run("generate", "digits_vae", "--source", "sampler", "-o", tmp_path / "y.png")
    assert_one_line(result, "no sampler was fitted")
    assert not (tmp_path / "y.png").exists()


def test_reconstruct_a_folder_of_images(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for i in range(10):
        Image.new("RGB", (20 + i, 30), (i, 2 * i, 200)).save(tmp_path / "photos" / f"{i}.png")
    out = tmp_path / "r.npy"
    result = run("reconstruct", "digits_vae", "--data", tmp_path / "photos", "-o", out)
    assert result.exit_code == 0, result.output
    assert np.load(out).shape == (10, 8, 8, 1)


def test_list_info_and_verify() -> None:
    assert "digits_vae" in run("list").stdout
    assert "digits_vae" in run("list", "--recipes").stdout
    assert "fashion_mnist" in run("list", "--data").stdout
    info = run("info", "digits_vae").stdout
    assert "decoder      z [N, 8] -> logits [N, 8, 8, 1], mean [N, 8, 8, 1]" in info
    assert "whole and as exported" in run("verify", "digits_vae").stdout


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("generate", "digit_vae"), "did you mean 'digits_vae'"),
        (("generate", "digits_vae", "-n", "0"), "num=0"),
        (("generate", "digits_vae", "--seed", "-4"), "seed=-4"),
        (("verify", "digits"), "did you mean 'digits_vae'"),
        (("generate", "digits_vae", "-o", "x.jpg"), "ends in .png, .npy or .csv"),
        (("info", "nothing"), "unknown preset 'nothing'"),
        (("verify", "."), "holds no manifest.json"),
        (("reconstruct", "digits_vae", "--data", "mist"), "did you mean 'mnist'"),
        (("reconstruct", "digits_vae", "--data", "gone.npy"), "no such file or folder: gone.npy"),
    ],
)
def test_errors_are_one_line(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_one_line(run(*arguments), message)
    assert list(tmp_path.iterdir()) == []


def test_wrong_shape_and_range(tmp_path: Path) -> None:
    np.save(tmp_path / "wide.npy", np.zeros((9, 4, 4), np.float32))
    np.save(tmp_path / "negative.npy", np.full((9, 8, 8), -1, np.float32))
    for name, message in (("wide", "shape [9, 4, 4, 1]"), ("negative", "needs 0 to 1")):
        out = tmp_path / "x.png"
        path = tmp_path / f"{name}.npy"
        assert_one_line(run("reconstruct", "digits_vae", "--data", path, "-o", out), message)
        assert not out.exists()


def test_unwritable_output(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    result = run("generate", "digits_vae", "-o", tmp_path / "file" / "x.png")
    assert_one_line(result, "file")


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_leaves_nothing(tmp_path: Path) -> None:
    code = (
        "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (512, 512))\n"
        "from vaezoo.cli.group import group; group(['generate', 'digits_vae', '-o', 'x.png'])"
    )
    # -B: a limited process must not write half a bytecode file
    run = [sys.executable, "-B", "-c", code]
    result = subprocess.run(run, capture_output=True, text=True, cwd=tmp_path)
    assert result.returncode == 1
    assert result.stderr.startswith("Error:") and result.stderr.count("\n") == 1
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(HAS_TENSORFLOW, reason="TensorFlow is installed")
@pytest.mark.parametrize(
    "arguments",
    [("train", "digits"), ("evaluate", "digits_vae"), ("export", "digits_vae", "--out", "x")],
)
def test_commands_that_train_name_the_extra(arguments: tuple[str, ...]) -> None:
    assert_one_line(run(*arguments), 'pip install "vaezoo[train]"')


def test_a_damaged_export_is_one_line(export: Path, tmp_path: Path) -> None:
    values = json.loads((export / "manifest.json").read_text())
    values["files"]["decoder.onnx"]["sha256"] = "0" * 64
    (export / "manifest.json").write_text(json.dumps(values))
    for command in (("verify", export), ("generate", export, "-o", tmp_path / "x.png")):
        assert_one_line(run(*command), "not the file that was exported")
    assert not (tmp_path / "x.png").exists()
