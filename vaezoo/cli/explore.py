"""vaezoo explore"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import examples, outputs, terminal
from vaezoo.errors import ConfigError

if TYPE_CHECKING:
    from vaezoo.explorer import Examples
    from vaezoo.runtime.model import Model


@click.command(epilog="Example:  vaezoo explore digits_vae -o digits.html")
@click.argument("preset")
@click.option("--data", help=f"{examples.FORMATS}  [what the preset was trained on]")
@examples.data_options
@click.option(
    "-o", "--out", type=click.Path(path_type=Path),
    help="Write the page here, .html, instead of opening it.",
)  # fmt: skip
def command(
    preset: str, data: str | None, split: str | None, binarise: bool, out: Path | None
) -> None:
    """Explore PRESET in the browser: a map, sliders, your own drawings, walks, samples.

    The page is one file with the model inside, which needs neither a server nor the network.
    ONNX Runtime Web, 33 MB, is downloaded once; VAEZOO_ONNXRUNTIME_WEB names a file or another
    registry to take it from.
    """
    outputs.check_file(out, (".html",))
    if data is None and (split or binarise):
        raise ConfigError("--split and --binarise are for --data.")
    import vaezoo
    from vaezoo import explorer

    model = vaezoo.load(preset)
    shown = None if data is None else _examples(model, data, split, binarise)
    path = explorer.write_page(out or _default(model), model, shown)
    terminal.say(f"{path}: {path.stat().st_size / 1e6:.1f} MB, open it in a browser")
    if out is None:
        import webbrowser

        webbrowser.open(path.resolve().as_uri())


def _examples(model: Model, data: str, split: str | None, binarise: bool) -> Examples:
    from vaezoo import explorer

    chosen = examples.choose(model, data, None, split=split, binarise=binarise)
    return explorer.Examples(chosen.x, chosen.what, chosen.classes, condition=chosen.labels)


def _default(model: Model) -> Path:
    from vaezoo._storage import fields, files

    name = model.manifest.preset
    return files.cache_folder() / "explorer" / f"{name if fields.is_name(name) else 'page'}.html"
