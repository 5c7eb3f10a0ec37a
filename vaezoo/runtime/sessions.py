"""ONNX Runtime sessions: on the requested device and no other, from verified files."""

from __future__ import annotations

import dataclasses
import functools
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from vaezoo._checks import positive
from vaezoo._storage import files, memory
from vaezoo._storage.files import File
from vaezoo.errors import ConfigError, DamagedFileError, unknown_name
from vaezoo.runtime import operators
from vaezoo.runtime.contents import Contents
from vaezoo.runtime.manifest import Graph
from vaezoo.runtime.pruning import pruned

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

# Of the memory that is available, and bytes that a machine always has, in a while if not now.
_SHARE, _LEAST = 0.8, 2**30
_MOST_THREADS = 1024
_PROVIDERS = {"cpu": "CPUExecutionProvider", "cuda": "CUDAExecutionProvider"}
# TF32 has 11 bits where float32 has 24: its numbers would not be Keras's.
_OPTIONS: dict[str, dict[str, str]] = {"cpu": {}, "cuda": {"use_tf32": "0"}}


def choose_device(device: str) -> str:
    """ "cpu" or "cuda"; "auto" is the latter where this ONNX Runtime has it.

    Raises:
        UnknownNameError: none of the three.
    """
    if device == "auto":
        import onnxruntime

        return "cuda" if _PROVIDERS["cuda"] in onnxruntime.get_available_providers() else "cpu"
    if device not in _PROVIDERS:
        raise unknown_name("device", device, [*_PROVIDERS, "auto"])
    return device


class Sessions:
    """The graphs of an export, each opened when first used: once per process, by any thread.

    Args:
        folder: of the export.
        manifest: of the export.
        graphs: files by graph, where they are not the manifest's own.
        device: "cpu" or "cuda".
        num_threads: threads that one call may use; None: as many as there are cores.
    """

    def __init__(
        self,
        folder: Path,
        manifest: Contents,
        graphs: Mapping[str, Graph],
        device: str,
        num_threads: int | None,
    ) -> None:
        self._folder, self._manifest, self._graphs = folder, manifest, graphs
        self._device, self._num_threads = device, num_threads
        self._lock = threading.Lock()
        self._open: dict[tuple[str, str | None], InferenceSession] = {}
        self._process = os.getpid()

    def __getitem__(self, name: str) -> InferenceSession:
        """The session of a graph. Raises `UnknownNameError` or `DamagedFileError`."""
        return self.part(name, None)

    def part(self, name: str, output: str | None) -> InferenceSession:
        """The session of what one output of a graph needs; None: of all of it. Raises likewise."""
        if self._process != os.getpid():  # after a fork the threads of a session are gone
            self._lock, self._open, self._process = threading.Lock(), {}, os.getpid()
        session = self._open.get((name, output))
        return session if session is not None else self._first(name, output)

    def __reduce__(self) -> tuple[type[Sessions], tuple[object, ...]]:
        """Sessions cannot be pickled: another process opens its own."""
        arguments = (self._folder, self._manifest, self._graphs, self._device, self._num_threads)
        return type(self), arguments

    def _first(self, name: str, output: str | None) -> InferenceSession:
        with self._lock:
            if (name, output) not in self._open:
                if name not in self._graphs:
                    raise unknown_name("graph", name, self._graphs)
                graph = self._graphs[name]
                self._manifest.check_links(self._folder, [graph.file, *graph.weights])
                session = open_session(
                    self._folder / graph.file,
                    self._device,
                    num_threads=self._num_threads,
                    weights=graph.weights,
                    expected=self._manifest.files,
                    output=output,
                )
                ports = [port for port in graph.outputs if output in (None, port.name)]
                _compare(session, dataclasses.replace(graph, outputs=tuple(ports)))
                self._open[name, output] = session
            return self._open[name, output]


def _compare(session: InferenceSession, graph: Graph) -> None:
    """Raises `DamagedFileError` where a file's inputs and outputs are not the manifest's."""
    for actual, expected in (
        (session.get_inputs(), graph.inputs),
        (session.get_outputs(), graph.outputs),
    ):
        try:
            ports = [(port.name, port.type, _sizes(port.shape[1:])) for port in actual]
        except UnicodeDecodeError:  # names are bytes to ONNX Runtime
            raise DamagedFileError(
                f"{graph.file} has an input or output whose name or axes are no text: export or "
                "download the preset again."
            ) from None
        expected_ports = [(port.name, "tensor(float)", port.shape) for port in expected]
        if ports != expected_ports:
            raise DamagedFileError(
                f"{graph.file} has {ports}, its manifest promises {expected_ports}: export or "
                "download the preset again."
            )


def _sizes(shape: list[int | str | None]) -> tuple[int | None, ...]:
    """A shape in which the axes of any size have no name."""
    return tuple(size if isinstance(size, int) else None for size in shape)


def open_session(
    path: Path,
    device: str = "cpu",
    *,
    num_threads: int | None = None,
    weights: tuple[str, ...] = (),
    expected: Mapping[str, File] | None = None,
    output: str | None = None,
) -> InferenceSession:
    """An `onnxruntime.InferenceSession` on this device and no other.

    Args:
        path: of the graph.
        device: "cpu" or "cuda".
        num_threads: threads that one call may use; None: as many as there are cores.
        weights: other files of the same folder that the graph may read weights from.
        expected: sizes and hashes of all of them by name; None: they are the caller's own. What
            was verified is what is run: no file is opened twice.
        output: of the graph, to which what others need is left out; None: all of it.

    Raises:
        ConfigError: this ONNX Runtime lacks the device.
        DamagedFileError: ONNX Runtime cannot load the file, or is not asked to, as
            `vaezoo.runtime.operators.check` found something in it.
    """
    import onnxruntime

    provider = _PROVIDERS[device]
    if provider not in onnxruntime.get_available_providers():
        raise ConfigError(
            f"this onnxruntime has no {provider}: it offers "
            f"{', '.join(onnxruntime.get_available_providers())}; install onnxruntime-gpu "
            "instead of onnxruntime, or use device='cpu'."
        )
    contents = {name: _read(path.with_name(name), expected) for name in (path.name, *weights)}
    _check_graph(path, contents)
    options = onnxruntime.SessionOptions()
    # Sums of bytes saturate on processors with AVX2 and without VNNI, unless weights are unsigned.
    options.add_session_config_entry("session.x64quantprecision", "1")
    options.log_severity_level = 4  # errors are raised anyway, and hold names from the file
    if limit_memory(os.getpid()):
        options.add_session_config_entry("session.use_env_allocators", "1")
    if output is not None:  # several threads run it at once: none should wait in a circle
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    if num_threads is not None:
        options.intra_op_num_threads = check_threads(num_threads)
    if weights:
        buffers = [contents[name] for name in weights]
        options.add_external_initializers_from_files_in_memory(
            list(weights), buffers, list(map(len, buffers))
        )
    graph = contents[path.name]
    try:
        session = onnxruntime.InferenceSession(
            graph if output is None else pruned(graph, output),
            options,
            providers=[(provider, _OPTIONS[device])],
        )
    except Exception as error:  # its exceptions share no base class
        raise DamagedFileError(f"{path}: ONNX Runtime cannot load it ({error}).") from None
    if provider not in session.get_providers():  # asked for CUDA, it may fall back in silence
        raise ConfigError(f"{provider} could not be started: use device='cpu'.")
    session.disable_fallback()  # nor may it go over to the CPU later
    return session


@functools.cache
def limit_memory(process: int) -> bool:
    """Gives the sessions of this process memory up to a limit: a graph that wants more, whatever
    it does, ends with an error instead of the machine's memory. Returns whether there is one.

    Of other sessions than vaezoo's nothing changes: these have memory of their own.
    """
    import onnxruntime

    have = memory.available()
    if have is None:
        return False
    place = onnxruntime.OrtMemoryInfo(
        "Cpu", onnxruntime.OrtAllocatorType.ORT_ARENA_ALLOCATOR, 0, onnxruntime.OrtMemType.DEFAULT
    )
    limits = onnxruntime.OrtArenaCfg({"max_mem": max(_LEAST, int(_SHARE * have))})
    onnxruntime.create_and_register_allocator(place, limits)
    return True


def check_threads(num: object) -> int:
    """Raises `ConfigError` unless a system can have so many threads."""
    threads = positive("num_threads", num)
    if threads > _MOST_THREADS:
        raise ConfigError(f"num_threads={threads}: give 1 to {_MOST_THREADS}.")
    return threads


def _check_graph(path: Path, contents: Mapping[str, bytes]) -> None:
    others = {name: len(content) for name, content in contents.items() if name != path.name}
    try:
        operators.check(contents[path.name], others)
    except ValueError as error:
        raise DamagedFileError(
            f"{path} is no ONNX file that is safe to run: {error}; export or download the preset "
            "again."
        ) from None


def _read(path: Path, expected: Mapping[str, File] | None) -> bytes:
    if expected is not None:
        return files.read(path, expected[path.name])
    try:
        return path.read_bytes()
    except OSError as error:
        raise DamagedFileError(f"{path} cannot be read: {error.strerror}.") from None
