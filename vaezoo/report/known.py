"""Figures that were measured before."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from vaezoo._storage import fields, files
from vaezoo.errors import DamagedFileError
from vaezoo.runtime.model import Model

METRICS, METADATA, WEIGHTS = "metrics.json", "metadata.json", "model.weights.h5"


def known_figures(preset: Path, model: Model) -> dict[str, Any] | None:
    """The content of metrics.json in the folder of a run or preset; None where there is none, or
    where it is of other weights than the export.

    Args:
        preset: the folder.
        model: its export.

    Raises:
        DamagedFileError: a file cannot be read.
    """
    if not (preset / METRICS).is_file():
        return None
    metrics, metadata = files.read_json(preset / METRICS), files.read_json(preset / METADATA)
    try:
        weights = fields.files(fields.mapping(metadata)["files"])[WEIGHTS]
        fields.whole(fields.mapping(metrics)["num_examples"])
        fields.text(fields.mapping(metrics["data"])["name"])
    except (KeyError, ValueError) as error:
        raise DamagedFileError(
            f"{preset} does not hold the figures of a run ({error}): measure anew (--measure)."
        ) from None
    return dict(metrics) if weights.sha256 == model.manifest.weights_sha256 else None
