"""What an export says of itself: its graphs, their inputs and outputs, and its files' hashes."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

from vaezoo import files
from vaezoo.errors import DamagedFileError

FILE = "manifest.json"
FORMAT = 1


@dataclass(frozen=True)
class Port:
    """An input or output of a graph: float32, shape without the batch axis."""

    name: str
    shape: tuple[int, ...]


@dataclass(frozen=True)
class Graph:
    """A deterministic graph in an ONNX file."""

    file: str
    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]


@dataclass(frozen=True)
class File:
    """A file's size and SHA-256, by which it is known."""

    bytes: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """An export's table of contents.

    Attributes:
        preset: the model's name.
        model: its class.
        data_shape: shape of one example.
        latent_dim: D, the size of z.
        likelihood: name of p(x|z)'s class.
        value_range: least and greatest value that the encoder takes; None: any.
        data: what it was trained on.
        weights_sha256: hash of the weights that the graphs were made from.
        version: of the vaezoo that made it.
        graphs: by name: "decoder", "encoder"; "prior" where p(z) is not N(0, I), or "step" where
            z is drawn one code after the other.
        files: by path relative to the manifest, with "/" between folders.
        codebook_size: how many codes there are, where z are codes.
        format: of this file.
    """

    preset: str
    model: str
    data_shape: tuple[int, ...]
    latent_dim: int
    likelihood: str
    value_range: tuple[float, float] | None
    data: str
    weights_sha256: str
    version: str
    graphs: Mapping[str, Graph]
    files: Mapping[str, File]
    codebook_size: int | None = None
    format: int = FORMAT

    @classmethod
    def read(cls, folder: str | os.PathLike[str]) -> Manifest:
        """Reads folder/manifest.json.

        Raises:
            DamagedFileError: it is missing, unreadable, of another format, or names a file
                outside the folder.
        """
        path = Path(folder) / FILE
        values = files.read_json(path)
        try:
            if values["format"] != FORMAT:
                raise ValueError(f"format {values['format']}, this version reads {FORMAT}")
            return _parse(values)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise DamagedFileError(f"{path} is no export's manifest: {error}.") from None

    def write(self, folder: Path) -> None:
        """Writes folder/manifest.json."""
        files.write_json(folder / FILE, dataclasses.asdict(self))

    def check(self, folder: str | os.PathLike[str], names: Iterable[str] | None = None) -> None:
        """Compares files with their hashes: all of them, or those in `names`.

        Raises:
            DamagedFileError: a file is missing or is not the one that was exported.
        """
        for name in self.files if names is None else names:
            check_file(Path(folder) / name, self.files[name])


def check_file(path: Path, expected: File) -> None:
    """Raises `DamagedFileError` unless the file at `path` is the `expected` one."""
    if not path.is_file():
        raise DamagedFileError(f"{path} is missing: export or download the preset again.")
    found = File(path.stat().st_size, files.sha256(path))
    if found != expected:
        raise DamagedFileError(
            f"{path} is not the file that was exported: it has {found.bytes} bytes and SHA-256 "
            f"{found.sha256[:12]}…, expected {expected.bytes} bytes and "
            f"{expected.sha256[:12]}…; export or download the preset again."
        )


def describe(path: Path) -> File:
    """Size and hash of the file at `path`."""
    return File(path.stat().st_size, files.sha256(path))


def _parse(values: Mapping[str, Any]) -> Manifest:
    entries = {_safe(name): File(**entry) for name, entry in values["files"].items()}
    graphs = {}
    for name, graph in values["graphs"].items():
        if graph["file"] not in entries:
            raise ValueError(f"graph {name!r} is in no listed file")
        ports = {
            side: tuple(Port(port["name"], tuple(port["shape"])) for port in graph[side])
            for side in ("inputs", "outputs")
        }
        graphs[name] = Graph(graph["file"], **ports)
    value_range = values["value_range"]
    return Manifest(
        **{
            **values,
            "data_shape": tuple(int(size) for size in values["data_shape"]),
            "value_range": None if value_range is None else (value_range[0], value_range[1]),
            "graphs": graphs,
            "files": entries,
        }
    )


def _safe(name: str) -> str:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or "\\" in name or ":" in name:
        raise ValueError(f"{name!r} leads out of the folder")
    return name
