"""The commands that need TensorFlow, and their one-line errors."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from pictures import pixels_of
from PIL import Image

import vaezoo
from vaezoo.cli.group import group

QUICK = ["training.epochs=2", "evaluation.num_samples=20", "model.network.hidden=[16]"]
QUICK += ["training.jit_compile=false"]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def train(*arguments: object) -> Result:
    return run("train", *arguments, *(word for item in QUICK for word in ("--set", item)))


def assert_one_line(result: Result, message: str) -> None:
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    assert message in result.stderr


@pytest.mark.slow
def test_own_images_with_another_model(tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    for i in range(40):
        colour = (6 * i, 255 - 6 * i, 100)
        Image.new("RGB", (20 + i, 30), colour).save(folder / f"{i}.png")
    out = tmp_path / "runs" / "mine"
    more = ("--set", "data.image_size=12", "--set", "model.beta=2", "--tensorboard")
    result = train("--data", folder, "--model", "BetaVAE", "--out", out, *more)
    assert result.exit_code == 0, result.output
    assert "20 importance samples" in result.stdout
    assert vaezoo.load(out).generate(3, seed=0).shape == (3, 12, 12, 3)
    assert pixels_of(out / "picture.png").shape[2] == 3
    assert list((out / "tensorboard").rglob("events.*"))
    metadata = json.loads((out / "metadata.json").read_text())
    assert metadata["preset"] == "photos_betavae" and metadata["model"] == "BetaVAE"

    figures = tmp_path / "figures.json"
    result = run("evaluate", out, "--num-samples", 10, "-o", figures)
    assert result.exit_code == 0, result.output
    assert json.loads(figures.read_text())["log_likelihood"]["num_samples"] == 10

    result = run("export", out, "--out", tmp_path / "e")
    assert result.exit_code == 0, result.output
    assert run("verify", tmp_path / "e").exit_code == 0
    pictures = [vaezoo.load(path).generate(3, seed=0) for path in (out, tmp_path / "e")]
    np.testing.assert_array_equal(*pictures)


def test_an_export_with_a_sampler_and_variants(trained: Path, tmp_path: Path) -> None:
    out = tmp_path / "e"
    more = ("--sampler", "mixture", "--variant", "fp16", "--variant", "int8")
    result = run("export", trained, "--out", out, *more)
    assert result.exit_code == 0, result.output
    assert "decoder, encoder, sampler, score as ONNX" in result.stdout
    assert "fp16: " in result.stdout and "ELBO " in result.stdout
    assert run("verify", out).exit_code == 0
    assert "  int8 " in run("info", out).stdout
    pictures = {}
    for options in ((), ("--source", "prior"), ("--variant", "int8")):
        path = tmp_path / "x.npy"
        result = run("generate", out, "-n", 9, "--seed", 0, *options, "-o", path)
        assert result.exit_code == 0, result.output
        pictures[options] = np.load(path)
    sampled, drawn, small = pictures.values()
    assert np.abs(sampled - drawn).max() > 0.1
    assert 0 < np.abs(sampled - small).max() < 0.1
    assert_one_line(run("export", trained, "--out", out, "--variant", "int4"), "int4")
    assert_one_line(run("export", trained, "--out", out, "--sampler", "mix"), "mixture")
    assert run("verify", out).exit_code == 0  # the old one


@pytest.mark.slow
def test_conditions_on_the_command_line(tmp_path: Path) -> None:
    out = tmp_path / "run"
    result = train("digits", "--model", "CVAE", "--out", out)
    assert result.exit_code == 0, result.output

    def generate(*options: str) -> np.ndarray:
        arguments = ("generate", out, "-n", 4, "--seed", 0, *options, "-o", tmp_path / "x.npy")
        result = run(*arguments)
        assert result.exit_code == 0, result.output
        return np.load(tmp_path / "x.npy")

    runtime = vaezoo.load(out)
    np.testing.assert_array_equal(
        generate("--condition", "3"), runtime.generate(4, condition=3, seed=0)
    )
    expected = runtime.generate(4, condition=[3, 1, 3, 1], seed=0)
    np.testing.assert_array_equal(generate("--condition", "3,1"), expected)
    for condition, message in (((), "give condition="), (("--condition", "x"), "such as 3")):
        result = run("generate", out, *condition, "-o", tmp_path / "y.npy")
        assert_one_line(result, message)
        assert not (tmp_path / "y.npy").exists()
    result = run("generate", out, "--condition", 11, "-o", tmp_path / "y.npy")
    assert_one_line(result, "from 0 to 9")

    path = tmp_path / "r.npy"  # labels come from the data
    result = run("reconstruct", out, "--data", "digits", "-n", 7, "-o", path)
    assert result.exit_code == 0, result.output
    assert np.load(path).shape == (7, 8, 8, 1)
    np.save(tmp_path / "mine.npy", np.zeros((30, 8, 8, 1), np.float32))
    result = run("score", out, "--data", tmp_path / "mine.npy")
    assert_one_line(result, "has no labels")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("digitz",), "did you mean 'digits'"),
        (("digits", "--model", "IWA"), "did you mean 'IWAE'"),
        (("digits", "--set", "model.likelihood=bernouli"), "did you mean 'bernoulli'"),
        (("digits", "--set", "training.epoch=3"), "did you mean 'epochs'"),
        (("digits", "--data", "gone.npy"), "no such file or folder: gone.npy"),
        (("digits", "--set", "model.network=conf"), "did you mean 'conv'"),
    ],
)
def test_unknown_names(
    arguments: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert_one_line(run("train", *arguments), message)
    assert list(tmp_path.iterdir()) == []


def broken(folder: Path, kind: str) -> Path:
    """Data of the user's own that cannot be used."""
    x = np.random.default_rng(0).random((40, 8, 8)).astype(np.float32)
    path = folder / f"{kind}.npy"
    match kind:
        case "negative":
            np.save(path, 2 * x - 1)
        case "nan":
            x[7] = np.nan
            np.save(path, x)
        case "empty":
            np.save(path, x[:0])
        case "one":
            np.save(path, x[:1])
        case "integers":
            np.save(path, np.int32(x))
        case "objects":
            np.save(path, np.array([None] * 9), allow_pickle=True)
        case "damaged":
            path = folder / "damaged.npz"
            np.savez(path, x)
            path.write_bytes(path.read_bytes()[:99])
        case "image":
            path = folder / "images"
            path.mkdir()
            for i in range(5):
                Image.fromarray(np.uint8(255 * x[i])).resize((99, 99)).save(path / f"{i}.png")
            (path / "3.png").write_bytes((path / "3.png").read_bytes()[:200])
    return path


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("negative", "the Bernoulli likelihood needs 0 to 1"),
        ("nan", "rows, first in row 7: remove or fill them"),
        ("empty", "shape [0, 8, 8]"),
        ("one", "at least 3"),
        ("integers", "dtype int32"),
        ("objects", "Python objects"),
        ("damaged", "not a readable .npz"),
        ("image", "cannot be read as an image (3.png; the first: "),
    ],
)
def test_data_that_cannot_be_used(kind: str, message: str, tmp_path: Path) -> None:
    out = tmp_path / "out"
    # What is chosen for data that can be read is said before an error of the recipe.
    recipe = ["own"] if kind == "negative" else []
    arguments = (*recipe, "--data", broken(tmp_path, kind), "--out", out)
    assert_one_line(train("--set", "model.likelihood=bernoulli", *arguments), message)
    assert not out.exists()


def test_unwritable_run_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert_one_line(train("digits", "--out", tmp_path / "file" / "run"), "file")


def test_an_export_does_not_replace_other_folders(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "photo.png").touch()
    for out in (trained, tmp_path):
        assert_one_line(run("export", trained, "--out", out), "holds other files")
    assert (tmp_path / "photo.png").exists() and (trained / "model.weights.h5").exists()


def test_only_recipes_as_they_stand_are_published() -> None:
    result = run("train", "digits", "--model", "IWAE", "--publish")
    assert result.exit_code == 2 and "--publish" in result.stderr


def test_grey_data_under_bernoulli_are_called_what_they_are(tmp_path: Path) -> None:
    with pytest.warns(UserWarning, match="no likelihood"):
        result = train("digits", "--set", "data.binarise=none", "--out", tmp_path / "r")
    assert result.exit_code == 0 and "not a likelihood" in result.stdout
    assert json.loads((tmp_path / "r" / "metrics.json").read_text())["normalised"] is False
    assert "cross-entropy, not a likelihood" in (tmp_path / "r" / "README.md").read_text()


@pytest.mark.parametrize("seed", ["-1", "5000000000"])
def test_seeds_out_of_range(seed: str, trained: Path, tmp_path: Path) -> None:
    message = f"seed={seed}: give an integer from 0"
    assert_one_line(run("train", "digits", "--set", f"seed={seed}", "--out", tmp_path), message)
    assert_one_line(run("evaluate", trained, "--seed", seed), message)


def test_empty_metadata(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_bytes((trained / "config.json").read_bytes())
    (tmp_path / "metadata.json").write_text("{}")
    assert_one_line(run("evaluate", tmp_path), "is not a preset's metadata")


def test_no_recipe_and_no_data() -> None:
    result = run("train")
    assert result.exit_code == 2 and "give a RECIPE" in result.stderr


def test_a_preset_with_a_missing_file(trained: Path, tmp_path: Path) -> None:
    for file in ("config.json", "metadata.json"):
        (tmp_path / file).write_bytes((trained / file).read_bytes())
    assert_one_line(run("evaluate", tmp_path), "model.weights.h5 is missing")
    assert_one_line(run("export", tmp_path, "--out", tmp_path / "e"), "model.weights.h5 is missing")
    assert not (tmp_path / "e").exists()


FULL = """
import resource, signal, sys
from vaezoo.training import recipe, run  # imports may write bytecode: limited afterwards
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
from vaezoo.cli import main
sys.argv = ["vaezoo", "train", "digits", "--out", sys.argv[1]]
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="file size limits are POSIX")
def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    out = tmp_path / "r"
    result = subprocess.run(
        [sys.executable, "-B", "-c", FULL, str(out)], capture_output=True, text=True
    )
    assert result.returncode == 1
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("Error: ") and "best.weights.h5" in last, result.stderr[-2000:]
    assert {path.name for path in out.iterdir()} == {"recipe.toml", "log.csv"}
