"""vaezoo interpolate"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaezoo.cli import examples, options, outputs, terminal
from vaezoo.errors import ConfigError, DataError

if TYPE_CHECKING:
    from vaezoo.cli.examples import Examples
    from vaezoo.protocols import Array
    from vaezoo.runtime.model import Model

# As `vaezoo.latent.PATHS` lists them, which a test compares: that would import NumPy.
PATHS = ("line", "spherical", "geodesic")
_POINTS, _FRAMES = 11, 24  # where no number is given
_SECONDS, _SCALE = 2.0, 4  # of a GIF, one way; how much larger its pictures are


def rows(context: click.Context, option: click.Parameter, value: str) -> list[int]:
    """A callback of options: numbers of rows, such as "3,5". Raises `ConfigError`."""
    parts = [part.strip() for part in value.split(",")]
    if not all(part.isdecimal() for part in parts):
        raise ConfigError(
            f"--{option.name} {value}: give numbers of rows from 0, such as 3 or 3,5."
        )
    return list(map(int, parts))


@click.command(
    epilog="Example:  vaezoo interpolate digits_vae --data x.npy --from 3 --to 17 -o path.gif"
)
@click.argument("preset")
@click.option("--data", required=True, help=examples.FORMATS)
@click.option(
    "--from", "start", required=True, callback=rows, help="Row of the data, or rows: 3,5."
)
@click.option("--to", "end", required=True, callback=rows, help="Rows where the paths end.")
@click.option(
    "-n", "--num", type=int, callback=options.at_least_one,
    help="Points of each path, both ends included.  [24 in a GIF, else 11]",
)  # fmt: skip
@click.option(
    "--path", type=click.Choice([*PATHS, "all"]), default="line", show_default=True,
    help="Straight; around the origin; the shortest in what is decoded; or each of them.",
)  # fmt: skip
@click.option(
    "--features", is_flag=True,
    help="The geodesic is the shortest in features of the data's reference classifier, not pixels.",
)  # fmt: skip
@examples.data_options
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default="path.png", show_default=True,
    help="A .png of a row for each path, between the two examples; a .gif that plays it; or a "
    ".npy or .npz of what is decoded, [paths, points, ...].",
)  # fmt: skip
def command(
    preset: str,
    data: str,
    start: list[int],
    end: list[int],
    num: int | None,
    path: str,
    features: bool,
    split: str | None,
    binarise: bool,
    device: str,
    variant: str | None,
    out: Path,
) -> None:
    """Walk from examples to others through latent space, with ONNX Runtime.

    Under two labels, what is decoded moves from the one to the other too.
    """
    outputs.check_file(out, (".png", ".gif", ".npy", ".npz"))
    if len(start) != len(end):
        raise ConfigError(f"--from has {len(start)} rows, --to {len(end)}: give one end for each.")
    import numpy as np

    import vaezoo

    model = vaezoo.load(preset, device, variant=variant)
    most = max(start + end) + 1
    chosen = examples.choose(model, data, most, split=split, binarise=binarise)
    if len(chosen.x) < most:
        raise DataError(f"{data} has {len(chosen.x)} rows: --from and --to count them from 0.")
    num = num or (_FRAMES if out.suffix.lower() == ".gif" else _POINTS)
    names = PATHS if path == "all" else (path,)
    walks = {name: _walk(name, model, features) for name in names}
    paths = [_paths(model, chosen, start, end, num, walk) for walk in walks.values()]
    _save(out, np.stack(paths, axis=1), chosen.x, start, end, names)
    what = ", ".join(f"{a} to {b}" for a, b in zip(start, end, strict=True))
    terminal.say(f"{out}: rows {what} of {data}, {num} points by {' and '.join(names)}")


def _walk(name: str, model: Model, features: bool) -> Any:
    """What `path=` takes."""
    if name != "geodesic" or not features:
        return name
    from vaezoo import latent, reference_classifiers

    classifier = reference_classifiers.load(model.manifest.data)
    return latent.Geodesic(features=lambda x: classifier(x).features)


def _paths(
    model: Model, chosen: Examples, start: Sequence[int], end: Sequence[int], num: int, walk: Any
) -> Array:
    """[P, T, *data_shape]."""
    from vaezoo import latent

    labels = chosen.labels
    a, b = (None, None) if labels is None else (labels[start], labels[end])
    return latent.interpolate(
        model, chosen.x[start], chosen.x[end], num, walk, condition=a, condition_b=b
    )


def _save(
    out: Path,
    paths: Array,
    x: Array,
    start: Sequence[int],
    end: Sequence[int],
    names: Sequence[str],
) -> None:
    """Writes [P, kinds of paths, T, *data_shape]."""
    import numpy as np

    from vaezoo import images

    kind = out.suffix.lower()
    num, shape = paths.shape[2], paths.shape[3:]
    flat = paths.reshape(-1, num, *shape)
    if kind == ".gif":
        frames = [images.grid(frame, len(names)) for frame in flat.swapaxes(0, 1)]
        images.save_gif(out, frames, _SECONDS, scale=_SCALE)
    elif kind == ".png":
        sides = [x[rows].repeat(len(names), axis=0)[:, None] for rows in (start, end)]
        tiles = np.concatenate([sides[0], flat, sides[1]], axis=1)
        columns = ["from", *(f"{t:.2g}" for t in np.linspace(0, 1, num)), "to"]
        titles = [f"{a} to {b}" for a, b in zip(start, end, strict=True)]
        many = len(names) > 1
        labels = [f"{title}, {name}" if many else title for title in titles for name in names]
        images.save_png(out, images.labelled(tiles.reshape(-1, *shape), columns, labels))
    else:
        outputs.save_arrays(out, "paths", {"paths": flat}, {})
