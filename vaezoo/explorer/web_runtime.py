"""ONNX Runtime Web, which runs the graphs in a browser: from npm's registry, pinned by hash."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from vaezoo._storage import downloads, files
from vaezoo._storage.files import File
from vaezoo.errors import ConfigError, DamagedFileError, DownloadError

VERSION = "1.30.0"
VARIABLE = "VAEZOO_ONNXRUNTIME_WEB"  # the package's file, or another registry's address
REGISTRY = "https://registry.npmjs.org"
PACKAGE = File(
    bytes=33_106_585, sha256="d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71"
)
# The build without WebGPU and WebGL: half the size of the others.
MODULE, WASM = "ort.wasm.bundle.min.mjs", "ort-wasm-simd-threaded.wasm"
FILES: Mapping[str, File] = {
    MODULE: File(73_054, "11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90"),
    WASM: File(14_239_897, "3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2"),
}


@dataclass(frozen=True)
class WebRuntime:
    """What a page needs of ONNX Runtime Web, gzipped.

    Attributes:
        module: an ES module, UTF-8.
        wasm: what it runs.
    """

    module: bytes
    wasm: bytes


def fetch() -> WebRuntime:
    """The pinned version, from the cache, or from the package that is downloaded once (33 MB).

    VAEZOO_ONNXRUNTIME_WEB names the package's file, onnxruntime-web-1.30.0.tgz, or the address of
    a registry to take it from.

    Raises:
        DownloadError: the registry is not available.
        DamagedFileError: the file is not the pinned package.
        ConfigError: there is no such file.
    """
    folder = files.cache_folder() / "explorer" / f"onnxruntime-web-{VERSION}"
    try:
        found = {name: _cached(folder / f"{name}.gz", expected) for name, expected in FILES.items()}
    except (OSError, EOFError, zlib.error):
        found = {name: gzip.compress(text, 9, mtime=0) for name, text in _of_package().items()}
        for name, content in found.items():
            with files.replaced_file(folder / f"{name}.gz") as temporary:
                temporary.write_bytes(content)
    return WebRuntime(found[MODULE], found[WASM])


def _cached(path: Path, expected: File) -> bytes:
    """A gzipped file of the cache, whose content is verified. Raises `OSError`."""
    content = path.read_bytes()
    with gzip.open(io.BytesIO(content)) as file:
        _check(path.name, file.read(expected.bytes + 1), expected)
    return content


def _of_package() -> dict[str, bytes]:
    """The files of the package that the variable names, or that npm's registry has."""
    place = os.environ.get(VARIABLE) or REGISTRY
    if not place.startswith(("http://", "https://")):
        path = Path(place).expanduser()
        if not path.is_file():
            raise ConfigError(f"{VARIABLE}={place}: expected a file or the address of a registry.")
        return _unpack(path)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "package.tgz"
        _download(f"{place.rstrip('/')}/onnxruntime-web/-/onnxruntime-web-{VERSION}.tgz", path)
        return _unpack(path)


def _download(url: str, path: Path) -> None:
    from rich.console import Console
    from rich.progress import Progress

    console = Console(stderr=True)
    try:
        with Progress(console=console, transient=True, disable=not console.is_terminal) as progress:
            task = progress.add_task(f"onnxruntime-web {VERSION}", total=PACKAGE.bytes)
            downloads.download(url, path, PACKAGE, advance=lambda n: progress.advance(task, n))
    except DownloadError as error:
        raise DownloadError(
            f"{error} Pages hold ONNX Runtime Web, which is downloaded once: connect to the "
            f"network, or get the package elsewhere (npm pack onnxruntime-web@{VERSION}) and set "
            f"{VARIABLE} to that file."
        ) from None


def _unpack(path: Path) -> dict[str, bytes]:
    """Two files of the package, verified; nothing else of it is read or written."""
    try:
        with tarfile.open(path) as package:
            return {name: _member(package, name, expected) for name, expected in FILES.items()}
    except (tarfile.TarError, KeyError, OSError, EOFError) as error:
        raise DamagedFileError(
            f"{path} is not the package onnxruntime-web {VERSION} ({error}): get it again."
        ) from None


def _member(package: tarfile.TarFile, name: str, expected: File) -> bytes:
    file = package.extractfile(f"package/dist/{name}")
    content = b"" if file is None else file.read(expected.bytes + 1)
    _check(name, content, expected)
    return content


def _check(name: str, content: bytes, expected: File) -> None:
    if hashlib.sha256(content).hexdigest() != expected.sha256:
        raise OSError(f"{name} has another SHA-256 than {expected.sha256[:12]}…")
