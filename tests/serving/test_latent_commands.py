"""`vaezoo interpolate`, `traverse`, `attributes` and `edit`: what they write, and what they say."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from PIL import Image

import vaezoo
from vaezoo import images, latent
from vaezoo.cli import interpolate
from vaezoo.cli.group import group
from vaezoo.errors import MissingExtraError
from vaezoo.protocols import Array

ROOT = Path(__file__).parents[2]


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


def wrote(*arguments: object) -> str:
    result = run(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def assert_one_line(result: Result, message: str) -> None:
    assert result.exit_code == 1, result.output
    assert result.stderr.count("\n") == 1, result.stderr
    assert message in result.stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Digits with labels, and how much ink each has."""
    folder = tmp_path_factory.mktemp("data")
    x = vaezoo.load("digits_vae").generate(80, seed=1)
    np.savez(folder / "x.npz", x=x, y=np.arange(80) % 2, size=x.max(axis=(1, 2, 3)))
    np.save(folder / "ink.npy", x.mean(axis=(1, 2, 3)))
    return folder


@pytest.fixture(scope="module")
def x(folder: Path) -> Array:
    with np.load(folder / "x.npz") as content:
        return content["x"]


def size_of(path: Path) -> tuple[int, int]:
    with Image.open(path) as image:
        return image.size


def walk(folder: Path, out: Path, *arguments: object) -> Result:
    given = ("--data", folder / "x.npz", "--from", "3,5", "--to", "17,6", "-o", out)
    return run("interpolate", "digits_vae", *given, *arguments)


def test_paths_are_the_library_s() -> None:
    assert tuple(latent.PATHS) == interpolate.PATHS


def test_paths_as_arrays(folder: Path, x: Array, tmp_path: Path) -> None:
    out = tmp_path / "paths.npy"
    assert walk(folder, out, "-n", 5, "--path", "spherical").exit_code == 0
    model = vaezoo.load("digits_vae")
    expected = latent.interpolate(model, x[[3, 5]], x[[17, 6]], 5, "spherical")
    np.testing.assert_allclose(np.load(out), expected, atol=1e-6)


def test_paths_as_a_picture(folder: Path, tmp_path: Path) -> None:
    """A row for each path, between the examples; wider by the names of the rows."""
    out = tmp_path / "paths.png"
    given = ("--from", 3, "--to", 17, "-n", 4, "--path", "all", "--features")
    result = walk(folder, out, *given)
    assert result.exit_code == 0, result.output
    assert "rows 3 to 17 of" in result.stdout and "spherical and geodesic" in result.stdout
    width, height = size_of(out)
    assert width > 6 * 66 + 2 and 3 * 66 + 2 < height < 3 * 66 + 50


def test_a_gif_loops_forth_and_back(folder: Path, tmp_path: Path) -> None:
    out = tmp_path / "path.gif"
    assert walk(folder, out, "-n", 6).exit_code == 0
    with Image.open(out) as image:
        assert image.info["loop"] == 0 and image.n_frames == 10
        frames = []
        for index in (0, 2, 8):
            image.seek(index)
            frames.append(np.asarray(image.convert("L"), np.int16))
    np.testing.assert_array_equal(frames[1], frames[2])  # the same place, on the way back
    assert np.abs(frames[0] - frames[1]).max() > 20
    assert out.stat().st_size < 40_000


def test_names_beside_tiles() -> None:
    tiles = np.zeros((4, 8, 8, 1))
    plain = images.labelled(tiles[:2], ["a", "b"])
    named = images.labelled(tiles[:4], ["a", "b"], ["first", "second"])
    assert plain.shape[1] < named.shape[1] and plain.dtype == np.uint8
    assert (named == 255).any() and named.shape[2] == 1
    wide = images.labelled(tiles[:2], ["a" * 30, "b" * 30])
    assert (wide[:, -1] == 255).all()  # nothing is cut off at the margin
    assert images.labelled(np.zeros((2, 5)), ["a", "b"]).shape[2] == 1  # vectors
    assert images.labelled(np.zeros((2, 8, 8, 3)), ["a", "b"]).shape[2] == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--from", "3", "--to", "4,5"], "--from has 1 rows, --to 2"),
        (["--from", "x", "--to", "4"], "--start x: give numbers of rows"),
        (["--from", "3", "--to", "80"], "has 80 rows: --from and --to count them from 0"),
        (["--from", "3", "--to", "4", "-o", "x.jpg"], ".png, .gif, .npy or .npz"),
        (["--from", "3", "--to", "4", "-n", "1"], "num=1: a path has 2 points"),
    ],
)
def test_wrong_paths(folder: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    given = ["interpolate", "digits_vae", "--data", folder / "x.npz"]
    assert_one_line(run(*given, "-o", tmp_path / "x.png", *arguments), message)


def test_traversals(folder: Path, x: Array, tmp_path: Path) -> None:
    out = tmp_path / "dims.npz"
    given = ("--data", folder / "x.npz", "--row", 2, "--dims", 3, "-n", 5)
    assert "3 of 8 dimensions of row 2" in wrote("traverse", "digits_vae", *given, "-o", out)
    model = vaezoo.load("digits_vae")
    order = latent.rank_dimensions(model, x).order
    with np.load(out) as content:
        np.testing.assert_array_equal(content["dimensions"], order[:3])
        column = model.encode_mean(x)[:, order[0]]
        expected = column.mean() + np.linspace(-3, 3, 5) * column.std()
        np.testing.assert_allclose(content["values"][0], expected, rtol=1e-5)
        np.testing.assert_allclose(
            content["traversals"][0],
            latent.traverse(model, x[2:3], order[0], content["values"][0])[0],
            atol=1e-6,
        )


def test_traversals_of_draws(folder: Path, tmp_path: Path) -> None:
    for name in ("a.png", "b.png"):
        assert "draw 0, seed 0" in wrote("traverse", "digits_vae", "-o", tmp_path / name)
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()
    width, height = size_of(tmp_path / "a.png")
    assert width > 9 * 66 and height > 8 * 66
    result = run("traverse", "digits_vae", "--data", folder / "x.npz", "--row", 80)
    assert_one_line(result, "has 80 rows: --row 80 counts them from 0")


@pytest.mark.parametrize("name", ["mnist_vqvae", "mnist_cvae"])
def test_traversals_of_codes_and_conditions(name: str, tmp_path: Path) -> None:
    options = ["--condition", 4]
    if name == "mnist_vqvae":  # whose draws take long
        np.save(tmp_path / "x.npy", np.eye(28, dtype=np.float32)[None, ..., None].repeat(3, axis=0))
        options = ["--data", tmp_path / "x.npy"]
    preset = ROOT / "export" / name
    wrote("traverse", preset, "--dims", 2, "-n", 3, *options, "-o", tmp_path / "x.npz")
    with np.load(tmp_path / "x.npz") as content:
        assert content["traversals"].shape == (2, 3, 28, 28, 1)
        if name == "mnist_vqvae":
            assert content["values"][0].tolist() == [0, 64, 127]


def fit(folder: Path, *arguments: object) -> Result:
    given = ("--data", folder / "x.npz", "--values", folder / "ink.npy")
    return run("attributes", "digits_vae", *given, *arguments)


def test_attributes_are_fitted_listed_and_edited(folder: Path, x: Array, tmp_path: Path) -> None:
    assert "has no directions yet" in wrote("attributes", "digits_vae")
    result = fit(folder, "--attribute", "ink", "--given", "label_1")
    assert result.exit_code == 0, result.output
    assert "ink  ridge, R2 0." in result.stdout and "given label_1" in result.stdout
    assert wrote("attributes", "digits_vae") == result.stdout.splitlines()[0] + "\n"
    model = vaezoo.load("digits_vae")
    direct = latent.AttributeDirection.fit(
        model.encode_mean(x), x.mean(axis=(1, 2, 3)), {"label_1": np.arange(80) % 2}
    )
    np.testing.assert_allclose(model.directions["ink"].step, direct.step, rtol=1e-4)
    out = tmp_path / "e.npy"
    given = ("--data", folder / "x.npz", "-o", out)
    assert "with ink +2" in wrote("edit", "digits_vae", "--attribute", "ink=+2", *given)
    np.testing.assert_allclose(np.load(out), model.edit(x, "ink", 2), atol=1e-6)
    wrote("edit", "digits_vae", "--attribute", "ink=-1,0,1", *given)
    edits = np.load(out)
    assert edits.shape == (3, *x.shape)
    assert edits[0].mean() < edits[1].mean() < edits[2].mean()
    np.testing.assert_allclose(edits[1], model.reconstruct(x), atol=1e-6)
    fit(folder, "--attribute", "ink,label_0")
    wrote("edit", "digits_vae", "--attribute", "ink=1", "--attribute", "label_0=-1", *given)
    z = model.encode_mean(x) + model.directions["ink"].step - model.directions["label_0"].step
    np.testing.assert_allclose(np.load(out), model.decode_mean(z), atol=1e-5)


def test_edits_as_a_picture(folder: Path, tmp_path: Path) -> None:
    fit(folder, "--attribute", "ink")
    out = tmp_path / "e.png"
    wrote("edit", "digits_vae", "--data", folder / "x.npz", "--attribute", "ink=-2,2", "-o", out)
    width, height = size_of(out)
    assert width > 4 * 66 and height > 8 * 66


def test_all_that_data_have(folder: Path) -> None:
    result = fit(folder, "--given", "label_0", "--attribute", "label_1")
    assert_one_line(result, "labels have 2 of 4 combinations")  # label_0 is not label_1
    result = fit(folder, "--given", "all")
    assert "label_1  means" in result.stdout and "given ink" in result.stdout
    assert [line.split()[0] for line in result.stdout.splitlines()[:-1]] == [
        "ink", "label_0", "label_1"
    ]  # fmt: skip


def test_twins(tmp_path: Path) -> None:
    model = vaezoo.load(ROOT / "export" / "mnist_cvae")
    labels = np.arange(20) % 10
    np.savez(tmp_path / "x.npz", x=model.generate(20, condition=labels, seed=0), y=labels)
    preset, out = ROOT / "export" / "mnist_cvae", tmp_path / "twins.npy"
    wrote("edit", preset, "--data", tmp_path / "x.npz", "--label", 7, "-o", out)
    with np.load(tmp_path / "x.npz") as content:
        expected = latent.relabel(model, content["x"], 7, condition=labels)
    np.testing.assert_allclose(np.load(out), expected, atol=1e-5)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "nothing is to be changed"),
        (["--attribute", "ink"], "give a name and standard deviations, such as thickness=+1.5"),
        (["--attribute", "ink=x"], "give a name and standard deviations"),
        (["--attribute", "ink=1", "--attribute", "b=1,2"], "several amounts are for one attribute"),
        (["--attribute", "ink=1"], "fit some by vaezoo attributes digits_vae"),
        (["--label", "3"], "has no condition"),
        (["--label", "3", "--attribute", "ink=1,2"], "give one amount"),
    ],
)
def test_wrong_edits(folder: Path, tmp_path: Path, arguments: list[str], message: str) -> None:
    given = ["edit", "digits_vae", "--data", folder / "x.npz", "-o", tmp_path / "x.png"]
    assert_one_line(run(*given, *arguments), message)


def test_named_attributes_of_named_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that are asked for are measured; where that needs an extra, labels do without."""
    from vaezoo.cli import known_attributes

    x = np.zeros((4, 28, 28, 1), np.uint8)
    data = vaezoo.datasets.Dataset("mnist", x, x, x, licence="", source="", splits="")
    asked: list[object] = []

    def load(name: str, attributes: list[str]) -> vaezoo.datasets.Dataset:
        asked.append(attributes)
        columns = {"validation": np.ones((4, len(attributes)), np.float32)}
        return dataclasses.replace(data, attributes=columns, attribute_names=tuple(attributes))

    monkeypatch.setattr(vaezoo.datasets, "load", load)
    monkeypatch.setattr("vaezoo.errors.need", lambda *arguments: None)
    found = known_attributes._with_attributes(data, "mnist", ["slant", "label_4"])
    assert found.attribute_names == ("slant",) and asked == [["slant"]]
    assert known_attributes._with_attributes(data, "mnist", ["label_4"]) is data
    every = known_attributes._with_attributes(data, "mnist", ["slant", "all"])
    assert len(every.attribute_names) == 6

    def absent(extra: str, package: str, purpose: str) -> None:
        raise MissingExtraError(f"{purpose} needs {package}")

    monkeypatch.setattr("vaezoo.errors.need", absent)
    assert known_attributes._with_attributes(data, "mnist", []) is data
    with pytest.raises(MissingExtraError, match="measuring strokes needs skimage"):
        known_attributes._with_attributes(data, "mnist", ["slant"])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--attribute", "slant"], "unknown attribute 'slant'"),
        (["--given", "slant"], "unknown attribute 'slant'"),
        (["--values", "none.npy"], "none.npy does not exist"),
        (["--attribute", "ink", "--method", "means"], "'means' is for yes or no"),
    ],
)
def test_wrong_fits(folder: Path, arguments: list[str], message: str) -> None:
    assert_one_line(fit(folder, *arguments), message)


def test_wrong_values(folder: Path, tmp_path: Path) -> None:
    np.save(tmp_path / "short.npy", np.ones(3))
    assert_one_line(fit(folder, "--values", tmp_path / "short.npy"), "expected [80], a number for")
    np.save(folder / "bare.npy", np.zeros((4, 8, 8, 1), np.float32))
    result = run("attributes", "digits_vae", "--data", folder / "bare.npy")
    assert_one_line(result, "has no attributes, factors or labels: give --values")
    assert_one_line(run("attributes", "digits_vae", "--given", "a"), "fitting needs examples")
