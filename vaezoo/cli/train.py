"""vaezoo train"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from vaezoo.cli import options
from vaezoo.errors import need


@click.command(epilog="Example:  vaezoo train digits --out runs/digits --set training.epochs=20")
@click.argument("recipe", default="own")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder.  [runs/<recipe>]")
@click.option(
    "--data", help="Data set's name, .npy, .npz, or folder of images, in place of the recipe's."
)
@click.option("--model", help="Model's name, in place of the recipe's.")
@click.option(
    "--set", "overrides", multiple=True, metavar="KEY=VALUE", help="Changes a recipe's value."
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

    Measures the model on test data, saves, exports, checks the export, and draws a picture.
    Interrupted, the same command goes on where it stopped.
    """
    options.need_tensorflow()
    if tensorboard:
        need("tensorboard", "tensorboard", "--tensorboard")
    from vaezoo.training import folder, run
    from vaezoo.training import recipe as recipes

    if recipe == "own" and data is None:
        raise click.UsageError("give a RECIPE (vaezoo list --recipes), or --data PATH.")
    if publish and (data or model or overrides or strategy):
        raise click.UsageError("--publish is for a recipe as it stands: write one of its own.")
    if strategy == "multiworker":
        click.echo("waiting for the other workers that TF_CONFIG lists…", err=True)
    changes = [f'model.name="{model}"'] if model else []
    chosen = recipes.load_recipe(recipe, [*changes, *overrides])
    if data:
        chosen = dataclasses.replace(
            chosen,
            name=f"{Path(data).stem}_{chosen.model['name'].lower()}",
            summary="",
            # the whole path: a run is gone on with, and evaluated, from any folder
            data=dataclasses.replace(
                chosen.data, name=str(Path(data).resolve()) if Path(data).exists() else data
            ),
        )
    out = out or Path("runs") / chosen.name
    try:
        metrics = run.train(chosen, out, strategy=strategy, tensorboard=tensorboard)
    except KeyboardInterrupt:
        raise click.ClickException(
            "interrupted: the same command goes on after the last finished epoch."
        ) from None
    if not metrics:  # of several workers the chief goes on
        click.echo(f"{out}: trained; the chief measures and exports the model.")
        return
    click.echo(options.figures(metrics))
    click.echo(
        f"{out}: preset, {folder.METRICS}, {folder.PICTURE}, {folder.CARD}, export/ (verified)"
    )
    if publish:
        folder.publish(out, chosen.name)
        click.echo(f"published as {chosen.name} in ./saved_models and ./export")
