"""Verifies an export: its hashes, and its graphs on its stored test data."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from vaezoo._storage import files
from vaezoo.errors import DamagedFileError
from vaezoo.runtime import outputs
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.protobuf import read_tensor
from vaezoo.runtime.sessions import open_session

TOLERANCE = 1e-5


def verify(folder: Path) -> dict[str, float]:
    """Verifies every hash, then runs every graph on test_data_set_0.

    Example:
        >>> from vaezoo import runtime, zoo
        >>> max(runtime.verify(zoo.find_export("digits_vae")).values()) < 1e-5
        True

    Returns:
        Largest difference from the stored outputs by graph, as `relative_difference` has it.

    Raises:
        DamagedFileError: a file is missing or changed, or a graph gives other numbers.
    """
    manifest = Manifest.read(folder)
    manifest.check(folder)

    def tensor(name: str) -> np.ndarray:
        if name not in manifest.files:
            raise DamagedFileError(f"{folder / name} is not listed by the export's manifest.")
        return read_tensor(folder / name, files.read(folder / name, manifest.files[name]))

    differences = {}
    for name, graph in manifest.graphs.items():
        session = open_session(folder / graph.file, weights=graph.weights, expected=manifest.files)
        place = f"test_data_set_0/{name}"
        names = [port.name for port in graph.outputs]
        feed = {
            port.name: tensor(f"{place}/input_{index}.pb")
            for index, port in enumerate(graph.inputs)
        }
        try:
            found = session.run(names, feed)
        except Exception as error:  # its exceptions share no base class
            raise outputs.failure(name, error) from None
        expected = [tensor(f"{place}/output_{index}.pb") for index in range(len(names))]
        worst = relative_difference(
            dict(zip(names, found, strict=True)), dict(zip(names, expected, strict=True))
        )
        if worst > TOLERANCE:
            raise DamagedFileError(
                f"{folder / graph.file} differs by {worst:.1e} from its test data, more than "
                f"{TOLERANCE:.0e}."
            )
        differences[name] = worst
    return differences


def relative_difference(
    actual: Mapping[str, np.ndarray], expected: Mapping[str, np.ndarray]
) -> float:
    """Largest |actual - expected|, relative to the largest value of the same example, or to 1 where
    that is smaller; infinity where shapes differ, there are no numbers, or they are not finite.

    Rounding is in proportion to the largest of the numbers that are added up, not to each sum:
    Higham 2002, sec. 3.5, https://doi.org/10.1137/1.9780898718027. Pixels between 0 and 1 differ
    by no more than the result.
    """
    shapes = [{name: value.shape for name, value in side.items()} for side in (actual, expected)]
    if shapes[0] != shapes[1] or not all(value.size for value in expected.values()):
        return math.inf
    worst = [
        float(np.max(np.abs(actual[name] - value) / _scale(value)))
        for name, value in expected.items()
    ]
    return max(worst) if np.isfinite(worst).all() else math.inf


def _scale(value: np.ndarray) -> np.ndarray:
    axes = tuple(range(1, value.ndim))
    return np.maximum(1, np.abs(value).max(axis=axes, keepdims=True))
