"""vaezoo zoo"""

from __future__ import annotations

from pathlib import Path

import click

from vaezoo.cli import options, terminal


@click.group(epilog="Example:  vaezoo zoo build .")
def command() -> None:
    """Maintain your own zoo: a folder with export/NAME and saved_models/NAME."""


@command.command(epilog="Example:  vaezoo zoo build .  # then serve it with any static file server")
@click.argument("folder", type=click.Path(path_type=Path), default=".")
@click.option("--out", type=click.Path(path_type=Path), help="The index.  [FOLDER/index.json]")
def build(folder: Path, out: Path | None) -> None:
    """Verify the presets in FOLDER, and write the index that lists their hashes."""
    from vaezoo.zoo import index

    def skip(name: str) -> None:
        terminal.say(f"{name!r} is no preset's name: skipped", err=True)

    presets = index.build(folder, skip)
    out = out or folder / index.FILE
    index.write(out, presets)
    terminal.say(f"{out}: {_count(len(presets), 'preset')}")


@command.command(epilog="Example:  vaezoo zoo reference-classifier mnist")
@click.argument("data")
@click.option("--epochs", default=12, show_default=True)
@click.option("--seed", default=0, show_default=True)
@click.option(
    "--out", type=click.Path(path_type=Path), help="Folder.  [where the package looks for them]"
)
def reference_classifier(data: str, epochs: int, seed: int, out: Path | None) -> None:
    """Train the classifier in whose features samples of DATA are compared."""
    options.need_tensorflow()
    from vaezoo import reference_classifiers
    from vaezoo.training.reference_classifier import train_reference_classifier

    facts = train_reference_classifier(
        data, out or reference_classifiers.FOLDER, epochs=epochs, seed=seed
    )
    accuracy = facts["accuracy"]
    terminal.say(f"{data}: test accuracy {accuracy['mean']:.4f} ± {accuracy['standard_error']:.4f}")


@command.command(epilog="Example:  vaezoo zoo check")
@click.argument("names", nargs=-1)
def check(names: tuple[str, ...]) -> None:
    """Verify the presets on this machine: hashes, weights, stored outputs, a quick figure."""
    from rich.progress import track

    from vaezoo import zoo
    from vaezoo.zoo.check import check

    load = options.keras_loader()
    presets = names or tuple(zoo.names())
    for name in track(presets, "verifying", transient=True):
        for line in check(zoo.find_export(name), zoo.local_preset(name), load):
            terminal.say(f"{name}: {line}")
    verb = "is" if len(presets) == 1 else "are"
    terminal.say(f"{_count(len(presets), 'preset')} {verb} as published")


@command.command(epilog="Example:  vaezoo zoo cards")
@click.argument("folder", type=click.Path(path_type=Path), default="saved_models")
def cards(folder: Path) -> None:
    """Rewrite the card of each preset in FOLDER from its figures and recipe."""
    options.need_tensorflow()
    from vaezoo.training.publishing import rewrite_card

    presets = sorted(path.parent for path in folder.glob("*/metrics.json"))
    for preset in presets:
        rewrite_card(preset, folder.resolve().parent / "export" / preset.name)
    terminal.say(f"{folder}: {_count(len(presets), 'card')}")


@command.command(epilog="Example:  vaezoo zoo measure digits_vae")
@click.argument("names", nargs=-1, required=True)
def measure(names: tuple[str, ...]) -> None:
    """Measure the samples and latent space of NAMES anew, and rewrite their metrics.json.

    Likelihoods stay as they are: `vaezoo evaluate` measures those.
    """
    folders = {name: options.keras_preset(name) for name in names}
    from vaezoo._loading import load
    from vaezoo.training.measuring import measure_again

    for name, folder in folders.items():
        measure_again(folder, load(name))
        terminal.say(f"{folder}: measured")


@command.command(epilog="Example:  vaezoo zoo reproduce digits_vae")
@click.argument("name")
@click.option("--out", type=click.Path(path_type=Path), help="Run folder.  [runs/NAME]")
def reproduce(name: str, out: Path | None) -> None:
    """Train NAME again by its recipe, and compare the figures with the published ones."""
    from vaezoo.errors import ReproductionError

    folder = options.keras_preset(name)
    from vaezoo.training.reproduction import reproduce

    lines = reproduce(folder, out or Path("runs") / name)
    for line in lines:
        terminal.say(line.text())
    if not all(line.agrees for line in lines):
        raise ReproductionError(f"{name} did not come out as published.")
    terminal.say(f"{name} comes out as published")


def _count(num: int, noun: str) -> str:
    return f"{num} {noun}" if num == 1 else f"{num} {noun}s"
