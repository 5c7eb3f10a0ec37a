"""vaezoo evaluate"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import figures, options, terminal


@click.command(epilog="Example:  vaezoo evaluate digits_vae --num-samples 1000")
@click.argument("preset")
@click.option("--data", help="Data set's name or path.  [what the preset was trained on]")
@click.option("--num-samples", default=5000, show_default=True, help="Importance samples, K.")
@click.option(
    "--max-examples", default=10_000, show_default=True, help="At most so many test examples."
)
@click.option("--seed", default=0, show_default=True, help="Seed of the importance samples.")
@click.option(
    "--max-scored",
    default=10_000,
    show_default=True,
    help="At most so many examples get all K samples; the others get K/100.",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="Folder for metrics.json and a page with pictures.",
)
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Also write the figures as JSON."
)
def command(
    preset: str,
    data: str | None,
    num_samples: int,
    max_examples: int,
    seed: int,
    max_scored: int,
    report: Path | None,
    out: Path | None,
) -> None:
    """Evaluate PRESET on test data: likelihoods, samples, latent space."""
    from vaezoo import datasets

    folder = options.keras_preset(preset)
    from vaezoo._loading import load
    from vaezoo._model import presets
    from vaezoo._storage import files
    from vaezoo.report import write_report
    from vaezoo.training.measuring import measure
    from vaezoo.training.recipe import Evaluation

    training_data = presets.read_metadata(folder)["data"]
    arguments = options.data_arguments(preset, training_data, data)
    settings = Evaluation(num_samples, max_examples, max_scored, seed)
    model, served = presets.load(preset), load(preset)
    examples = datasets.load(**arguments)
    metrics = {
        "preset": preset,
        "data": arguments | {"split": "test"},
        **measure(model, served, examples, settings),
    }
    terminal.say_lines(figures.figures(metrics))
    if report:
        terminal.say(f"{write_report(report, served, examples, metrics)}: open it in a browser")
    if out:
        files.write_json(out, metrics)
