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
    from vaezoo.runtime.model import Model
    from vaezoo.runtime.preparation import Preparation


@click.command(epilog="Example:  vaezoo evaluate digits_vae --report reports/digits")
@click.argument("preset")
@click.option("--data", help="Data set's name or path.  [what the preset was trained on]")
@click.option(
    "--num-samples", type=int, callback=options.at_least_one,
    help="Importance samples, K.  [the recipe's, or 5000]",
)  # fmt: skip
@click.option(
    "--max-examples", type=int, callback=options.at_least_one,
    help="At most so many examples, evenly spaced.  [all of your own --data; else the recipe's]",
)  # fmt: skip
@click.option(
    "--seed", type=int, callback=options.seed_of_tensorflow,
    help="Seed of the importance samples.  [the recipe's, or 0]",
)  # fmt: skip
@click.option(
    "--max-scored", type=int, callback=options.at_least_one,
    help="At most so many examples get all K samples; the others get K/100.  [the recipe's, or as "
    "many as take a few minutes]",
)  # fmt: skip
@click.option(
    "--split",
    type=click.Choice(examples.SPLITS),
    help="Rows to take.  [all of your own --data; test otherwise]",
)
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help="Folder for metrics.json and a page with pictures: of the figures that training or the "
    "zoo left, where no option asks for others.",
)
@click.option("--measure", is_flag=True, help="Measure anew for --report, whatever there is.")
@click.option(
    "-o", "--out", type=click.Path(path_type=Path), help="Also write the figures as JSON."
)
@click.pass_context
def command(
    context: click.Context,
    preset: str,
    data: str | None,
    num_samples: int | None,
    max_examples: int | None,
    seed: int | None,
    max_scored: int | None,
    split: str | None,
    report: Path | None,
    measure: bool,
    out: Path | None,
) -> None:
    """Evaluate PRESET on test data: likelihoods, samples, latent space.

    All rows of your own --data are taken, prepared as the training data were: levels are drawn as
    0 or 1 where those were. A --report alone needs neither TensorFlow nor more than a minute.
    """
    outputs.check_file(out)
    outputs.check_folder(report)
    given = {
        name: context.params[name]
        for name in ("num_samples", "max_examples", "max_scored", "seed")
        if context.params[name] is not None
    }
    if report and not (measure or given or data or split) and (known := _known(preset)):
        _finish(*known, report, out)
        return
    _finish(*_measured(preset, data, split, given), report, out)


def _known(preset: str) -> tuple[Model, Dataset, dict[str, Any]] | None:
    """The export, its data, and the figures that are there; None where there are none."""
    from vaezoo import datasets, zoo
    from vaezoo._loading import load
    from vaezoo.report.known import known_figures

    folder, served = zoo.find_preset(preset), load(preset)
    metrics = known_figures(folder, served)
    if metrics is None:
        return None
    examples.note(
        f"these figures are those of {folder / 'metrics.json'}; --measure{_took(metrics)}"
    )
    arguments = {key: value for key, value in metrics["data"].items() if key != "split"}
    return served, datasets.load(**arguments), metrics


def _took(metrics: dict[str, Any]) -> str:
    """What measuring anew means, and how long it took before."""
    from vaezoo._progress import duration

    seconds = metrics.get("seconds", {}).get("evaluation")
    return " measures anew" + (f", which took {duration(seconds)}." if seconds else ".")


def _measured(
    preset: str, data: str | None, split: str | None, given: dict[str, int]
) -> tuple[Model, Dataset, dict[str, Any]]:
    """The export, the data, and figures that are measured now."""
    folder = options.keras_preset(preset)
    from vaezoo._loading import load
    from vaezoo._model import presets
    from vaezoo.training.measuring import measure, settings_of

    metadata = presets.read_metadata(folder)
    model, served = presets.load(preset), load(preset)
    arguments = options.data_arguments(preset, metadata["data"], data)
    dataset, split = _data(arguments, data, split, model.data_shape, metadata["preparation"])
    rows = {"max_examples": len(dataset.test)} if split == "all" else {}
    settings = dataclasses.replace(settings_of(folder), **rows | given)
    if data and split == "all" and _same(data, metadata["data"].get("name")):
        examples.note("these rows include the training split; leave --data out for the test split.")
    metrics = {
        "preset": preset,
        "data": arguments | {"split": split},
        **measure(model, served, dataset, settings),
    }
    return served, dataset, metrics


def _finish(
    served: Model, dataset: Dataset, metrics: dict[str, Any], report: Path | None, out: Path | None
) -> None:
    """Prints the figures, and writes what was asked for."""
    from vaezoo._storage import files

    terminal.say_lines(figures.figures(metrics))
    if report:
        from vaezoo.report import write_report

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
