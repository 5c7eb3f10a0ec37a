"""vaezoo train"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import figures, options, terminal
from vaezoo.errors import need

if TYPE_CHECKING:
    from vaezoo.training import Recipe


@click.command(epilog="Example:  vaezoo train digits --out runs/digits --set training.epochs=20")
@click.argument("recipe", default="own")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder.  [runs/<recipe>]")
@click.option(
    "--data", help="Data set's name, .npy, .npz, or folder of images, instead of the recipe's."
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
    if publish and (data or model or overrides or strategy):
        raise click.UsageError("--publish is for a recipe as it stands: write one of its own.")
    settings = _settings(recipe, data, model, overrides)
    options.need_tensorflow()  # from here on imports take seconds
    if tensorboard:
        need("tensorboard", "tensorboard", "--tensorboard")
    from vaezoo.training import folder, run
    from vaezoo.training.publishing import publish as publish_run

    if strategy == "multiworker":
        terminal.say("waiting for the other workers that TF_CONFIG lists…", err=True)
    out = out or Path("runs") / settings.name
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
    terminal.say(f"Saved in {out}: preset, export/ (verified), {folder.PICTURE}, {folder.CARD}")
    if publish:
        publish_run(out, settings.name)
        terminal.say(f"published as {settings.name} in ./saved_models and ./export")
    terminal.say_lines(figures.next_steps(out))


def _settings(
    recipe: str, data: str | None, model: str | None, overrides: tuple[str, ...]
) -> Recipe:
    """The recipe with the options' changes. Raises before TensorFlow is imported."""
    from vaezoo import _catalogue as catalogue
    from vaezoo.datasets import loading as datasets
    from vaezoo.errors import unknown_name
    from vaezoo.training import load_recipe

    changes = [f'model.name="{model}"'] if model else []
    settings = load_recipe(recipe, [*changes, *overrides])
    name, names = settings.model.get("name", "VAE"), [entry.name for entry in catalogue.models()]
    if name not in names:
        raise unknown_name("model", name, names, lister="vaezoo list --models")
    if data is None:
        return settings
    if not Path(data).exists() and data not in datasets.DATASETS:
        raise datasets.unknown_data(data)
    # The whole path: a run is resumed, and evaluated, from any folder.
    source = data if data in datasets.DATASETS else str(Path(data).resolve())
    return dataclasses.replace(
        settings,
        name=f"{Path(data).stem}_{name.lower()}",
        summary="",
        data=dataclasses.replace(settings.data, name=source),
    )
