"""vaezoo reconstruct"""

from __future__ import annotations

import functools
from pathlib import Path

import click

from vaezoo.cli import examples, options, outputs, terminal

_SHOWN = 32  # in a picture, where no number is given


@click.command(epilog="Example:  vaezoo reconstruct digits_vae --data mine.npy -o pairs.png")
@click.argument("preset")
@click.option("--data", required=True, help=examples.FORMATS)
@click.option(
    "-n", "--num", type=int, callback=options.at_least_one,
    help="How many, from the first on.  [32 in a picture, else all]",
)  # fmt: skip
@examples.data_options
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default="pairs.png", show_default=True,
    help="A .png of rows of data above rows of reconstructions; a .npy of the latter; or a .npz, "
    "with the names of files.",
)  # fmt: skip
def command(
    preset: str,
    data: str,
    num: int | None,
    split: str | None,
    binarise: bool,
    device: str,
    variant: str | None,
    out: Path,
) -> None:
    """Encode and decode examples with ONNX Runtime.

    All rows of your own data are taken, in their order; of a named data set, its test split.
    """
    save = outputs.saver(out, "reconstructions")
    import vaezoo
    from vaezoo import images

    model = vaezoo.load(preset, device, variant=variant)
    if num is None and out.suffix.lower() == ".png":
        num = _SHOWN
    chosen = examples.choose(model, data, num, split=split, binarise=binarise, most=None)
    reconstructed = model.reconstruct(chosen.x, condition=chosen.labels)
    save(reconstructed, chosen.names, functools.partial(images.pairs, chosen.x))
    terminal.say(f"{out}: {chosen.what} through {preset}")
