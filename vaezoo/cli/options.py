"""What several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaezoo.errors import ConfigError, MissingExtraError, need

if TYPE_CHECKING:
    from vaezoo.protocols import Array
    from vaezoo.runtime.manifest import Manifest
    from vaezoo.runtime.model import Model


def need_tensorflow() -> None:
    """Imports TensorFlow, in silence; raises `MissingExtraError` where it is not installed."""
    from vaezoo import _training  # noqa: F401


def keras_preset(preset: str) -> Path:
    """The folder of a preset of Keras: extra and name are checked before TensorFlow is imported."""
    from vaezoo import zoo

    need("train", "tensorflow", "training, evaluating and exporting")
    folder = zoo.find_preset(preset)
    need_tensorflow()
    return folder


def keras_loader() -> Callable[[Path], Any] | None:
    """Loads a preset's Keras model; None where TensorFlow is not installed."""
    try:
        need_tensorflow()
    except MissingExtraError:
        return None
    from vaezoo._model import presets

    return presets.load


def runtime(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the options that `vaezoo.load` takes."""
    device = click.option("--device", default="cpu", show_default=True, help="cpu, cuda, or auto.")
    variant = click.option("--variant", help="fp16 or int8, where the export has it.")
    return device(variant(command))


def conditions(model: Model, text: str | None, num: int) -> Array | None:
    """What `model.generate` takes for "3", "cat", "0,1,2" (labels in turn) or "0.5,1.2"
    (attributes).

    Raises:
        ConfigError: not numbers.
        UnknownNameError: a name that no label has.
    """
    if text is None:
        return None
    import numpy as np

    expected = model.manifest.condition
    names = () if expected is None else expected.names
    try:
        numbers = np.array([_number(part.strip(), names) for part in _parts(text, names)])
    except ValueError:
        raise ConfigError(f"--condition {text!r}: expected numbers, such as 3 or 0,1,2.") from None
    labels = expected is not None and expected.kind == "labels"
    return np.resize(numbers, num) if labels else numbers


def _parts(text: str, names: Sequence[str]) -> list[str]:
    """What commas separate, unless they are part of a name."""
    return [text] if text in names else text.split(",")


def _number(text: str, names: Sequence[str]) -> float:
    """A label's number by its name, or a number; where names are numbers, always by name."""
    if text in names:
        return names.index(text)
    if names and (not text.lstrip("-").isdigit() or any(name.isdigit() for name in names)):
        from vaezoo.errors import unknown_name

        raise unknown_name("label", text, names)
    return float(text)


def at_least_one(context: click.Context, option: click.Parameter, value: int | None) -> int | None:
    """A callback of options: an integer of 1 or more. Raises `ConfigError`."""
    from vaezoo._checks import positive

    return value if value is None else positive(str(option.name), value)


def not_negative(context: click.Context, option: click.Parameter, value: int | None) -> int | None:
    """A callback of options that are seeds. Raises `ConfigError`."""
    if value is not None and value < 0:
        raise ConfigError(f"{option.name}={value}: give an integer of 0 or more.")
    return value


def seed_of_tensorflow(
    context: click.Context, option: click.Parameter, value: int | None
) -> int | None:
    """A callback of options that are seeds of TensorFlow too. Raises `ConfigError`."""
    from vaezoo._checks import check_seed

    return value if value is None else check_seed(value)


def need_memory(size: int, what: str) -> None:
    """Refuses what would not fit into memory, before anything is allocated.

    Raises:
        ConfigError: fewer than `size` bytes are available.
    """
    from vaezoo._storage import memory

    memory.need(size, what, "give a smaller -n, and another --seed or file for each part")


def not_a_likelihood(model: Model, data: str) -> str:
    """Why a figure of these data is not a likelihood, and what to do."""
    likelihood, prepared = model.manifest.likelihood, model.manifest.preparation
    trained = "was trained on data that were prepared otherwise"
    if prepared is None:
        trained = "does not record how its data were prepared"
    elif prepared.binarise != "none":
        trained = f"was measured on binarised data ({prepared.binarise})"
    return (
        f"{data} has values on which {likelihood} is not normalised, and the model {trained}: "
        "compare this figure with others of such data only; --binarise draws 0 or 1 first."
    )


def data_arguments(
    preset: str, training_data: Mapping[str, Any], name: str | None
) -> dict[str, Any]:
    """Arguments of `vaezoo.datasets.load`: what a preset was trained on, or other data.

    Raises:
        ConfigError: there is neither.
    """
    arguments = dict(training_data) | ({"name": name} if name else {})
    if "name" not in arguments:
        raise ConfigError(f"{preset} does not say what it was trained on: give --data.")
    return arguments


def variant_line(manifest: Manifest, name: str) -> str:
    """The size of a variant and what it changes, or why there is none."""
    if name not in manifest.variants:
        return f"no {name}: {manifest.refused.get(name, 'it was not exported')}"
    return f"{name}: {variant_text(manifest, name)}"


def variant_text(manifest: Manifest, name: str) -> str:
    """The size of a variant, and what it changes on test data."""
    variant = manifest.variants[name]
    size = sum(manifest.files[graph.file].bytes for graph in variant.graphs.values())
    full = sum(manifest.files[manifest.graphs[graph].file].bytes for graph in variant.graphs)
    elbo = "" if variant.nats is None else f"ELBO {-variant.nats:+.4f} nats, "
    change = f"{elbo}reconstructions ±{variant.pixels:.5f} of the data's range"
    return f"{size:,} bytes instead of {full:,}; {change}"


def read_npy(path: Path) -> Array:
    """The array of a .npy. Raises `DataError`, or `DamagedFileError` where it cannot be read."""
    import numpy as np

    from vaezoo.errors import DamagedFileError, DataError

    if path.suffix.lower() != ".npy":
        raise DataError(f"{path}: expected a .npy file.")
    try:
        return np.asarray(np.load(path, allow_pickle=False))
    except FileNotFoundError:
        raise DataError(f"{path} does not exist.") from None
    except (OSError, ValueError, EOFError) as error:
        raise DamagedFileError(f"{path} is not a readable .npy file ({error}).") from None
