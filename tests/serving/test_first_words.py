"""What a newcomer mistypes, and what the lists and descriptions say: without TensorFlow."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from vaezoo import _catalogue as catalogue
from vaezoo import errors
from vaezoo.cli.group import group
from vaezoo.errors import ConfigError, UnknownNameError, unknown_name
from vaezoo.training import load_recipe


def run(*arguments: object) -> Result:
    return CliRunner().invoke(group, [str(a) for a in arguments])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["X"], "unknown recipe or data set 'X'. vaezoo list --recipes lists them all."),
        (["mnits"], "unknown recipe or data set 'mnits': did you mean 'mnist'?"),
        (["fashion_mnits"], "did you mean 'fashion_mnist'?"),
        (["./nosuch.toml"], "no such file: nosuch.toml."),
        (["runs/nosuch"], "no such file: runs/nosuch."),
        (
            ["--data", "nofolder"],
            "unknown data set, file or folder 'nofolder'. Known: adult, cartpole, cells, ",
        ),
        (["--data", "no/folder"], "no such file or folder: no/folder."),
        (["digits", "--data", "nofile.npy"], "no such file or folder: nofile.npy."),
        (["photos"], "photos is not a recipe, a .toml file: to train on it, give --data photos."),
        (["dsprites"], "dsprites has several recipes: give dsprites_attributes or dsprites_bet"),
        (["digits", "--set", "epochs=3"], "did you mean 'training.epochs'?"),
        (["digits", "--set", "epoch=3"], "did you mean 'training.epochs'?"),
        (["digits", "--set", "image_size=3"], "did you mean 'data.image_size'?"),
        (["digits", "--set", "learning_rate=1e-3"], "did you mean 'optimizer.learning_rate'?"),
        (["digits", "--set", "sede=3"], "unknown key of recipe 'sede': did you mean 'seed'?"),
        (["digits", "--set", "latent_dim=3"], "of the model is written model.latent_dim."),
        (["digits", "--set", "training.epoch=3"], "did you mean 'epochs'?"),
        (["digits", "--model", "betavae"], "unknown model 'betavae': did you mean 'BetaVAE'?"),
        (["digits", "--model", "Xyzzy"], "'Xyzzy'. vaezoo list --models lists them all."),
    ],
)
def test_slips_of_vaezoo_train(
    arguments: list[str], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()
    result = run("train", *arguments)
    assert result.exit_code == 1 and result.stderr.count("\n") == 1, result.output
    assert message in result.stderr
    assert len(result.stderr) < 300 and ": Known" not in result.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["photos"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["info", "no/folder"], "no such folder: no/folder."),
        (["info", "mnist_vea"], "did you mean 'mnist_vae'? vaezoo list lists them all."),
        (["reconstruct", "digits_vae", "--data", "mist"], "did you mean 'mnist'?"),
    ],
)
def test_slips_of_other_commands(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1 and message in result.stderr


def test_a_recipe_is_found_by_its_data_set() -> None:
    found = {"digits": "digits_vae", "mnist": "mnist_vae", "fashion_mnist": "fashion_vae",
             "mnist_static": "static_mnist_vamp", "omniglot": "omniglot_vae"}  # fmt: skip
    for data, name in found.items():
        recipe = load_recipe(data)
        assert (recipe.name, recipe.data.name) == (name, data)
    with pytest.raises(ConfigError, match="dsprites has several recipes"):
        load_recipe("dsprites")
    with pytest.raises(UnknownNameError):
        load_recipe("own_vea")


def test_unknown_names() -> None:
    assert str(unknown_name("kind", "x", [])) == "unknown kind 'x'. Known: none."
    expected = "unknown kind 'alpa': did you mean 'Alpha'? Known: Alpha, Beta."
    assert str(unknown_name("kind", "alpa", ["Beta", "Alpha"])) == expected
    assert not {name for name in errors.__all__ if not name.endswith("Error")}


def test_lists_are_aligned_and_say_what_a_model_fixes() -> None:
    lines = run("list", "--models").stdout.splitlines()
    column = 2 + max(len(entry.name) for entry in catalogue.models())
    assert all(line[column - 1] == " " and line[column].isupper() for line in lines)
    found = dict(line.split(maxsplit=1) for line in lines)
    assert found["VAE"].endswith("Kingma & Welling 2014.")
    assert found["BetaVAE"].endswith("Higgins et al. 2017. Fixes its objective.")
    assert found["PoincareVAE"].endswith("Fixes its posterior and prior.")
    for option in ([], ["--recipes"], ["--data"]):
        lines = run("list", *option).stdout.splitlines()
        assert len({len(line) - len(line.split("  ", 1)[1].lstrip()) for line in lines}) == 1


def test_info_is_read_without_the_source() -> None:
    text = run("info", "digits_vae").stdout
    assert text.startswith("digits_vae: VAE with 8 latent dimensions, trained on digits\n")
    assert "data         [N, 8, 8, 1], values from 0 to 1" in text
    assert re.search(r"fp16 +[\d,]+ bytes instead of [\d,]+; ELBO [+-][\d.]+ nats, ", text)
    assert "'batch'" not in text and "None" not in text and "loses" not in text


def test_one_preset_is_one() -> None:
    text = run("zoo", "check", "digits_vae").stdout
    assert text.endswith("1 preset is as published\n")


def test_a_reader_that_has_read_enough_is_no_error() -> None:
    code = (
        "import sys; sys.argv = ['vaezoo', 'list', '--models']; from vaezoo.cli import main; main()"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None and process.stderr is not None
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    process.wait()


def test_python_m_is_the_console_script() -> None:
    command = [sys.executable, "-m", "vaezoo", "--version"]
    found = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert (found.returncode, found.stderr) == (0, "") and found.stdout.startswith("vaezoo, ")
