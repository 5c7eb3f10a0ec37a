"""vaezoo evaluate"""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaezoo.cli import examples, figures, options, outputs, terminal
from vaezoo.errors import ConfigError

if TYPE_CHECKING:
    from vaezoo.datasets import Dataset
    from vaezoo.runtime.preparation import Preparation


@click.command(epilog="Example:  vaezoo evaluate digits_vae --num-samples 1000")
@click.argument("preset")
@click.option("--data", help="Data set's name or path.  [what the preset was trained on]")
@click.option(
    "--num-samples", default=5000, show_default=True, callback=options.at_least_one,
    help="Importance samples, K.",
)  # fmt: skip
@click.option(
    "--max-examples", type=int, callback=options.at_least_one,
    help="At most so many examples, evenly spaced.  [all of your own --data, 10000 otherwise]",
)  # fmt: skip
@click.option(
    "--seed", default=0, show_default=True, callback=options.seed_of_tensorflow,
    help="Seed of the importance samples.",
)  # fmt: skip
@click.option(
    "--max-scored", default=10_000, show_default=True, callback=options.at_least_one,
    help="At most so many examples get all K samples; the others get K/100.",
)  # fmt: skip
@click.option(
    "--split",
    type=click.Choice(examples.SPLITS),
    help="Rows to take.  [all of your own --data; test otherwise]",
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
    max_examples: int | None,
    seed: int,
    max_scored: int,
    split: str | None,
    report: Path | None,
    out: Path | None,
) -> None:
    """Evaluate PRESET on test data: likelihoods, samples, latent space.

    All rows of your own --data are taken, prepared as the training data were: levels are drawn as
    0 or 1 where those were.
    """
    outputs.check_file(out)
    outputs.check_folder(report)
    folder = options.keras_preset(preset)
    from vaezoo._loading import load
    from vaezoo._model import presets
    from vaezoo._storage import files
    from vaezoo.report import write_report
    from vaezoo.training.measuring import measure
    from vaezoo.training.recipe import Evaluation

    metadata = presets.read_metadata(folder)
    model, served = presets.load(preset), load(preset)
    arguments = options.data_arguments(preset, metadata["data"], data)
    dataset, split = _data(arguments, data, split, model.data_shape, metadata["preparation"])
    most = max_examples or (len(dataset.test) if split == "all" else 10_000)
    settings = Evaluation(num_samples, most, max_scored, seed)
    metrics = {
        "preset": preset,
        "data": arguments | {"split": split},
        **measure(model, served, dataset, settings),
    }
    if data and split == "all" and _same(data, metadata["data"].get("name")):
        examples.note("these rows include the training split; leave --data out for the test split.")
    terminal.say_lines(figures.figures(metrics))
    if report:
        terminal.say(f"{write_report(report, served, dataset, metrics)}: open it in a browser")
    if out:
        files.write_json(out, metrics)


def _data(
    arguments: dict[str, Any],
    data: str | None,
    split: str | None,
    shape: tuple[int, ...],
    prepared: Preparation | None,
) -> tuple[Dataset, str]:
    """The data whose test split is evaluated, and which rows that are."""
    from vaezoo import datasets
    from vaezoo.datasets.loading import is_own

    if data is None:
        if split == "all":
            raise ConfigError("--split all is for data of your own: give --data.")
        dataset, here = datasets.load(**arguments), split or "test"
    else:
        drawn = prepared is not None and prepared.binarise != "none"
        own = is_own(data)
        dataset, here = examples.load(data, shape, prepared, split, binarise=drawn)
        split = split or ("all" if own else "test")
        if drawn and own:
            examples.note(f"{data} is binarised, as in training: its levels are probabilities.")
    labels = {
        **dataset.labels,
        **({"test": dataset.labels[here]} if here in dataset.labels else {}),
    }
    return dataclasses.replace(dataset, test=getattr(dataset, here), labels=labels), split or here


def _same(data: str, trained: object) -> bool:
    """Whether a model was trained on these data."""
    return isinstance(trained, str) and Path(data).resolve() == Path(trained).resolve()
