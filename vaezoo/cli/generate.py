"""vaezoo generate"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import options, outputs, terminal

_TILE = 34**2  # most pixels of a small example in a grid, twice in memory


@click.command(epilog="Example:  vaezoo generate digits_vae -n 64 --seed 0 -o grid.png")
@click.argument("preset")
@click.option(
    "-n", "--num", default=64, show_default=True, callback=options.at_least_one,
    help="How many examples.",
)  # fmt: skip
@click.option(
    "--seed", type=int, callback=options.not_negative,
    help="The same seed gives the same pictures.  [random]",
)  # fmt: skip
@click.option(
    "--condition", help="A label (3, cat), labels in turn (0,1,2), or attributes (0.5,1.2)."
)
@click.option("--source", help="Where z comes from: prior, or sampler.  [sampler, if there is one]")
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), default="samples.png", show_default=True,
    help="A .png grid, or a .npy array.",
)  # fmt: skip
def command(
    preset: str,
    num: int,
    seed: int | None,
    condition: str | None,
    source: str | None,
    device: str,
    variant: str | None,
    out: Path,
) -> None:
    """Generate examples from PRESET with ONNX Runtime."""
    save = outputs.saver(out, "x", (".png", ".npy"))
    import math

    import vaezoo
    from vaezoo import images

    model = vaezoo.load(preset, device, variant=variant)
    numbers = math.prod(model.data_shape) + model.latent_dim
    size = num * (8 * numbers + 2 * max(_TILE, numbers))
    options.need_memory(size, f"generating {num:,} examples")
    x = model.generate(
        num, condition=options.conditions(model, condition, num), seed=seed, source=source
    )
    save(x, [], images.grid)
    terminal.say(f"{out}: {num} examples from {preset}")
