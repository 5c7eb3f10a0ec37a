"""vaezoo train"""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import examples, figures, options, outputs, terminal
from vaezoo.errors import need

if TYPE_CHECKING:
    from vaezoo.training import Recipe


@click.command(epilog="Example:  vaezoo train digits --out runs/digits --set training.epochs=20")
@click.argument("recipe", default="own")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder.  [runs/<recipe>]")
@click.option(
    "--data",
    help="Data set's name, .npy, .npz, .h5, or folder of images, instead of the recipe's.",
)
@click.option("--model", help="Model's name, instead of the recipe's.")
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="KEY=VALUE",
    help="Change a value of the recipe; may be repeated.",
)
@click.option(
    "--split-by",
    metavar="COLUMN",
    help="Column of your own data whose values stay in one split; of files also folder, prefix.",
)
@click.option(
    "--strategy",
    type=click.Choice(["mirrored", "multiworker"]),
    help="Train on all GPUs of this machine, or with the workers that TF_CONFIG lists.",
)
@click.option("--tensorboard", is_flag=True, help="Also log for TensorBoard.")
@click.option("--publish", is_flag=True, help="Copy the result to ./saved_models and ./export.")
def command(
    recipe: str,
    out: Path | None,
    data: str | None,
    model: str | None,
    overrides: tuple[str, ...],
    split_by: str | None,
    strategy: str | None,
    tensorboard: bool,
    publish: bool,
) -> None:
    """Train a model by RECIPE: a recipe's name, its data set's, or a .toml file.

    Then evaluate it on test data, save it, export it, verify the export, and draw a picture.
    After an interruption, the same command resumes the run.
    """
    if recipe == "own" and data is None:
        raise click.UsageError("give a RECIPE (vaezoo list --recipes), or --data PATH.")
    if split_by is not None:
        overrides = (*overrides, f"data.split_by={split_by}")
    if publish and (data or model or overrides or strategy):
        raise click.UsageError("--publish is for a recipe as it stands: write one of its own.")
    settings = _settings(recipe, data, model, overrides)
    out = out or Path("runs") / settings.name
    outputs.check_folder(out)
    options.need_tensorflow()  # from here on imports take seconds
    if tensorboard:
        need("tensorboard", "tensorboard", "--tensorboard")
    from vaezoo.report import curves
    from vaezoo.training import folder, run
    from vaezoo.training.publishing import publish as publish_run

    if strategy == "multiworker":
        terminal.say("waiting for the other workers that TF_CONFIG lists…", err=True)
    changes = [override.partition("=")[0].strip() for override in overrides]
    if model or recipe == "own" or "model.name" in changes:
        settings = _fitted(settings, changes)
    try:
        metrics = run.train(settings, out, strategy=strategy, tensorboard=tensorboard)
    except KeyboardInterrupt:
        raise click.ClickException(
            "interrupted: the same command resumes after the last finished epoch."
        ) from None
    if not metrics:  # only the chief of several workers evaluates
        terminal.say(f"{out}: trained; the chief evaluates and exports the model.")
        return
    terminal.say_lines(figures.figures(metrics))
    pictures = f"{folder.PICTURE}, {curves.PICTURE}"
    terminal.say(f"Saved in {out}: preset, export/ (verified), {pictures}, {folder.CARD}")
    if publish:
        publish_run(out, settings.name)
        terminal.say(f"published as {settings.name} in ./saved_models and ./export")
    terminal.say_lines(figures.next_steps(out))


def _settings(
    recipe: str, data: str | None, model: str | None, overrides: tuple[str, ...]
) -> Recipe:
    """The recipe with the options' changes. Raises before TensorFlow is imported."""
    from vaezoo import _catalogue as catalogue
    from vaezoo.datasets.loading import is_own
    from vaezoo.errors import unknown_name
    from vaezoo.training import load_recipe

    changes = [f'model.name="{model}"'] if model else []
    settings = load_recipe(recipe, [*changes, *overrides])
    name, names = settings.model.get("name", "VAE"), [entry.name for entry in catalogue.models()]
    if name not in names:
        raise unknown_name("model", name, names, lister="vaezoo list --models")
    if data is None:
        return settings
    # The whole path: a run is resumed, and evaluated, from any folder.
    source = str(Path(data).resolve()) if is_own(data) else data
    return dataclasses.replace(
        settings,
        name=_run_name(f"{Path(data).stem}_{name.lower()}"),
        summary="",
        data=dataclasses.replace(settings.data, name=source),
    )


def _fitted(settings: Recipe, changes: list[str]) -> Recipe:
    """The recipe for its model: what that chooses itself drops out, unless the user gave it."""
    from vaezoo.training.building import without_chosen

    given = {key.split(".")[1] for key in changes if key.startswith("model.")}
    settings, names = without_chosen(settings, given)
    if names:
        left_out = ", ".join(names)
        examples.note(f"{settings.model['name']} has its own {left_out}: the recipe's is left out.")
    return settings


def _run_name(text: str) -> str:
    """A file's name as that of a run and preset."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_.-")[:90]
    return name or "own"
