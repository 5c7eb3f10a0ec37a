"""Runs the graphs of an export: arrays by name, in pieces, or bound to the device."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from vaezoo._storage import memory
from vaezoo.errors import ConfigError, unknown_name
from vaezoo.protocols import Array
from vaezoo.runtime import outputs
from vaezoo.runtime.contents import Contents
from vaezoo.runtime.manifest import Graph
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
        manifest: Contents,
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

    def run(
        self, name: str, *inputs: Array, only: str | None = None, alone: bool = False
    ) -> dict[str, Array]:
        """The outputs of a graph by name, or only one of them; alone, in a session of its own,
        without the work for others.

        Raises:
            DamagedFileError: the graph cannot be run, or gives other shapes than it promises.
            DataError: it gives NaN or infinite numbers.
            ConfigError: there is not enough memory.
        """
        graph = self._graphs[name]
        names = [port.name for port in graph.outputs if only in (None, port.name)]
        part = only if alone and len(graph.outputs) > 1 else None
        draws = outputs.num_draws(graph, inputs)
        self.need_memory(name, len(inputs[0]), draws or 1, only=only)
        if len(inputs[0]) <= self.rows:
            found = self._run_piece(name, part, inputs, names, draws)
        else:
            parts = [
                self._run_piece(name, part, piece, names, draws, start * self.rows)
                for start, piece in enumerate(self.pieces(inputs))
            ]
            found = [np.concatenate(arrays) for arrays in zip(*parts, strict=True)]
        return dict(zip(names, found, strict=True))

    def _run_piece(
        self,
        name: str,
        part: str | None,
        inputs: Sequence[Array],
        names: Sequence[str],
        draws: int | None,
        first: int = 0,
    ) -> list[Array]:
        """The outputs for rows that fit into memory; `first` is the number of the first one."""
        session, graph = self._sessions.part(name, part), self._graphs[name]
        feed = {port.name: x for port, x in zip(graph.inputs, inputs, strict=True)}
        try:
            found: list[Array] = session.run(names, feed)
        except Exception as error:  # its exceptions share no base class
            raise outputs.failure(name, error) from None
        ports = {port.name: port for port in graph.outputs}
        for output, value in zip(names, found, strict=True):
            outputs.check_shape(name, ports[output], value.shape, len(inputs[0]), draws)
            outputs.check_finite(name, output, value, first)
        return found

    def need_memory(self, name: str, rows: int, draws: int = 1, only: str | None = None) -> None:
        """Raises `ConfigError` where a graph's outputs for so many rows do not fit into memory."""
        ports = [port for port in self._graphs[name].outputs if only in (None, port.name)]
        numbers = sum(math.prod(size or draws for size in port.shape) for port in ports)
        # twice: in pieces, and together
        memory.need(8 * rows * numbers, f"what the {name} makes of {rows:,} rows")

    def bind(self, name: str, inputs: Sequence[OrtValue], output: str) -> OrtValue:
        """One output of a graph, which stays on the device as its inputs do. Its shape is checked,
        its numbers are not. Raises as `run`."""
        session, graph = self._sessions[name], self._graphs[name]
        binding = session.io_binding()
        for port, value in zip(graph.inputs, inputs, strict=True):
            binding.bind_ortvalue_input(port.name, value)
        binding.bind_output(output, self.device)
        try:
            session.run_with_iobinding(binding)
        except Exception as error:  # its exceptions share no base class
            raise outputs.failure(name, error) from None
        found = binding.get_outputs()[0]
        (port,) = (port for port in graph.outputs if port.name == output)
        outputs.check_shape(name, port, found.shape(), inputs[0].shape()[0], None)
        return found

    def run_decoder_after(
        self, name: str, output: str, inputs: Sequence[Array], conditions: Sequence[Array]
    ) -> Array:
        """The decoder's mean for the z that another graph gives, which stays on the device.
        Raises as `run`."""
        self.need_memory("decoder", len(inputs[0]), only="mean")
        num_inputs = len(inputs) + self._graphs[name].takes_condition
        means: list[Array] = []
        for piece in self.pieces([*inputs, *conditions]):
            first, values = len(means) * self.rows, [self.to_device(x) for x in piece]
            z = self.bind(name, values[:num_inputs], output)
            outputs.check_finite(name, output, z.numpy(), first)
            means.append(self.bind("decoder", [z, *values[len(inputs) :]], "mean").numpy())
            outputs.check_finite("decoder", "mean", means[-1], first)
        return np.concatenate(means) if len(means) > 1 else means[0]

    def to_device(self, x: Array) -> OrtValue:
        """An array on the device."""
        import onnxruntime

        array = np.ascontiguousarray(x, np.float32)
        return onnxruntime.OrtValue.ortvalue_from_numpy(array, self.device, 0)

    def pieces(self, arrays: Sequence[Array]) -> Iterator[list[Array]]:
        """The arrays in pieces of at most `rows` rows."""
        for start in range(0, len(arrays[0]), self.rows):
            yield [x[start : start + self.rows] for x in arrays]


def _variant(manifest: Contents, name: str | None) -> Mapping[str, Graph]:
    if name is None:
        return {}
    if name in manifest.variants:
        return manifest.variants[name].graphs
    if name in manifest.refused:
        raise ConfigError(f"{manifest.preset} has no {name}: {manifest.refused[name]}.")
    if not manifest.variants:
        raise ConfigError(f"variant={name!r}: {manifest.preset} has none; leave variant= out.")
    raise unknown_name("variant", name, manifest.variants)
