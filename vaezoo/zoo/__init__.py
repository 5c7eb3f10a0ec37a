"""Published presets: found by name or path, downloaded, verified."""

from vaezoo.zoo.lookup import (
    download,
    find,
    find_export,
    find_preset,
    known,
    local_preset,
    names,
    saved_models,
)

__all__ = [
    "download",
    "find",
    "find_export",
    "find_preset",
    "known",
    "local_preset",
    "names",
    "saved_models",
]
