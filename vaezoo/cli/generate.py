"""vaezoo generate"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import options, outputs, tables, terminal

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
@click.option(
    "--given", multiple=True, metavar="CONDITION",
    help="What holds in all rows of a table: Gender=female, Age>=60; may be repeated.",
)  # fmt: skip
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path),
    help="A .png grid, or a .npy array; a .csv of a table.  [samples.png, or synthetic.csv]",
)  # fmt: skip
def command(
    preset: str,
    num: int,
    seed: int | None,
    condition: str | None,
    source: str | None,
    given: tuple[str, ...],
    device: str,
    variant: str | None,
    out: Path | None,
) -> None:
    """Generate examples from PRESET with ONNX Runtime."""
    outputs.check_file(out, (".png", ".npy", ".csv"))
    import math

    import vaezoo
    from vaezoo import images

    model = vaezoo.load(preset, device, variant=variant)
    if tables.is_of_tables(model):
        tables.refuse_options({"condition": condition, "source": source}, "tables")
        tables.generate(model, preset, num, given, seed, out or Path("synthetic.csv"))
        return
    tables.refuse_options({"given": given}, "arrays")
    out = out or Path("samples.png")
    save = outputs.saver(out, "x", (".png", ".npy"))
    numbers = math.prod(model.data_shape) + model.latent_dim
    size = num * (8 * numbers + 2 * max(_TILE, numbers))
    options.need_memory(size, f"generating {num:,} examples")
    x = model.generate(
        num, condition=options.conditions(model, condition, num), seed=seed, source=source
    )
    save(x, [], images.grid)
    terminal.say(f"{out}: {num} examples from {preset}")
