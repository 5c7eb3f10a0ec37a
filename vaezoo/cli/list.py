"""vaezoo list"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from vaezoo.cli import terminal

if TYPE_CHECKING:
    from vaezoo._catalogue import Entry


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
        from vaezoo.training import load_recipe, lookup

        rows = [(name, load_recipe(name).summary) for name in lookup.names()]
    elif models:
        from vaezoo import _catalogue as catalogue

        if markdown:
            terminal.say_lines(catalogue.markdown().splitlines())
            return
        rows = [(entry.name, _model(entry)) for entry in catalogue.models()]
    elif data:
        from vaezoo import datasets

        rows = [(name, load.__doc__ or "") for name, load in datasets.DATASETS.items()]
    elif markdown:
        from vaezoo import zoo
        from vaezoo.zoo import table

        terminal.say_lines(table.markdown(zoo.saved_models()).splitlines())
        return
    else:
        rows = _presets()
    width = max((len(name) for name, _ in rows), default=0) + 2
    for name, text in rows:
        terminal.say(f"{name:{width}s}{text}")


def _model(entry: Entry) -> str:
    """What a model is, its paper, and the components that it fixes: the others are chosen."""
    fixed = f" Fixes its {_enumerated(entry.axes)}." if entry.axes else ""
    return f"{entry.summary} {entry.paper}.{fixed}"


def _enumerated(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _presets() -> list[tuple[str, str]]:
    from vaezoo import zoo
    from vaezoo.runtime.manifest import Manifest

    rows = []
    for name in zoo.names():
        manifest = Manifest.read(zoo.find_export(name))
        size = sum(manifest.files[graph.file].bytes for graph in manifest.graphs.values())
        data = f" of {manifest.data}" if manifest.data else ""
        text = f"{manifest.model}{data}, latent_dim {manifest.latent_dim}"
        rows.append((name, f"{text}, {size:,} bytes of ONNX"))
    elsewhere = {name: preset for name, preset in zoo.known().items() if name not in zoo.names()}
    for name, preset in sorted(elsewhere.items()):
        rows.append((name, f"{preset.summary}, {preset.size('export'):,} bytes to download"))
    return rows
