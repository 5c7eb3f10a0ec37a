"""Verifies presets: hashes, both forms of each, a canonical output, a quick figure."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

from vaezoo import _named_figures, datasets, report
from vaezoo.errors import DamagedFileError, VaezooError
from vaezoo.protocols import GenerativeModel
from vaezoo.runtime import verification
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.model import Model
from vaezoo.runtime.protobuf import read_tensor

_QUICK = 1e-4  # relative tolerance: the same weights on another processor


def check(
    export: Path, preset: Path | None, load: Callable[[Path], GenerativeModel] | None = None
) -> Iterator[str]:
    """Verifies one preset, and reports line by line what is as published.

    Hashes of every file; each ONNX graph on its stored test data; the Keras weights on the
    decoder's; and the quick figure of metrics.json, recomputed by ONNX Runtime, if the test data
    are on this machine.

    Args:
        export: folder of its exported graphs.
        preset: folder of its Keras weights and metrics; None where they are not here.
        load: `vaezoo._model.presets.load`; None where TensorFlow is not installed.

    Raises:
        DamagedFileError: a file, an output or a figure is not what was published.
    """
    worst = max(verification.verify(export).values())
    yield f"hashes and ONNX graphs: largest difference {worst:.1e}"
    if preset is None:
        yield "Keras weights: not here"
        return
    if load is None:
        yield "Keras weights: not verified, as TensorFlow is not installed"
    else:
        yield f"Keras weights: largest difference {_difference(export, load(preset)):.1e}"
    with _named_figures.whole(preset / "metrics.json"):
        found = _quick(export, preset / "metrics.json")
    yield found


def _difference(export: Path, model: GenerativeModel) -> float:
    """Of the means that a model decodes from the canonical z and the stored ones."""
    graph, place = Manifest.read(export).graphs["decoder"], export / "test_data_set_0" / "decoder"
    inputs = [read_tensor(place / f"input_{index}.pb") for index in range(len(graph.inputs))]
    output = [port.name for port in graph.outputs].index("mean")
    expected = read_tensor(place / f"output_{output}.pb")
    condition = inputs[1] if len(inputs) > 1 else None
    mean = model.decode_mean(inputs[0], condition=condition)
    worst = verification.relative_difference({"mean": mean}, {"mean": expected})
    if worst > verification.TOLERANCE:
        raise DamagedFileError(
            f"{export}: Keras decodes the canonical z with a difference of {worst:.1e}, more than "
            f"{verification.TOLERANCE:.0e}."
        )
    return worst


def _quick(export: Path, path: Path) -> str:
    """The quick figure recomputed, if the data are here."""
    metrics = _named_figures.read(path)
    expected = metrics["quick"]
    arguments = {key: value for key, value in metrics["data"].items() if key != "split"}
    try:
        data = datasets.load(**arguments)
    except VaezooError as error:
        return f"quick figure: the data are not here ({error})"
    figures = report.quick(Model(export, Manifest.read(export)), data)
    for key, value in expected.items():
        if not math.isclose(figures[key], value, rel_tol=_QUICK):
            raise DamagedFileError(
                f"{export}: {key} of {expected['num_examples']} test examples is "
                f"{figures[key]:.6g}, {path} has {value:.6g}."
            )
    figure = next(key for key in expected if key != "num_examples")
    return (
        f"{figure} of {expected['num_examples']} test examples: {figures[figure]:.4f}, as published"
    )
