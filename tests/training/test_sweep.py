"""Sweeps: the grammar of values, names, what is skipped, what fails."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from vaezoo.cli import sweep as command
from vaezoo.cli.group import group
from vaezoo.errors import ConfigError
from vaezoo.training import sweep

ROOT = Path(__file__).parents[2]
SMALL = ("--set", "training.epochs=2", "--set", "evaluation.num_samples=5")
# In the place of `vaezoo train`: makes a finished run of digits_vae, or fails for latent_dim 3.
FAKE = f"""
import shutil, sys
from pathlib import Path
out = Path(sys.argv[sys.argv.index("--out") + 1])
print("started", out.name, file=open(out.parent / "started.txt", "a"))
if "model.latent_dim=3" in sys.argv:
    sys.exit("Error: three is wrong.")
root = Path({str(ROOT)!r})
shutil.copytree(root / "saved_models" / "digits_vae", out)
shutil.copytree(root / "export" / "digits_vae", out / "export")
"""


def run(*arguments: object) -> Any:
    return CliRunner().invoke(group, ["sweep", *map(str, arguments)])


@pytest.mark.parametrize(
    ("override", "values"),
    [
        ("model.latent_dim=8,16,32", ["8", "16", "32"]),
        ("optimizer.learning_rate=1e-3, 3e-3", ["1e-3", "3e-3"]),
        ("model.network.hidden=[64,64],[128]", ["[64,64]", "[128]"]),
        ("model.prior={name='vamp', num=5},normal", ["{name='vamp', num=5}", "normal"]),
        ("a.b='x,y',\"z,]\"", ["'x,y'", '"z,]"']),
        ("a.b=[[1,2],[3]],[]", ["[[1,2],[3]]", "[]"]),
        ("a.b=x=1,x=2", ["x=1", "x=2"]),
        ("training.epochs=5", ["5"]),
    ],
)
def test_values(override: str, values: list[str]) -> None:
    assert sweep.values_of(override)[1] == values


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("model.latent_dim", "expected key=value"),
        ("=3,4", "expected key=value"),
        ("a=1,,2", "a value is empty"),
        ("a=1,2,", "a value is empty"),
        ("a=1,2,1", "1 is given twice"),
        ("a=[1,2", "has no partner"),
        ("a=1],[2", "has no partner"),
        ("a='1,2", "has no partner"),
    ],
)
def test_wrong_values(override: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        sweep.values_of(override)


class TestGrid:
    def test_all_combinations_with_fixed_values(self) -> None:
        runs = sweep.grid(["model.latent_dim=2,4", "training.epochs=5", "seed=0,1"])
        assert [r.name for r in runs] == [
            f"latent_dim-{d}_seed-{s}" for d in (2, 4) for s in (0, 1)
        ]
        assert runs[2].overrides == ("model.latent_dim=4", "training.epochs=5", "seed=0")

    def test_names_are_names_of_files(self) -> None:
        runs = sweep.grid(
            ["model.network.hidden=[64, 64],[128]", "data.name=a,b", "model.name=A,B"]
        )
        assert runs[0].name == "hidden-64x64_data.name-a_model.name-A"
        (long, _) = sweep.grid([f"data.name={'x' * 200},y"])
        assert len(long.name) == 80

    @pytest.mark.parametrize(
        ("overrides", "message"),
        [
            (["training.epochs=5"], "needs a key with several values"),
            (["a=1,2", "a=3,4"], "a is given twice"),
            (["a='x y','x-y'"], "two runs would have the name a-x-y"),
        ],
    )
    def test_wrong_grids(self, overrides: list[str], message: str) -> None:
        with pytest.raises(ConfigError, match=message):
            sweep.grid(overrides)


def test_the_folder_keeps_what_is_fixed(tmp_path: Path) -> None:
    first = sweep.fixed("digits", None, None, ["training.epochs=5", "model.latent_dim=2,4"])
    sweep.claim(tmp_path, first)
    grown = sweep.fixed("digits", None, None, ["training.epochs=5", "model.latent_dim=2,4,8"])
    sweep.claim(tmp_path, grown)
    other = sweep.fixed("digits", None, None, ["training.epochs=6", "model.latent_dim=2,4"])
    with pytest.raises(ConfigError, match=r"training.epochs = '5', not '6'"):
        sweep.claim(tmp_path, other)
    with pytest.raises(ConfigError, match="holds a sweep with recipe"):
        sweep.claim(tmp_path, sweep.fixed("mnist_vae", None, None, ["training.epochs=5"]))


def test_a_dry_run_lists_commands_and_writes_nothing(tmp_path: Path) -> None:
    out = tmp_path / "sweep"
    result = run(
        "digits", "--set", "model.network.hidden=[8,8],[9]", *SMALL, "--out", out, "--dry-run"
    )
    assert result.exit_code == 0, result.output
    first, second = result.stdout.splitlines()
    assert first == (
        "hidden-8x8: to be run: vaezoo train digits --set 'model.network.hidden=[8,8]' --set "
        f"training.epochs=2 --set evaluation.num_samples=5 --out {out}/hidden-8x8"
    )
    assert second.startswith("hidden-9: to be run") and not out.exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("digits", "--set", "training.epochs=5,0"), "training.epochs=0"),
        (("digits", "--set", "training.epoch=5,6"), "epochs"),
        (("digits", "--set", "model.name=VAE,VEA"), "did you mean 'VAE'"),
        (("digits", "--model", "VEA", "--set", "seed=1,2"), "did you mean 'VAE'"),
        (("digitz", "--set", "seed=1,2"), "digits"),
        (("own", "--set", "seed=1,2", "--data", "gone.npy"), "no such file or folder: gone.npy"),
    ],
)
def test_wrong_calls_end_before_anything_is_run(
    arguments: tuple[str, ...], message: str, tmp_path: Path
) -> None:
    result = run(*arguments, "--out", tmp_path / "sweep")
    assert result.exit_code == 1 and message in result.stderr, result.output
    assert len(result.stderr.splitlines()) == 1 and not (tmp_path / "sweep").exists()


def test_it_goes_on_after_a_failure_and_skips_what_is_finished(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(command, "_TRAIN", (sys.executable, "-c", FAKE))
    out = tmp_path / "sweep"
    arguments = ("digits", "--set", "model.latent_dim=2,3,4", *SMALL, "--out", out)
    result = run(*arguments)
    assert result.exit_code == 1
    assert "[2/3] latent_dim-3: failed, exit status 1" in result.stderr
    assert "1 of 3 runs failed, for the reasons above: latent_dim-3" in result.stderr
    assert "latent_dim-2" in result.stdout and "latent_dim-4" in result.stdout
    assert (out / "compare.html").is_file()
    shutil.rmtree(out / "latent_dim-4" / "export")  # as if it had been interrupted
    shutil.rmtree(out / "latent_dim-4")
    again = run(*arguments)
    assert "[1/3] latent_dim-2: finished before, skipped" in again.stderr
    started = (out / "started.txt").read_text().split()[1::2]
    assert started == [f"latent_dim-{d}" for d in (2, 3, 4, 3, 4)]


@pytest.mark.exhaustive
def test_a_sweep_trains_as_train_does(tmp_path: Path) -> None:
    from vaezoo.training import load_recipe
    from vaezoo.training import run as runs

    out = tmp_path / "sweep"
    result = run("digits", "--set", "model.latent_dim=2,3", *SMALL, "--out", out)
    assert result.exit_code == 0, result.output
    changes = ["model.latent_dim=2", "training.epochs=2", "evaluation.num_samples=5"]
    assert load_recipe(out / "latent_dim-2" / "recipe.toml") == load_recipe("digits", changes)
    alone = runs.train(load_recipe("digits", changes), tmp_path / "alone", progress=False)
    swept = json.loads((out / "latent_dim-2" / "metrics.json").read_text())
    assert swept["elbo"] == alone["elbo"]
