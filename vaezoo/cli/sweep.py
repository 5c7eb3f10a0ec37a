"""vaezoo sweep"""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
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
    "model.network.hidden=[64,64],[128]. With --search, also two ends: 1e-4..1e-2. May be "
    "repeated: all combinations are run.",
)  # fmt: skip
@click.option(
    "--data", help="Data set's name, .npy, .npz, or folder of images, instead of the recipe's."
)
@click.option("--model", help="Model's name, instead of the recipe's.")
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder of the runs.  [runs/<recipe>_sweep]"
)
@click.option(
    "--search", type=click.IntRange(min=1), metavar="N",
    help="Instead of the whole grid, N runs, each chosen from the validation of those before "
    "(Optuna, in the extra search).",
)  # fmt: skip
@click.option(
    "--seed", type=click.IntRange(min=0), default=0, show_default=True,
    help="Decides what a search tries.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only list the runs, and the command of each.")
def command(
    recipe: str,
    overrides: tuple[str, ...],
    data: str | None,
    model: str | None,
    out: Path | None,
    search: int | None,
    seed: int,
    dry_run: bool,
) -> None:
    """Train a model by RECIPE for each combination of values, and compare the runs.

    Each run is a process, and a folder with a name made of its values. The same command resumes:
    finished runs are skipped; one that fails is reported, and the others go on.
    """
    from vaezoo.training import sweep

    if search is not None and dry_run:
        raise click.UsageError("--dry-run lists a grid: what a search tries follows from its runs.")
    if recipe == "own" and data is None:
        raise click.UsageError("give a RECIPE (vaezoo list --recipes), or --data PATH.")
    out = out or Path("runs") / f"{Path(recipe).stem}_sweep"
    outputs.check_folder(out)
    runs = _Runs(recipe, data, model, out)
    if search is not None:
        done = _search(runs, overrides, search, seed)
    elif dry_run:
        runs.show(sweep.grid(overrides))
        return
    else:
        done = _grid(runs, overrides)
    _compare(done, out)
    if failed := [run.name for run in done if not sweep.is_finished(out / run.name)]:
        raise click.ClickException(
            f"{len(failed)} of {len(done)} runs failed, for the reasons above: "
            f"{', '.join(failed)}; the same command tries them again."
        )


def _grid(runs: _Runs, overrides: Sequence[str]) -> list[GridRun]:
    """Trains every combination that is not finished."""
    from vaezoo._progress import duration
    from vaezoo.training import sweep

    every = sweep.grid(overrides)
    runs.check(every)
    runs.claim(overrides)
    seconds: list[float] = []
    for place, run in enumerate(every):
        left = sum(not runs.is_finished(other) for other in every[place:])
        rest = duration(left * sum(seconds) / len(seconds)) if seconds else ""
        more = f", about {rest} left in all" if rest else ""
        seconds += runs.train(run, f"[{place + 1}/{len(every)}]", more)
    return every


def _search(runs: _Runs, overrides: Sequence[str], num: int, seed: int) -> list[GridRun]:
    """Trains `num` runs, each chosen from those before."""
    from vaezoo.training.search import best_validation, search

    tried: list[GridRun] = []

    def score(run: GridRun) -> float | None:
        if not tried:
            runs.check([run])
            runs.claim([*overrides, f"search.seed={seed}"])
        tried.append(run)
        runs.train(run, f"[{len(tried)}/{num}]")
        if not runs.is_finished(run):
            return None
        value = best_validation(runs.out / run.name)
        terminal.say(f"{run.name}: validation {'unknown' if value is None else f'{value:.2f}'}")
        return value

    need("train", "tensorflow", "training")
    return search(overrides, num, score, seed=seed)


def _compare(runs: Sequence[GridRun], out: Path) -> None:
    from vaezoo.report.comparison.runs import PAGE
    from vaezoo.training import sweep

    done = [str(out / run.name) for run in runs if sweep.is_finished(out / run.name)]
    if done:
        compare.show(compare.scored(tuple(done)), out=out / PAGE)


@dataclass(frozen=True)
class _Runs:
    """The runs of a sweep.

    Attributes:
        recipe, data, model: as the command has them.
        out: the folder of their folders.
    """

    recipe: str
    data: str | None
    model: str | None
    out: Path

    def check(self, runs: Sequence[GridRun]) -> None:
        """Finds wrong keys, values and names before anything is run."""
        from vaezoo import _catalogue as catalogue
        from vaezoo.datasets.loading import is_own
        from vaezoo.errors import unknown_name
        from vaezoo.training import load_recipe

        if self.data is not None:
            is_own(self.data)
        names = [entry.name for entry in catalogue.models()]
        first = [f'model.name="{self.model}"'] if self.model else []
        for run in runs:
            name = load_recipe(self.recipe, [*first, *run.overrides]).model.get("name", "VAE")
            if name not in names:
                raise unknown_name("model", name, names, lister="vaezoo list --models")

    def show(self, runs: Sequence[GridRun]) -> None:
        """Lists runs, and the command of each."""
        self.check(runs)
        for run in runs:
            state = "finished" if self.is_finished(run) else "to be run"
            terminal.say(f"{run.name}: {state}: {shlex.join(self._arguments(run))}")

    def claim(self, overrides: Sequence[str]) -> None:
        """Makes the sweep's folder, or takes the one that holds it."""
        from vaezoo.training import sweep

        need("train", "tensorflow", "training")
        sweep.claim(self.out, sweep.fixed(self.recipe, self.data, self.model, overrides))

    def is_finished(self, run: GridRun) -> bool:
        from vaezoo.training import sweep

        return sweep.is_finished(self.out / run.name)

    def train(self, run: GridRun, place: str, more: str = "") -> list[float]:
        """Trains a run that is not finished, alone: its seconds, or nothing where it fails."""
        where = f"{place} {run.name}"
        if self.is_finished(run):
            terminal.say(f"{where}: finished before, skipped", err=True)
            return []
        terminal.say(f"{where}{more}", err=True)
        start = time.monotonic()
        status = _run([*_TRAIN, *self._arguments(run)[2:]])
        if status or not self.is_finished(run):
            terminal.say(f"{where}: failed, exit status {status}", err=True)
            return []
        return [time.monotonic() - start]

    def _arguments(self, run: GridRun) -> list[str]:
        """The command that makes one of the runs."""
        options = {"data": self.data, "model": self.model}
        beside = [f"--{name}={value}" for name, value in options.items() if value]
        changes = [part for override in run.overrides for part in ("--set", override)]
        out = str(self.out / run.name)
        return ["vaezoo", "train", self.recipe, *beside, *changes, "--out", out]


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
