"""What several commands share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vaezoo.errors import ConfigError, DataError, MissingExtraError, need

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
    """What `model.generate` takes for "3", "0,1,2" (labels in turn) or "0.5,1.2" (attributes).

    Raises:
        ConfigError: not numbers.
    """
    if text is None:
        return None
    import numpy as np

    try:
        numbers = np.array([float(number) for number in text.split(",")])
    except ValueError:
        raise ConfigError(f"--condition {text!r}: expected numbers, such as 3 or 0,1,2.") from None
    expected = model.manifest.condition
    labels = expected is not None and expected.kind == "labels"
    return np.resize(numbers, num) if labels else numbers


def test_examples(model: Model, data: str, num: int) -> tuple[Array, Array | None]:
    """The first `num` test examples as the model takes them, and their labels, if it takes those.

    Raises:
        ConfigError: the data are images and the model takes none.
        DataError: the data have no labels.
    """
    import numpy as np

    from vaezoo import datasets

    dataset = datasets.load(
        data, **(_image_options(model.data_shape) if Path(data).is_dir() else {})
    )
    rows = np.arange(min(num, len(dataset.test)))
    x = datasets.as_float(dataset.test[rows])
    expected = model.manifest.condition
    if expected is None or "classifier" in model.manifest.graphs:  # which guesses them
        return x, None
    if "test" not in dataset.labels:
        raise DataError(f"{data} has no labels, and {model.manifest.model} takes {expected.kind}.")
    return x, dataset.labels["test"][rows]


def _image_options(shape: tuple[int, ...]) -> dict[str, Any]:
    """How a folder's images are brought to the model's shape."""
    if len(shape) != 3:
        raise ConfigError(f"the model takes data of shape {list(shape)}, not images.")
    return {"image_size": shape[:2], "image_mode": "grey" if shape[2] == 1 else "rgb"}


def saver(out: Path) -> Callable[[Array, Callable[[Array], Array]], None]:
    """Writes arrays to `out`: as .npy, or as the .png that a function draws of them.

    Raises:
        ConfigError: `out` is neither.
    """
    if out.suffix not in (".png", ".npy"):
        raise ConfigError(f"{out}: expected a name that ends in .png or .npy.")

    def save(x: Array, draw: Callable[[Array], Array]) -> None:
        from vaezoo import images
        from vaezoo._storage import files

        if out.suffix == ".png":
            images.save_png(out, draw(x))
        else:
            import numpy as np

            with files.replaced_file(out) as temporary:
                np.save(temporary, x)

    return save


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
