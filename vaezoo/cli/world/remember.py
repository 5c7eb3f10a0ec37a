"""vaezoo world remember"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import options, outputs, terminal


@click.command(
    "remember",
    epilog="Example:  vaezoo world remember data/breakout --model runs/breakout "
    "--out memories/breakout",
)
@click.argument("data", type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--model", required=True, help="Preset or run whose codes are remembered.")
@click.option("--out", type=click.Path(path_type=Path), help="Folder.  [memories/NAME OF DATA]")
@click.option(
    "--state", default=32, show_default=True, callback=options.at_least_one,
    help="Numbers of the memory's state.",
)  # fmt: skip
@click.option(
    "--epochs", default=20, show_default=True, callback=options.at_least_one, help="Of training."
)
@click.option(
    "--seed", default=0, show_default=True, callback=options.not_negative,
    help="Decides weights and order.",
)  # fmt: skip
def command(data: Path, model: str, out: Path | None, state: int, epochs: int, seed: int) -> None:
    """Train a memory of a model's codes on the episodes in the folder DATA, and export it.

    It predicts the next code, the reward and the episode's end; the last tenth of the episodes
    says how well, in nats per step.
    """
    out = out or Path("memories") / data.resolve().name
    outputs.check_folder(out)
    options.need_tensorflow()
    import vaezoo
    from vaezoo import world
    from vaezoo.training.memory import train_memory

    features = world.ModelFeatures(vaezoo.load(model, num_threads=1))
    found = train_memory(
        data, features, out, state_dim=state, epochs=epochs, seed=seed, progress=True
    )
    terminal.say(
        f"log p(next code | the past), {found['episodes']:.0f} episodes that were held out: "
        f"{found['memory']:.2f} nats per step; repeating the last code {found['last_code']:.2f}, "
        f"a linear predictor {found['linear']:.2f}"
    )
    terminal.say(f"{out}: a memory; next: vaezoo world train --model {model} --memory {out}")
