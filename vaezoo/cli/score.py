"""vaezoo score"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vaezoo.cli import examples, oddness, options, outputs, tables, terminal
from vaezoo.errors import ConfigError

if TYPE_CHECKING:
    from vaezoo.cli.examples import Examples
    from vaezoo.runtime.model import Model

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
@click.option(
    "--method", type=click.Choice(oddness.METHODS),
    help="How odd each example is, higher for odder ones, with a threshold.  [log-likelihoods]",
)  # fmt: skip
@click.option(
    "--false-positives", callback=oddness.share, metavar="SHARE",
    help="Share of usual examples that may be called odd: 1%, 0.01.  [1%, with --method]",
)  # fmt: skip
@click.option(
    "--reference", metavar="DATA",
    help="Usual examples for the threshold, not trained on.  [the preset's validation split]",
)  # fmt: skip
@click.option(
    "--background", metavar="PRESET",
    help="Of likelihood_ratio: another preset.  [independent pixels]",
)  # fmt: skip
@click.option(
    "--odd-labels", callback=oddness.numbers, metavar="LABELS",
    help="Labels of the data that are odd, such as 3,5: says how well they are found.",
)  # fmt: skip
@click.option(
    "--page", type=click.Path(path_type=Path),
    help="Also write a page, .html: the oddest and the most typical examples, and where.",
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
    method: str | None,
    false_positives: float | None,
    reference: str | None,
    background: str | None,
    odd_labels: list[int],
    page: Path | None,
    split: str | None,
    binarise: bool,
    device: str,
    variant: str | None,
    out: Path | None,
) -> None:
    """Estimate the log-likelihood of examples with ONNX Runtime, or how odd they are.

    All rows of your own data are scored, in their order; of a named data set, its test split.

    Likelihoods are low for outliers. With --method, scores are high for them: minus the
    log_likelihood or elbo; the squared error of the reconstruction; typicality, the distance of
    the log-likelihood from that of usual examples; likelihood_ratio, that to a background; or
    input_complexity, minus the log-likelihood and the size of the compressed picture.
    """
    outputs.check_file(out, _ENDINGS)
    outputs.check_file(page, (".html",))
    if method is None and (false_positives or reference or odd_labels or page):
        method = "log_likelihood"
    if background and method != "likelihood_ratio":
        raise ConfigError("--background is for --method likelihood_ratio.")
    import vaezoo

    model = vaezoo.load(preset, device, variant=variant)
    if tables.is_of_tables(model):
        tables.refuse_options({"num": num, "method": method, "split": split}, "tables")
        tables.score(model, preset, data, num_samples=num_samples, seed=seed, out=out)
        return
    chosen = examples.choose(model, data, num, split=split, binarise=binarise)
    if method is None:
        _log_likelihoods(preset, model, data, chosen, num_samples, seed, out)
        return
    scored = oddness.Request(
        preset, model, data, method, false_positives or 0.01, reference, background, odd_labels,
        binarise, num_samples, seed,
    ).run(chosen)  # fmt: skip
    if out:
        scored.save(out)
    if page:
        scored.write_page(page)
        terminal.say(f"{page}: open it in a browser")
    for line in [*scored.lines(), *scored.oddest()]:
        terminal.say(line)


def _log_likelihoods(
    preset: str,
    model: Model,
    data: str,
    chosen: Examples,
    num_samples: int,
    seed: int,
    out: Path | None,
) -> None:
    """Log-likelihoods in nats, and those of the least likely examples."""
    import numpy as np

    from vaezoo._checks import comparing_only

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
