"""Runs the graphs of an export: arrays by name, in pieces, or bound to the device."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vaezoo.errors import ConfigError, unknown_name
from vaezoo.protocols import Array
from vaezoo.runtime.manifest import Graph, Manifest
from vaezoo.runtime.sessions import Sessions, choose_device

if TYPE_CHECKING:
    from onnxruntime import OrtValue

# A batch of any size is run in pieces of at most this many rows, so that memory stays bounded.
ROWS = {"cpu": 256, "cuda": 4096}


class Graphs:
    """The graphs of an export, or of one of its variants, on a device.

    Args:
        folder: of the export.
        manifest: of the export.
        device: "cpu", "cuda" or "auto".
        variant: of the graphs; None: float32.
        num_threads: that one call may use; None: as many as there are cores.

    Attributes:
        device: "cpu" or "cuda".
        rows: most examples that a graph runs at once.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Manifest,
        device: str = "cpu",
        variant: str | None = None,
        num_threads: int | None = None,
    ) -> None:
        self.device = choose_device(device)
        self.rows = ROWS[self.device]
        self._graphs = {**manifest.graphs, **_variant(manifest, variant)}
        self._sessions = Sessions(folder, manifest, self._graphs, self.device, num_threads)

    def __contains__(self, name: str) -> bool:
        return name in self._graphs

    def __getitem__(self, name: str) -> Graph:
        return self._graphs[name]

    def run(self, name: str, *inputs: Array, only: str | None = None) -> dict[str, Array]:
        """The outputs of a graph by name, or only one of them."""
        session, ports = self._sessions[name], self._graphs[name]
        names = [only] if only else [port.name for port in ports.outputs]

        def run(arrays: Iterable[Array]) -> list[Array]:
            feed = {port.name: x for port, x in zip(ports.inputs, arrays, strict=True)}
            outputs: list[Array] = session.run(names, feed)
            return outputs

        if len(inputs[0]) <= self.rows:
            outputs = run(inputs)
        else:
            parts = [run(piece) for piece in self.pieces(inputs)]
            outputs = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        return dict(zip(names, outputs, strict=True))

    def bind(self, name: str, inputs: Sequence[OrtValue], output: str) -> OrtValue:
        """One output of a graph, which stays on the device as its inputs do."""
        session, ports = self._sessions[name], self._graphs[name].inputs
        binding = session.io_binding()
        for port, value in zip(ports, inputs, strict=True):
            binding.bind_ortvalue_input(port.name, value)
        binding.bind_output(output, self.device)
        session.run_with_iobinding(binding)
        return binding.get_outputs()[0]

    def to_device(self, x: Array) -> OrtValue:
        """An array on the device."""
        import onnxruntime

        array = np.ascontiguousarray(x, np.float32)
        return onnxruntime.OrtValue.ortvalue_from_numpy(array, self.device, 0)

    def pieces(self, arrays: Sequence[Array]) -> Iterator[list[Array]]:
        """The arrays in pieces of at most `rows` rows."""
        for start in range(0, len(arrays[0]), self.rows):
            yield [x[start : start + self.rows] for x in arrays]


def _variant(manifest: Manifest, name: str | None) -> Mapping[str, Graph]:
    if name is None:
        return {}
    if name in manifest.variants:
        return manifest.variants[name].graphs
    if name in manifest.refused:
        raise ConfigError(f"{manifest.preset} has no {name}: {manifest.refused[name]}.")
    if not manifest.variants:
        raise ConfigError(f"variant={name!r}: {manifest.preset} has none; leave variant= out.")
    raise unknown_name("variant", name, manifest.variants)
