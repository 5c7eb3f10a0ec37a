"""Smaller copies of an export's graphs, and their loss of accuracy."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnxruntime import quantization
from onnxruntime.quantization.onnx_model import ONNXModel
from onnxruntime.transformers import float16

from vaezoo._checks import comparing_only
from vaezoo._storage.files import describe, replaced_directory
from vaezoo.errors import unknown_name
from vaezoo.export.onnx import Weights, write_checked
from vaezoo.protocols import Array
from vaezoo.runtime.graphs import Graphs
from vaezoo.runtime.manifest import FILE, Manifest, Variant
from vaezoo.runtime.model import Model

# The networks' operations. All others, such as the sum of log p(x|z), remain in float32.
_CONVOLUTIONS = {"Conv", "ConvTranspose"}
_NETWORK = {"MatMul", "Gemm", *_CONVOLUTIONS}
_GRAPHS = ("decoder", "encoder", "score")  # those that hold networks
_CALIBRATION, _BATCH = 256, 64  # examples that determine the range of activations
_DRAWS = 8  # per example, for the ELBO
Feeds = Sequence[dict[str, Array]]
Examples = tuple[Array, Array | None]  # data [N, *data_shape], and their conditions


@dataclasses.dataclass(frozen=True)
class Tolerance:
    """The largest loss that a variant may have.

    Attributes:
        nats: absolute difference of the mean ELBO.
        pixels: root mean square difference of reconstructions, relative to the data's range.
    """

    nats: float
    pixels: float


TOLERANCES = {"fp16": Tolerance(0.01, 0.001), "int8": Tolerance(0.5, 0.02)}


def add_variants(
    path: str | os.PathLike[str],
    names: Sequence[str],
    train: Examples,
    test: Examples,
) -> Manifest:
    """Adds variants to an export: those within `TOLERANCES`.

    fp16: weights and products of the networks in half precision, all else unchanged.
    int8: weights in 8 bits per channel; activations too: by the range of each batch in networks
    of dense layers, else by the range that training data and z ~ p(z) show:
    https://onnxruntime.ai/docs/performance/model-optimizations/quantization.html.

    Inputs and outputs remain float32. The loss of a variant is measured on `test` and written to
    the manifest, as is the reason why one was refused.

    Args:
        path: of the export.
        names: "fp16", "int8".
        train, test: data [N, *data_shape], and conditions, or None without them.

    Raises:
        UnknownNameError: no such variant.
    """
    check_variants(names)
    manifest = Manifest.read(path)
    with replaced_directory(path, FILE) as folder, comparing_only():
        shutil.copytree(path, folder, dirs_exist_ok=True)
        for name in names:
            manifest = _add(name, folder, manifest, train, test)
        manifest.write(folder)
    return manifest


def check_variants(names: Sequence[str]) -> None:
    """Raises `UnknownNameError` where a name is not that of a variant."""
    for name in names:
        if name not in _METHODS:
            raise unknown_name("variant", name, _METHODS)


def _add(name: str, folder: Path, manifest: Manifest, train: Examples, test: Examples) -> Manifest:
    weights, graphs = Weights(), {}
    feeds = _feeds(folder, manifest, *train)
    for graph in filter(manifest.graphs.__contains__, _GRAPHS):
        original = manifest.graphs[graph]
        proto = _METHODS[name](onnx.load(folder / original.file), feeds[graph])
        file = f"{graph}.{name}.onnx"
        other_files = write_checked(proto, folder / file, weights)
        graphs[graph] = dataclasses.replace(original, file=file, weights=other_files)
    files = {graph.file: describe(folder / graph.file) for graph in graphs.values()}
    variant = Variant(graphs, nats=0.0, pixels=0.0)
    tried = dataclasses.replace(
        manifest, files={**manifest.files, **files}, variants={**manifest.variants, name: variant}
    )
    nats, pixels = _losses(folder, tried, name, *test)
    most = TOLERANCES[name]
    if not (abs(nats or 0.0) <= most.nats and pixels <= most.pixels):
        for file in files:
            (folder / file).unlink()
        lost = "" if nats is None else f"{nats:.3f} nats, "
        limits = f"{most.nats:g} nats or {most.pixels:g}"
        reason = f"it loses {lost}{pixels:.4f} per pixel: more than {limits}"
        return dataclasses.replace(manifest, refused={**manifest.refused, name: reason})
    variant = dataclasses.replace(variant, nats=nats, pixels=pixels)
    return dataclasses.replace(tried, variants={**manifest.variants, name: variant})


def _losses(
    folder: Path, manifest: Manifest, name: str, x: Array, condition: Array | None
) -> tuple[float | None, float]:
    """Nats, None where there is no score graph, and pixels: see `Tolerance`."""
    whole, small = Model(folder, manifest), Model(folder, manifest, variant=name)
    nats = None
    if "score" in manifest.graphs:
        c = condition if manifest.graphs["score"].takes_condition else None
        elbos = [
            model.elbo(x, num_samples=_DRAWS, condition=c).mean(dtype=np.float64)
            for model in (whole, small)
        ]
        nats = round(float(elbos[0] - elbos[1]), 5)
    pictures = [model.reconstruct(x, condition=condition) for model in (whole, small)]
    error = np.sqrt(np.mean((pictures[0] - pictures[1]) ** 2, dtype=np.float64))
    return nats, round(float(error / (np.max(x) - np.min(x))), 6)


class _Recording(Graphs):
    """Remembers the inputs of its graphs."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        super().__init__(folder, manifest)
        self.feeds: dict[str, list[dict[str, Array]]] = {name: [] for name in manifest.graphs}

    def run(
        self, name: str, *inputs: Array, only: str | None = None, alone: bool = False
    ) -> dict[str, Array]:
        names = (port.name for port in self[name].inputs)
        self.feeds[name].append(dict(zip(names, inputs, strict=True)))
        return super().run(name, *inputs, only=only, alone=alone)


def _feeds(folder: Path, manifest: Manifest, x: Array, condition: Array | None) -> dict[str, Feeds]:
    """Inputs of the graphs for data, and for z ~ p(z)."""
    graphs = _Recording(folder, manifest)
    model = Model(folder, manifest, graphs=graphs)
    places = np.linspace(0, len(x) - 1, min(len(x), _CALIBRATION)).astype(int)
    for i in range(0, len(places), _BATCH):
        rows = places[i : i + _BATCH]
        c = None if condition is None else condition[rows]
        model.encode_mean(x[rows], condition=c)
        z = model.sample_latents(len(rows), condition=c, seed=i)
        model.decode_mean(z, condition=c)
        if "score" in manifest.graphs:
            c = c if manifest.graphs["score"].takes_condition else None
            model.elbo(x[rows], num_samples=1, condition=c, seed=i)
    return {name: graphs.feeds[name] for name in _GRAPHS if name in manifest.graphs}


def _half(proto: onnx.ModelProto, feeds: Feeds) -> onnx.ModelProto:
    others = {node.op_type for node in proto.graph.node} - _NETWORK
    half = float16.convert_float_to_float16(proto, keep_io_types=True, op_block_list=list(others))
    return _sorted(half)


def _eight_bits(proto: onnx.ModelProto, feeds: Feeds) -> onnx.ModelProto:
    with tempfile.TemporaryDirectory() as temporary, _quiet():
        path = Path(temporary) / "graph.onnx"
        if any(node.op_type in _CONVOLUTIONS for node in proto.graph.node):
            quantization.quantize_static(
                proto,
                path,
                _Reader(feeds),
                op_types_to_quantize=list(_NETWORK),
                per_channel=True,
                activation_type=quantization.QuantType.QUInt8,
            )
        else:
            quantization.quantize_dynamic(
                proto, path, op_types_to_quantize=["MatMul"], per_channel=True
            )
        return _sorted(onnx.load(path))


_METHODS: dict[str, Callable[[onnx.ModelProto, Feeds], onnx.ModelProto]] = {
    "fp16": _half,
    "int8": _eight_bits,
}


class _Reader(quantization.CalibrationDataReader):
    def __init__(self, feeds: Feeds) -> None:
        self.feeds = iter(feeds)

    def get_next(self) -> dict[str, Array] | None:
        return next(self.feeds, None)


def _sorted(proto: onnx.ModelProto) -> onnx.ModelProto:
    """With every node after its inputs, as ONNX requires and the converters do not ensure."""
    model = ONNXModel(proto)
    model.topological_sort()
    return model.model


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Without the advice to optimise the graph first: ONNX Runtime does so when it loads it."""
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(logging.NOTSET)
