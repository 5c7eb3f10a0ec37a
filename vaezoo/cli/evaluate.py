"""vaezoo evaluate"""

from __future__ import annotations

import json
from pathlib import Path

import click

from vaezoo.cli import options


@click.command(epilog="Example:  vaezoo evaluate digits_vae --num-samples 1000")
@click.argument("preset")
@click.option("--data", help="Data set's name or path.  [what the preset was trained on]")
@click.option("--num-samples", default=5000, show_default=True, help="Importance samples, K.")
@click.option("--max-examples", default=10_000, show_default=True, help="Most test examples.")
@click.option("--seed", default=0, show_default=True, help="Of the importance samples.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Also write the figures as JSON."
)
def command(
    preset: str,
    data: str | None,
    num_samples: int,
    max_examples: int,
    seed: int,
    out: Path | None,
) -> None:
    """Measure PRESET on test data: ELBO, its parts, log-likelihood, active units."""
    options.need_tensorflow()
    from vaezoo import datasets, files, zoo
    from vaezoo.evaluation import evaluate, examples
    from vaezoo.models import presets

    known = presets.read_metadata(zoo.find_preset(preset))["data"]
    arguments = options.data_arguments(preset, known, data)
    model = presets.load(preset)
    x, condition = examples(model, datasets.load(**arguments), "test", max_examples)
    metrics = {
        "preset": preset,
        "data": arguments | {"split": "test"},
        **evaluate(model, x, condition, num_samples=num_samples, seed=seed, progress=True),
    }
    click.echo(options.figures(metrics))
    if out:
        files.write_json(out, metrics)
    elif "kl_per_dimension" in metrics:
        click.echo("KL a dimension: " + json.dumps(metrics["kl_per_dimension"]))
