"""vaezoo edit"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import examples, options, outputs, terminal
from vaezoo.errors import ConfigError

if TYPE_CHECKING:
    from vaezoo.cli.examples import Examples
    from vaezoo.protocols import Array
    from vaezoo.runtime.model import Model

_SHOWN = 8  # in a picture, where no number is given


def amounts(
    context: click.Context, option: click.Parameter, value: Sequence[str]
) -> dict[str, list[float]]:
    """A callback of options: "thickness=+1.5", or several amounts, "thickness=-2,0,2". Raises
    `ConfigError`."""
    found = {}
    for text in value:
        name, equals, numbers = text.partition("=")
        try:
            found[name.strip()] = [float(part) for part in numbers.split(",")]
        except ValueError:
            equals = ""
        if not (equals and name.strip()):
            raise ConfigError(
                f"--attribute {text}: give a name and standard deviations, such as thickness=+1.5."
            )
    return found


@click.command(
    epilog="Example:  vaezoo edit mnist_vae --data x.npy --attribute thickness=+1.5 -o edited.png"
)
@click.argument("preset")
@click.option("--data", required=True, help=examples.FORMATS)
@click.option(
    "--attribute", "changes", multiple=True, callback=amounts, metavar="NAME=AMOUNT",
    help="In standard deviations of the attribute; may be given several times. Of one attribute "
    "several amounts, thickness=-2,0,2, give a column each.",
)  # fmt: skip
@click.option("--label", help="Decode the same z under this label, by a model that has labels.")
@click.option(
    "-n", "--num", type=int, callback=options.at_least_one,
    help="How many, from the first on.  [8 in a picture, else all]",
)  # fmt: skip
@examples.data_options
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default="edited.png", show_default=True,
    help="A .png: a row for each example, of what it is, its reconstruction, and edits; a .npy "
    "of the edits, [N, ...], of several amounts [amounts, N, ...]; or a .npz, with names of files.",
)  # fmt: skip
def command(
    preset: str,
    data: str,
    changes: dict[str, list[float]],
    label: str | None,
    num: int | None,
    split: str | None,
    binarise: bool,
    device: str,
    variant: str | None,
    out: Path,
) -> None:
    """Change attributes or labels of examples with ONNX Runtime.

    `vaezoo attributes` fits the directions. All rows of your own data are taken, in their order;
    of a named data set, its test split.
    """
    outputs.check_file(out, (".png", ".npy", ".npz"))
    columns = _columns(changes, label)
    import numpy as np

    import vaezoo

    model = vaezoo.load(preset, device, variant=variant)
    is_picture = out.suffix.lower() == ".png"
    if num is None and is_picture:
        num = _SHOWN
    chosen = examples.choose(model, data, num, split=split, binarise=binarise, most=None)
    edits = np.stack([_edited(model, chosen, change, label) for change in columns.values()])
    if is_picture:
        _draw(out, model, chosen, edits, list(columns))
    else:
        arrays = {"edits": edits[0] if len(edits) == 1 else edits}
        outputs.save_arrays(out, "edits", arrays | _names(chosen), {})
    terminal.say(f"{out}: {chosen.what} with {'; '.join(columns)}, by {preset}")


def _columns(
    changes: Mapping[str, Sequence[float]], label: str | None
) -> dict[str, dict[str, float]]:
    """What is changed, by title. Raises `ConfigError`."""
    if not changes and label is None:
        raise ConfigError("nothing is to be changed: give --attribute, or --label.")
    if label is not None:
        first = {name: numbers[0] for name, numbers in changes.items()}
        if any(len(numbers) > 1 for numbers in changes.values()):
            raise ConfigError("--label with several amounts of an attribute: give one amount.")
        return {", ".join([f"label {label}", *(f"{k} {v:+g}" for k, v in first.items())]): first}
    if len(changes) == 1:
        ((name, numbers),) = changes.items()
        return {f"{name} {number:+g}": {name: number} for number in numbers}
    if any(len(numbers) > 1 for numbers in changes.values()):
        raise ConfigError("several amounts are for one attribute: give one amount of each.")
    first = {name: numbers[0] for name, numbers in changes.items()}
    return {", ".join(f"{name} {number:+g}" for name, number in first.items()): first}


def _edited(
    model: Model, chosen: Examples, change: Mapping[str, float], label: str | None
) -> Array:
    """Decodings of examples with some attributes changed, under their own label or another."""
    from vaezoo.latent import relabel
    from vaezoo.latent.editing import moved
    from vaezoo.latent.storage import named_direction

    directions = model.directions
    z = model.encode_mean(chosen.x, condition=chosen.labels)
    for name, amount in change.items():
        direction = named_direction(name, directions, model.manifest.preset)
        z = moved(model, z, direction, amount)
    if label is None:
        return model.decode_mean(z, condition=chosen.labels)
    twins = options.conditions(model, label, len(z))
    return relabel(model, z, label if twins is None else twins)


def _draw(out: Path, model: Model, chosen: Examples, edits: Array, titles: Sequence[str]) -> None:
    """A row for each example: what it is, its reconstruction, and edits."""
    import numpy as np

    from vaezoo import images

    reconstructed = model.reconstruct(chosen.x, condition=chosen.labels)
    tiles = np.stack([chosen.x, reconstructed, *edits], axis=1)
    rows = chosen.names or [f"row {row}" for row in range(len(tiles))]
    columns = ["data", "decoded", *titles]
    images.save_png(out, images.labelled(tiles.reshape(-1, *tiles.shape[2:]), columns, rows))


def _names(chosen: Examples) -> dict[str, Array]:
    import numpy as np

    return {"name": np.array(chosen.names, str)} if chosen.names else {}
