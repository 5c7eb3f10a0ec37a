"""vaezoo generate"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import options, terminal


@click.command(epilog="Example:  vaezoo generate digits_vae -n 64 --seed 0 -o grid.png")
@click.argument("preset")
@click.option("-n", "--num", default=64, show_default=True, help="How many examples.")
@click.option("--seed", type=int, help="The same seed gives the same pictures.  [random]")
@click.option("--condition", help="A label (3), labels in turn (0,1,2), or attributes (0.5,1.2).")
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
    save = options.saver(out)
    import vaezoo
    from vaezoo import images

    model = vaezoo.load(preset, device, variant=variant)
    x = model.generate(
        num, condition=options.conditions(model, condition, num), seed=seed, source=source
    )
    save(x, images.grid)
    terminal.say(f"{out}: {num} examples from {preset}")
