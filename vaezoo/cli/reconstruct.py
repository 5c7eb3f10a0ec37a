"""vaezoo reconstruct"""

from __future__ import annotations

import functools
from pathlib import Path

import click

from vaezoo.cli import options, terminal


@click.command(epilog="Example:  vaezoo reconstruct digits_vae --data mine.npy -o pairs.png")
@click.argument("preset")
@click.option("--data", required=True, help="Data set's name, .npy, .npz, or folder of images.")
@click.option("-n", "--num", default=32, show_default=True, help="How many test examples.")
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default="pairs.png", show_default=True,
    help="A .png of rows of data above rows of reconstructions, or a .npy of the latter.",
)  # fmt: skip
def command(preset: str, data: str, num: int, device: str, variant: str | None, out: Path) -> None:
    """Encode and decode test examples with ONNX Runtime."""
    save = options.saver(out)
    import vaezoo
    from vaezoo import images

    model = vaezoo.load(preset, device, variant=variant)
    x, condition = options.test_examples(model, data, num)

    save(model.reconstruct(x, condition=condition), functools.partial(images.pairs, x))
    terminal.say(f"{out}: {len(x)} examples of {data} through {preset}")
