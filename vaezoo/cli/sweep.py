"""vaezoo sweep"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import compare, outputs, terminal
from vaezoo.errors import need

if TYPE_CHECKING:
    from vaezoo.training.sweep import GridRun

_TRAIN = (sys.executable, "-P", "-c", "from vaezoo.cli import main; main()", "train")
_LAST_WORDS = 60.0  # seconds that an interrupted run may take to end


@click.command(
    epilog="Example:  vaezoo sweep digits --set model.latent_dim=2,4,8 --set training.epochs=20"
)
@click.argument("recipe", default="own")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE,VALUE", required=True,
    help="Values of a key of the recipe, between commas; a list is one value: "
    "model.network.hidden=[64,64],[128]. May be repeated: all combinations are run.",
)  # fmt: skip
@click.option(
    "--data", help="Data set's name, .npy, .npz, or folder of images, instead of the recipe's."
)
@click.option("--model", help="Model's name, instead of the recipe's.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the runs.  [runs/<recipe>_sweep]"
)
@click.option("--dry-run", is_flag=True, help="Only list the runs, and the command of each.")
def command(
    recipe: str,
    overrides: tuple[str, ...],
    data: str | None,
    model: str | None,
    out: Path | None,
    dry_run: bool,
) -> None:
    """Train a model by RECIPE for each combination of values, and compare the runs.

    Each run is a process, and a folder with a name made of its values. The same command resumes:
    finished runs are skipped; one that fails is reported, and the others go on. No search is
    made: the grid is all there is.
    """
    from vaezoo.training import sweep

    if recipe == "own" and data is None:
        raise click.UsageError("give a RECIPE (vaezoo list --recipes), or --data PATH.")
    runs = sweep.grid(overrides)
    _check(recipe, data, model, runs)
    out = out or Path("runs") / f"{Path(recipe).stem}_sweep"
    outputs.check_folder(out)
    beside = [f"--{name}={value}" for name, value in (("data", data), ("model", model)) if value]
    if dry_run:
        for run in runs:
            state = "finished" if sweep.is_finished(out / run.name) else "to be run"
            terminal.say(f"{run.name}: {state}: {shlex.join(_arguments(recipe, beside, run, out))}")
        return
    need("train", "tensorflow", "training")
    sweep.claim(out, sweep.fixed(recipe, data, model, overrides))
    failed = _train_all(recipe, beside, runs, out)
    done = [str(out / run.name) for run in runs if sweep.is_finished(out / run.name)]
    if done:
        from vaezoo.report.comparison.runs import PAGE

        compare.show(compare.scored(tuple(done)), out=out / PAGE)
    if failed:
        raise click.ClickException(
            f"{len(failed)} of {len(runs)} runs failed, for the reasons above: "
            f"{', '.join(failed)}; the same command tries them again."
        )


def _check(recipe: str, data: str | None, model: str | None, runs: Sequence[GridRun]) -> None:
    """Finds wrong keys, values and names before anything is run."""
    from vaezoo import _catalogue as catalogue
    from vaezoo.datasets.loading import is_own
    from vaezoo.errors import unknown_name
    from vaezoo.training import load_recipe

    if data is not None:
        is_own(data)
    names = [entry.name for entry in catalogue.models()]
    first = [f'model.name="{model}"'] if model else []
    for run in runs:
        name = load_recipe(recipe, [*first, *run.overrides]).model.get("name", "VAE")
        if name not in names:
            raise unknown_name("model", name, names, lister="vaezoo list --models")


def _arguments(recipe: str, beside: Sequence[str], run: GridRun, out: Path) -> list[str]:
    """The command that makes one of the runs, alone."""
    changes = [part for override in run.overrides for part in ("--set", override)]
    return ["vaezoo", "train", recipe, *beside, *changes, "--out", str(out / run.name)]


def _train_all(recipe: str, beside: Sequence[str], runs: Sequence[GridRun], out: Path) -> list[str]:
    """Runs what is not finished, one after the other: the names of those that failed."""
    from vaezoo._progress import duration
    from vaezoo.training import sweep

    failed: list[str] = []
    seconds: list[float] = []
    for place, run in enumerate(runs):
        where = f"[{place + 1}/{len(runs)}] {run.name}"
        if sweep.is_finished(out / run.name):
            terminal.say(f"{where}: finished before, skipped", err=True)
            continue
        left = sum(not sweep.is_finished(out / other.name) for other in runs[place:])
        rest = duration(left * sum(seconds) / len(seconds)) if seconds else ""
        terminal.say(f"{where}{f', about {rest} left in all' if rest else ''}", err=True)
        start = time.monotonic()
        status = _run([*_TRAIN, *_arguments(recipe, beside, run, out)[2:]])
        if status or not sweep.is_finished(out / run.name):
            terminal.say(f"{where}: failed, exit status {status}", err=True)
            failed.append(run.name)
        else:
            seconds.append(time.monotonic() - start)
    return failed


def _run(arguments: Sequence[str]) -> int:
    """The exit status of a process, whose errors and bar are shown. Interrupted, it may end first:
    it has the signal too."""
    with subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL) as child:
        try:
            return child.wait()
        except KeyboardInterrupt:
            try:
                child.wait(_LAST_WORDS)
            except subprocess.TimeoutExpired:
                child.kill()
            raise click.ClickException(
                "interrupted: the same command goes on after the last finished epoch."
            ) from None
