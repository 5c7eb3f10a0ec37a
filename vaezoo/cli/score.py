"""vaezoo score"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import examples, options, outputs, terminal

_ENDINGS = (".npy", ".npz", ".csv", ".json")


@click.command(epilog="Example:  vaezoo score digits_vae --data mine.npy -o scores.npy")
@click.argument("preset")
@click.option("--data", required=True, help=examples.FORMATS)
@click.option(
    "-n", "--num", type=int, callback=options.at_least_one,
    help="How many, from the first on.  [all of your own data, 1000 of a named data set]",
)  # fmt: skip
@click.option(
    "--num-samples", default=100, show_default=True, callback=options.at_least_one,
    help="Importance samples, K.",
)  # fmt: skip
@click.option(
    "--seed", default=0, show_default=True, callback=options.not_negative,
    help="Seed of the importance samples.",
)  # fmt: skip
@examples.data_options
@options.runtime
@click.option(
    "-o", "--out", type=click.Path(path_type=Path),
    help="Also write the scores: .npy, [N]; .npz, .csv or .json with the names of files.",
)  # fmt: skip
def command(
    preset: str,
    data: str,
    num: int | None,
    num_samples: int,
    seed: int,
    split: str | None,
    binarise: bool,
    device: str,
    variant: str | None,
    out: Path | None,
) -> None:
    """Estimate the log-likelihood of examples with ONNX Runtime: outliers score low.

    All rows of your own data are scored, in their order; of a named data set, its test split.
    """
    outputs.check_file(out, _ENDINGS)
    import numpy as np

    import vaezoo
    from vaezoo._checks import comparing_only

    model = vaezoo.load(preset, device, variant=variant)
    chosen = examples.choose(model, data, num, split=split, binarise=binarise)
    with comparing_only():  # the figure is named below
        scores = model.log_likelihood(
            chosen.x, num_samples=num_samples, condition=chosen.labels, seed=seed, progress=True
        )
    normalised = model.is_normalised_on(chosen.x)
    figure = "log-likelihood" if normalised else "cross-entropy, not a likelihood"
    if not normalised:
        examples.note(options.not_a_likelihood(model, data))
    if out:
        name = "log_likelihood" if normalised else "cross_entropy"
        arrays = {name: scores}
        if chosen.names:
            arrays = {"name": np.array(chosen.names), **arrays}
        facts = {
            "preset": preset, "data": data, "examples": chosen.what, "figure": figure,
            "normalised": normalised, "num_samples": num_samples, "seed": seed,
            "mean": float(scores.mean()),
        }  # fmt: skip
        outputs.save_arrays(out, name, arrays, facts)
    terminal.say(f"{figure}, nats, of {chosen.what}: mean {scores.mean():.2f}")
    for row in np.argsort(scores, kind="stable")[:5]:
        name = f"  {chosen.names[row]}" if chosen.names else ""
        terminal.say(f"  row {row}: {scores[row]:.2f}{name}")
