"""Commands act on all rows of the user's data, in their order, prepared as the model's were."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import vaezoo
from vaezoo import datasets
from vaezoo.cli.group import group
from vaezoo.errors import ConfigError, DamagedFileError, DataError
from vaezoo.protocols import Array
from vaezoo.runtime import Manifest
from vaezoo.runtime.preparation import Preparation

ROOT = Path(__file__).parents[2]
ROWS = 60


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def rows(num: int = ROWS) -> Array:
    """Binary rows, of which one is unlike the data."""
    x = (vaezoo.load("digits_vae").generate(num, seed=1) > 0.5).astype(np.float32)
    x[7] = 1 - x[7]
    return x


def as_run(name: str, folder: Path) -> Path:
    """A published preset as a run's folder: metadata, and the export below."""
    shutil.copytree(ROOT / "export" / name, folder / name / "export")
    shutil.copy(ROOT / "saved_models" / name / "metadata.json", folder / name)
    return folder / name


def as_npy(x: Array, folder: Path) -> tuple[Path, list[str]]:
    np.save(folder / "x.npy", x)
    return folder / "x.npy", []


def as_one_array(x: Array, folder: Path) -> tuple[Path, list[str]]:
    np.savez(folder / "x.npz", mine=x)
    return folder / "x.npz", []


def as_three_arrays(x: Array, folder: Path) -> tuple[Path, list[str]]:
    parts = {"x_train": x[:40], "x_val": x[40:50].astype(bool), "x_test": x[50:]}
    np.savez(folder / "x.npz", **parts)
    sizes = {"train": 40, "validation": 10, "test": 10}
    return folder / "x.npz", [f"{name}[{row}]" for name, n in sizes.items() for row in range(n)]


def as_bytes(x: Array, folder: Path) -> tuple[Path, list[str]]:
    np.save(folder / "x.npy", (255 * x[..., 0]).astype(np.uint8))
    return folder / "x.npy", []


def as_folder(x: Array, folder: Path) -> tuple[Path, list[str]]:
    names = [f"{'ab'[row >= 30]}/{row:03d}.png" for row in range(len(x))]
    for name, image in zip(names, x, strict=True):
        (folder / "images" / name).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray((255 * image[..., 0]).astype(np.uint8)).save(folder / "images" / name)
    return folder / "images", names


Writer = Callable[[Array, Path], tuple[Path, list[str]]]
WRITERS = (as_npy, as_one_array, as_three_arrays, as_bytes, as_folder)


@pytest.mark.parametrize("write", WRITERS)
def test_all_rows_are_scored_in_their_order(write: Writer, tmp_path: Path) -> None:
    x = rows()
    path, names = write(x, tmp_path)
    out = tmp_path / "scores.npz"
    result = run("score", "digits_vae", "--data", path, "--num-samples", 20, "-o", out)
    assert result.exit_code == 0, result.stderr
    expected = vaezoo.load("digits_vae").log_likelihood(x, num_samples=20)
    with np.load(out) as content:
        np.testing.assert_array_equal(content["log_likelihood"], expected)
        assert content.get("name", np.array([])).tolist() == names
    assert expected.argmin() == 7
    assert f"all {ROWS} rows of {path}: mean {expected.mean():.2f}" in result.stdout
    assert f"row 7: {expected[7]:.2f}" in result.stdout
    assert not names or f"{expected[7]:.2f}  {names[7]}" in result.stdout


@pytest.mark.parametrize("write", WRITERS)
def test_all_rows_are_reconstructed_in_their_order(write: Writer, tmp_path: Path) -> None:
    x = rows()
    path, names = write(x, tmp_path)
    result = run("reconstruct", "digits_vae", "--data", path, "-o", tmp_path / "r.npz")
    assert result.exit_code == 0, result.stderr
    expected = vaezoo.load("digits_vae").reconstruct(x)
    with np.load(tmp_path / "r.npz") as content:
        np.testing.assert_array_equal(content["reconstructions"], expected)
        assert content.get("name", np.array([])).tolist() == names


def test_one_row_is_enough(tmp_path: Path) -> None:
    np.save(tmp_path / "x.npy", rows(8)[7:])
    result = run("score", "digits_vae", "--data", tmp_path / "x.npy", "--num-samples", 5)
    assert result.exit_code == 0 and "of all 1 rows" in result.stdout


def test_scores_in_every_format(tmp_path: Path) -> None:
    path, names = as_folder(rows(40), tmp_path)
    for ending in ("npy", "npz", "csv", "json"):
        out = tmp_path / f"s.{ending}"
        assert run("score", "digits_vae", "--data", path, "-n", 3, "-o", out).exit_code == 0
    scores = np.load(tmp_path / "s.npy").tolist()
    content = json.loads((tmp_path / "s.json").read_text())
    assert content["log_likelihood"] == scores and content["normalised"] is True
    assert content["name"] == names[:3] and content["mean"] == pytest.approx(np.mean(scores))
    lines = list(csv.DictReader((tmp_path / "s.csv").read_text().splitlines()))
    assert [float(line["log_likelihood"]) for line in lines] == scores
    assert [line["name"] for line in lines] == names[:3]


def test_splits_are_for_who_asks(tmp_path: Path) -> None:
    x = rows()
    np.save(tmp_path / "x.npy", x)
    split = datasets.load(tmp_path / "x.npy")
    for name in ("train", "validation", "test"):
        out = tmp_path / f"{name}.npy"
        arguments = ("--data", tmp_path / "x.npy", "--split", name, "-o", out)
        assert run("reconstruct", "digits_vae", *arguments).exit_code == 0
        source = getattr(split, name)
        expected = vaezoo.load("digits_vae").reconstruct(source[np.arange(len(source))])
        np.testing.assert_array_equal(np.load(out), expected)


def test_grey_levels_are_said_to_have_no_likelihood(tmp_path: Path) -> None:
    preset = as_run("digits_vae", tmp_path)
    model = vaezoo.load(preset)
    np.save(tmp_path / "grey.npy", model.generate(5, seed=0))
    result = run("score", preset, "--data", tmp_path / "grey.npy", "-o", tmp_path / "s.json")
    assert result.exit_code == 0
    assert "cross-entropy, not a likelihood" in result.stdout
    assert "measured on binarised data" in result.stderr
    content = json.loads((tmp_path / "s.json").read_text())
    assert content["normalised"] is False and "log_likelihood" not in content
    result = run("score", preset, "--data", tmp_path / "grey.npy", "--binarise")
    assert "log-likelihood" in result.stdout and "not a likelihood" not in result.output
    for method in (model.log_likelihood, model.elbo, model.importance_weights):
        with pytest.warns(UserWarning, match="no likelihood"):
            method(np.load(tmp_path / "grey.npy"), num_samples=2)


def test_a_named_data_set_keeps_its_test_split_and_preparation(tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    out = tmp_path / "s.npy"
    result = run("score", "digits_vae", "--data", "digits", "-n", 9, "-o", out)
    assert "the first 9 of 300 test examples of digits" in result.stdout
    assert "digits is binarised, as in training" in result.stderr
    x = datasets.as_float(datasets.load("digits", binarise="dynamic").test[:9])
    np.testing.assert_array_equal(np.load(out), vaezoo.load("digits_vae").log_likelihood(x))
    result = run("score", "digits_vae", "--data", "digits", "--split", "all")
    assert result.exit_code == 1 and "--split all is for data of your own" in result.stderr


def with_preparation(export: Path, **values: object) -> Path:
    path = export / "manifest.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"preparation": values}))
    return export


@pytest.mark.parametrize("resize", ["crop", "stretch"])
def test_images_are_resized_as_in_training(export: Path, tmp_path: Path, resize: str) -> None:
    with_preparation(export, resize=resize)
    (tmp_path / "wide").mkdir()
    for seed in range(4):
        x = np.random.default_rng(seed).integers(0, 256, (9, 30), np.uint8)
        Image.fromarray(x).save(tmp_path / "wide" / f"{seed}.png")
    out = tmp_path / "r.npy"
    result = run("reconstruct", export, "--data", tmp_path / "wide", "-o", out)
    assert result.exit_code == 0 and result.stderr == ""
    images = datasets.load_rows(tmp_path / "wide", image_size=8, image_mode="grey", resize=resize)
    x = datasets.as_float(images.test[np.arange(4)])
    np.testing.assert_array_equal(np.load(out), vaezoo.load(export).reconstruct(x))


def test_an_unknown_preparation_is_said(export: Path, tmp_path: Path) -> None:
    assert vaezoo.load(export).manifest.preparation is None
    path, _ = as_folder(rows(8), tmp_path)
    result = run("score", export, "--data", path, "--num-samples", 2)
    assert result.exit_code == 0 and "is not recorded: crop is assumed" in result.stderr


@pytest.mark.parametrize(("name", "binarise"), [("digits_vae", "dynamic"), ("mnist_pca", "none")])
def test_what_older_manifests_lack_comes_from_the_metadata(
    name: str, binarise: str, tmp_path: Path
) -> None:
    run = as_run(name, tmp_path)
    assert Manifest.read(run / "export").preparation is None
    assert vaezoo.load(run).manifest.preparation == Preparation(binarise=binarise)
    (run / "metadata.json").unlink()
    assert vaezoo.load(run).manifest.preparation is None


def test_bytes_are_levels_or_counts_as_in_training(export: Path) -> None:
    x = np.full((2, 8, 8, 1), 3, np.uint8)
    with pytest.raises(DataError, match="bytes up to 3: the model was trained on levels"):
        vaezoo.load(with_preparation(export)).encode_mean(x)
    with pytest.raises(DataError, match="needs 0 to 1"):  # by the likelihood, not as bytes
        vaezoo.load(with_preparation(export, counts=True)).encode_mean(x)
    assert vaezoo.load(with_preparation(export)).encode_mean(x > 2).shape == (2, 8)


@pytest.mark.parametrize(
    "values",
    [
        {"binarise": "often"}, {"binarise": 3}, {"resize": "squeeze"}, {"image_mode": "cmyk"},
        {"counts": 1}, {"counts": "yes"}, {"resize": ["crop"]}, {"image_mode": {}},
    ],
)  # fmt: skip
def test_a_preparation_that_is_none(export: Path, values: dict[str, object]) -> None:
    with pytest.raises(DamagedFileError, match="is no export's manifest"):
        Manifest.read(with_preparation(export, **values))


class TestCounts:
    @pytest.mark.parametrize("dtype", ["u1", "i1", "i8", "u2", "f4", "f8", "?"])
    def test_counts_stand_for_themselves(self, tmp_path: Path, dtype: str) -> None:
        x = np.arange(20).reshape(10, 2).astype(dtype)
        np.save(tmp_path / "x.npy", x)
        data = datasets.load_rows(tmp_path / "x.npy", counts=True)
        found = datasets.as_float(data.test[np.arange(10)])
        np.testing.assert_array_equal(found, x.astype(np.float32))
        train = datasets.load(tmp_path / "x.npy", counts=True).train
        assert train.dtype == np.float32 and train[np.arange(len(train))].max() >= x.max() - 2

    def test_what_has_no_counts(self, tmp_path: Path) -> None:
        path, _ = as_folder(rows(8), tmp_path)
        np.save(tmp_path / "x.npy", rows(8))
        for name, binarise in ((path, "none"), ("digits", "none"), (tmp_path / "x.npy", "static")):
            with pytest.raises(ConfigError, match="counts=true is for"):
                datasets.load(name, counts=True, binarise=binarise)


class TestLabels:
    def test_of_one_array(self, tmp_path: Path) -> None:
        x, y = np.arange(20, dtype=np.float32).reshape(20, 1), np.arange(20) % 3
        np.savez(tmp_path / "x.npz", x=x, y=y)
        data = datasets.load(tmp_path / "x.npz")
        for split in ("train", "validation", "test"):
            source = getattr(data, split)
            numbers = source[np.arange(len(source))][:, 0].astype(int)
            np.testing.assert_array_equal(data.labels[split], numbers % 3)
        np.testing.assert_array_equal(datasets.load_rows(tmp_path / "x.npz").labels["test"], y)

    @pytest.mark.parametrize("y", [np.arange(5), np.full(20, 0.5), np.full(20, -2), ["a"] * 5])
    def test_that_are_none(self, tmp_path: Path, y: Array) -> None:
        np.savez(tmp_path / "x.npz", x=np.zeros((20, 1)), y=y)
        with pytest.raises(DataError, match="labels"):
            datasets.load(tmp_path / "x.npz")
