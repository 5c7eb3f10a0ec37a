"""vaezoo reconstruct"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from vaezoo.cli import options
from vaezoo.errors import ConfigError


@click.command(epilog="Example:  vaezoo reconstruct digits_vae --data mine.npy -o pairs.png")
@click.argument("preset")
@click.option("--data", required=True, help="Data set's name, .npy, .npz, or folder of images.")
@click.option("-n", "--num", default=32, show_default=True, help="How many test examples.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default="pairs.png", show_default=True,
    help="A .png of rows of data above rows of reconstructions, or a .npy of the latter.",
)  # fmt: skip
def command(preset: str, data: str, num: int, out: Path) -> None:
    """Encode and decode test examples by ONNX Runtime."""
    save = options.saver(out)
    import numpy as np

    import vaezoo
    from vaezoo import datasets, images

    model = vaezoo.load(preset)
    folder = Path(data).is_dir()
    test = datasets.load(data, **(_image_options(model.data_shape) if folder else {})).test
    x = datasets.as_float(test[np.arange(min(num, len(test)))])

    def picture(reconstructed: Any) -> Any:
        return images.pairs(x, reconstructed)

    save(model.reconstruct(x), picture)
    click.echo(f"{out}: {len(x)} examples of {data} through {preset}")


def _image_options(shape: tuple[int, ...]) -> dict[str, Any]:
    """How a folder's images are brought to the model's shape."""
    if len(shape) != 3:
        raise ConfigError(f"the model takes data of shape {list(shape)}, not images.")
    return {"image_size": shape[:2], "image_mode": "grey" if shape[2] == 1 else "rgb"}
