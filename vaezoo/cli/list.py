"""vaezoo list"""

from __future__ import annotations

import click

from vaezoo.cli import terminal


@click.command(epilog="Example:  vaezoo list --recipes")
@click.option("--recipes", is_flag=True, help="Recipes for vaezoo train, instead of presets.")
@click.option("--models", is_flag=True, help="Model classes to train, instead of presets.")
@click.option(
    "--markdown", is_flag=True, help="Print the documentation's table of presets or models."
)
@click.option("--data", is_flag=True, help="Data sets, instead of presets.")
def command(recipes: bool, models: bool, markdown: bool, data: bool) -> None:
    """List presets: those on this machine, and those that can be downloaded."""
    if recipes:
        from vaezoo.training import recipe

        rows = [(name, recipe.load_recipe(name).summary) for name in recipe.names()]
    elif models:
        from vaezoo import _catalogue as catalogue

        if markdown:
            terminal.say_lines(catalogue.markdown())
            return
        rows = [
            (entry.name, f"{', '.join(entry.axes) or '-':24s} {entry.summary} {entry.paper}.")
            for entry in catalogue.models()
        ]
    elif data:
        from vaezoo import datasets

        rows = [(name, load.__doc__ or "") for name, load in datasets.DATASETS.items()]
    elif markdown:
        from vaezoo import zoo
        from vaezoo.zoo import table

        terminal.say_lines(table.markdown(zoo.saved_models()))
        return
    else:
        rows = _presets()
    for name, text in rows:
        terminal.say(f"{name:24s} {text}")


def _presets() -> list[tuple[str, str]]:
    from vaezoo import zoo
    from vaezoo.runtime.manifest import Manifest

    rows = []
    for name in zoo.names():
        manifest = Manifest.read(zoo.find_export(name))
        size = sum(manifest.files[graph.file].bytes for graph in manifest.graphs.values())
        text = f"{manifest.model} of {manifest.data}, latent_dim {manifest.latent_dim}"
        rows.append((name, f"{text}, {size:,} bytes of ONNX"))
    elsewhere = {name: preset for name, preset in zoo.known().items() if name not in zoo.names()}
    for name, preset in sorted(elsewhere.items()):
        rows.append((name, f"{preset.summary}, {preset.size('export'):,} bytes to download"))
    return rows
