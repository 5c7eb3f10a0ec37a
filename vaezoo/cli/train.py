"""vaezoo train"""

from __future__ import annotations

import dataclasses
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import examples, figures, options, outputs, terminal
from vaezoo.errors import need

if TYPE_CHECKING:
    from vaezoo.training import Choice, Recipe


@click.command(epilog="Example:  vaezoo train digits --out runs/digits --set training.epochs=20")
@click.argument("recipe", default="auto")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder.  [runs/<recipe>]")
@click.option(
    "--data",
    help="Data set's name, .npy, .npz, .h5, folder of images, or .csv, instead of the recipe's.",
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
    "--minutes",
    type=click.FloatRange(min=0, min_open=True),
    help="Train for so long at most.  [what the data need, up to 12]",
)
@click.option(
    "--split-by",
    metavar="COLUMN",
    help="Column of your own data whose values stay in one split; of files also folder, prefix.",
)
@click.option(
    "--constraints",
    metavar="FILE",
    help="Rules of your own table, a .toml, that every generated and imputed row obeys.",
)
@click.option("--allow-violations", is_flag=True, help="Rows of the table may break the rules.")
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
    minutes: float | None,
    split_by: str | None,
    constraints: str | None,
    allow_violations: bool,
    strategy: str | None,
    tensorboard: bool,
    publish: bool,
) -> None:
    """Train a model by RECIPE: a recipe's name, its data set's, or a .toml file.

    Without RECIPE, --data is looked at, and what suits it is chosen; --set changes any choice.
    Then evaluate it on test data, save it, export it, verify the export, and draw a picture.
    After an interruption, the same command resumes the run.
    """
    if recipe in ("auto", "own") and data is None:
        raise click.UsageError("give a RECIPE (vaezoo list --recipes), or --data PATH.")
    if split_by is not None:
        overrides = (*overrides, f"data.split_by={split_by}")
    if constraints is not None:
        overrides = (*overrides, f"data.constraints={json.dumps(constraints)}")
    if allow_violations:
        overrides = (*overrides, "data.allow_violations=true")
    if publish and (data or model or overrides or minutes or strategy):
        raise click.UsageError("--publish is for a recipe as it stands: write one of its own.")
    if recipe == "auto":
        settings, choices = _chosen(str(data), model, minutes, overrides)
    else:
        settings, choices = _settings(recipe, data, model, minutes, overrides), []
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
    if model or recipe in ("auto", "own") or "model.name" in changes:
        settings, left_out = _fitted(settings, changes)
        choices = [choice for choice in choices if choice.key not in left_out]
    for choice in choices:
        terminal.say(f"  {choice.text}")
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


def _chosen(
    data: str, model: str | None, minutes: float | None, overrides: tuple[str, ...]
) -> tuple[Recipe, list[Choice]]:
    """A recipe for the data, and what was chosen. Raises before TensorFlow is imported."""
    from vaezoo.training import choose

    changes = _changes(model, None, overrides)
    settings, choices, found = choose(_source(data), minutes=minutes, overrides=changes)
    name = _model_name(settings)
    terminal.say(f"{data}: {found.text}")
    if found.remark:
        terminal.say(f"  {found.remark}")
    return dataclasses.replace(settings, name=_run_name(data, name)), choices


def _settings(
    recipe: str,
    data: str | None,
    model: str | None,
    minutes: float | None,
    overrides: tuple[str, ...],
) -> Recipe:
    """The recipe with the options' changes. Raises before TensorFlow is imported."""
    from vaezoo.training import load_recipe

    settings = load_recipe(recipe, _changes(model, minutes, overrides))
    name = _model_name(settings)
    if data is None:
        return settings
    return dataclasses.replace(
        settings,
        name=_run_name(data, name),
        summary="",
        data=dataclasses.replace(settings.data, name=_source(data)),
    )


def _changes(model: str | None, minutes: float | None, overrides: tuple[str, ...]) -> list[str]:
    """The options as overrides of a recipe."""
    changes = [f'model.name="{model}"'] if model else []
    if minutes is not None:
        changes += ['optimizer.schedule="cooldown"', "optimizer.warmup_epochs=0.0"]
        changes += [f"training.minutes={minutes}"]
    return [*changes, *overrides]


def _model_name(settings: Recipe) -> str:
    """The name of the recipe's model. Raises `UnknownNameError` where there is no such model."""
    from vaezoo import _catalogue as catalogue
    from vaezoo.errors import unknown_name

    name, names = settings.model.get("name", "VAE"), [entry.name for entry in catalogue.models()]
    if name not in names:
        raise unknown_name("model", name, names, lister="vaezoo list --models")
    return str(name)


def _source(data: str) -> str:
    """A data set's name, or the whole path: a run is resumed, and evaluated, from any folder."""
    from vaezoo.datasets.loading import is_own

    return str(Path(data).resolve()) if is_own(data) else data


def _fitted(settings: Recipe, changes: list[str]) -> tuple[Recipe, set[str]]:
    """The recipe for its model: what that chooses itself drops out, unless the user gave it; and
    the keys that dropped out."""
    from vaezoo.training.building import without_chosen

    given = {key.split(".")[1] for key in changes if key.startswith("model.")}
    settings, names = without_chosen(settings, given)
    if names:
        left_out = ", ".join(names)
        examples.note(f"{settings.model['name']} has its own {left_out}: the recipe's is left out.")
    return settings, {f"model.{name}" for name in names}


def _run_name(data: str, model: str) -> str:
    """The name of a run and preset, from a file's name and a model's."""
    text = f"{Path(data).stem}_{model.lower()}"
    name = re.sub(r"[^A-Za-z0-9_.-]+", "_", text).strip("_.-")[:90]
    return name or "own"
