"""An index of presets, with the sizes and hashes of their files."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from vaezoo import _named_figures
from vaezoo._storage import fields, files, leftovers
from vaezoo._storage.files import File
from vaezoo.errors import ConfigError, DamagedFileError
from vaezoo.runtime import manifest
from vaezoo.runtime.manifest import Manifest

FILE = "index.json"
FORMAT = 1
# A preset's folders, and the file in each that lists the others' hashes.
PARTS = {"export": manifest.FILE, "saved_models": "metadata.json"}


@dataclass(frozen=True)
class Preset:
    """A preset of an index.

    Attributes:
        summary: what it is, in one line.
        licence: of the data that it was trained on.
        metrics: figures of metrics.json: means by name, nats per example.
        conditional: whether its likelihoods are log p(x|condition), not comparable with log p(x).
        parts: files by path below PART/NAME, for "export" and "saved_models".
    """

    summary: str
    licence: str
    metrics: Mapping[str, float]
    parts: Mapping[str, Mapping[str, File]]
    conditional: bool = False

    def size(self, part: str) -> int:
        """Bytes of a part."""
        return sum(file.bytes for file in self.parts[part].values())

    def digest(self, part: str) -> str:
        """A hash of a part's content: equal for equal files."""
        contents = {path: dataclasses.asdict(file) for path, file in self.parts[part].items()}
        return hashlib.sha256(json.dumps(contents, sort_keys=True).encode()).hexdigest()


def read(path: Path) -> dict[str, Preset]:
    """Presets by name, from a file that `write` wrote.

    Raises:
        DamagedFileError: it is missing, or no index.
    """
    values = files.read_json(path)
    try:
        if fields.mapping(values)["format"] != FORMAT:
            raise ValueError(f"format {values['format']!r}, this version reads {FORMAT}")
        presets = fields.mapping(values["presets"]).items()
        return {fields.name(name): _preset(preset) for name, preset in presets}
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedFileError(f"{path} is no zoo's index: {error}.") from None


def write(path: Path, presets: Mapping[str, Preset]) -> None:
    """Writes an index; the file is complete or absent."""
    contents = {name: dataclasses.asdict(preset) for name, preset in sorted(presets.items())}
    files.write_json(path, {"format": FORMAT, "presets": contents})


def build(
    root: str | os.PathLike[str], skip: Callable[[str], None] = lambda name: None
) -> dict[str, Preset]:
    """The presets in root/export and root/saved_models, with the hashes that their files have.

    Args:
        root: the zoo's folder. What killed processes have left in it is removed.
        skip: called with each folder whose name is not a preset's.

    Raises:
        ConfigError: there are none.
        DamagedFileError: a preset's file is not the one that its manifest lists, or its name
            is another than its folder's.
    """
    root = Path(root)
    for part in PARTS:
        leftovers.recover(root / part)
    names = {path.parent.name for path in root.glob(f"export/*/{manifest.FILE}")}
    for name in sorted(names):
        if not fields.is_name(name) and not leftovers.is_temporary(name):
            skip(name)
    if not (names := set(filter(fields.is_name, names))):
        raise ConfigError(f"{root} has no export/NAME/{manifest.FILE}: nothing to list.")
    return {name: _describe(root, name) for name in sorted(names)}


def _describe(root: Path, name: str) -> Preset:
    from vaezoo.datasets import LICENCES

    content = Manifest.read(root / "export" / name)
    if content.preset != name:
        raise DamagedFileError(f"{root / 'export' / name} holds {content.preset!r}.")
    content.check(root / "export" / name)
    facts = root / "saved_models" / name / "metrics.json"
    figures = _named_figures.read(facts) if facts.is_file() else {}
    with _named_figures.whole(facts):
        means = {key: value["mean"] for key, value in figures.items() if _has_mean(value)}
        numbers = {key: fields.number(mean) for key, mean in means.items() if mean is not None}
    if not figures.get("normalised", True):  # an index has no room to say so
        numbers.pop("log_likelihood", None)
    return Preset(
        summary=f"{content.model} of {content.data}, latent_dim {content.latent_dim}",
        licence=LICENCES.get(content.data, "the owner's"),
        metrics=numbers,
        conditional=_named_figures.is_conditional(figures),
        parts={part: _files(root / part / name) for part in PARTS},
    )


def _has_mean(value: object) -> bool:
    return isinstance(value, dict) and "mean" in value


def _files(folder: Path) -> dict[str, File]:
    for below in [folder, *(path for path in folder.rglob("*") if path.is_dir())]:
        leftovers.recover(below)
    hidden = (path for path in folder.rglob("*") if path.is_file() and not _is_hidden(path, folder))
    paths = sorted(hidden)
    return {
        fields.path(path.relative_to(folder).as_posix()): files.describe(path) for path in paths
    }


def _is_hidden(path: Path, folder: Path) -> bool:
    """Of a file browser, an editor, or a process that is writing."""
    return any(part.startswith(".") for part in path.relative_to(folder).parts)


def _preset(value: object) -> Preset:
    values = fields.mapping(value)
    parts = {part: fields.files(fields.mapping(values["parts"]).get(part, {})) for part in PARTS}
    for part, contents in parts.items():
        if contents and PARTS[part] not in contents:
            raise ValueError(f"a preset's {part} has no {PARTS[part]}")
    return Preset(
        summary=fields.text(values["summary"]),
        licence=fields.text(values["licence"]),
        metrics={
            fields.text(key): fields.number(value)
            for key, value in fields.mapping(values["metrics"]).items()
        },
        parts=parts,
        conditional=fields.flag(values.get("conditional", False)),
    )
