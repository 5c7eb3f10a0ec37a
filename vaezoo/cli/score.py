"""vaezoo score"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import options, terminal


@click.command(epilog="Example:  vaezoo score digits_vae --data mine.npy -o scores.npy")
@click.argument("preset")
@click.option("--data", required=True, help="Data set's name, .npy, .npz, or folder of images.")
@click.option("-n", "--num", default=1000, show_default=True, help="How many test examples.")
@click.option("--num-samples", default=100, show_default=True, help="Importance samples, K.")
@click.option("--seed", default=0, show_default=True, help="Seed of the importance samples.")
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Also write the scores, [N], as .npy."
)
def command(
    preset: str,
    data: str,
    num: int,
    num_samples: int,
    seed: int,
    device: str,
    variant: str | None,
    out: Path | None,
) -> None:
    """Estimate the log-likelihood of test examples with ONNX Runtime: outliers score low."""
    import numpy as np

    import vaezoo
    from vaezoo._storage import files
    from vaezoo.errors import ConfigError

    if out and out.suffix != ".npy":
        raise ConfigError(f"{out}: expected a name that ends in .npy.")
    model = vaezoo.load(preset, device, variant=variant)
    x, condition = options.test_examples(model, data, num)
    scores = model.log_likelihood(
        x, num_samples=num_samples, condition=condition, seed=seed, progress=True
    )
    if out:
        with files.replaced_file(out) as temporary:
            np.save(temporary, scores)
    terminal.say(f"log-likelihood, nats, of {len(x)} examples of {data}: mean {scores.mean():.2f}")
    for row in np.argsort(scores)[:5]:
        terminal.say(f"  row {row}: {scores[row]:.2f}")
