"""How fast an exported decoder is in the runtime, against plain ONNX Runtime, the SavedModel in
TensorFlow and PyTorch; and how long a new process takes until its first image.

    python benchmarks/serving.py [ENTRY ...]

The decoders are those of `VAE((28, 28, 1), latent_dim=32)`, an MLP of 2×300 and the default
convolutions; speed does not depend on the values of weights. Each contender has its own process;
they take turns in short blocks, and ratios are of the medians within a round: a machine that slows
down slows all of them. PyTorch runs eagerly, with no gradients, if it is installed.

Writes benchmarks/results/serving.json after each entry; with names, measures only these (again).
--docs rewrites the tables in docs/benchmarks/speed.md.
"""

from __future__ import annotations

import functools
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from report import report
from turns import Turns, contest, summary

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SHAPE, LATENT_DIM = (28, 28, 1), 32
NETWORKS: dict[str, Any] = {"mlp": {"name": "mlp", "hidden": [300, 300]}, "conv": "conv"}
BATCHES = {1: 200, 16: 100, 256: 20}  # calls a block
ROUNDS, COLD_ROUNDS = 25, 9
DECODING = [f"{network}, batch {batch}" for network in NETWORKS for batch in BATCHES]
COLD = "cold start"

# To the first picture, and no further than each library needs.
FIRST_PICTURE = """
import numpy, tensorflow, PIL.Image
model = tensorflow.saved_model.load({folder!r})
x = model.signatures["sample"](num=tensorflow.constant(64), seed=tensorflow.constant(0))["mean"]
x = x.numpy().reshape(8, 8, 8, 8).transpose(0, 2, 1, 3).reshape(64, 64)
PIL.Image.fromarray((255 * x).astype("uint8")).save("picture.png")
"""
ROOT = Path(__file__).parents[1]


def export(network: str, folder: str) -> None:
    """Writes an export, and the decoder's weights in the order of its layers."""
    from vaezoo.export import export_model
    from vaezoo.models import VAE

    model = VAE(SHAPE, LATENT_DIM, network=NETWORKS[network], seed=0)
    export_model(model, folder, preset=network, weights_sha256="0" * 64)
    weights = map(np.asarray, model.decoder.get_weights())
    np.savez(Path(folder, "weights.npz"), **{str(i): w for i, w in enumerate(weights)})


def runtime(folder: str) -> Callable[[np.ndarray], np.ndarray]:
    import vaezoo

    return vaezoo.load(folder).decode_mean


def onnxruntime(folder: str) -> Callable[[np.ndarray], np.ndarray]:
    import onnxruntime

    path = Path(folder, "decoder.onnx")
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return lambda z: session.run(["mean"], {"z": z})[0]


def saved_model(folder: str) -> Callable[[np.ndarray], np.ndarray]:
    import tensorflow as tf

    decode = tf.saved_model.load(Path(folder, "saved_model")).signatures["decode"]
    return lambda z: decode(z=tf.constant(z))["mean"].numpy()


def pytorch(folder: str) -> Callable[[np.ndarray], np.ndarray]:
    import torch

    class Cropped(torch.nn.Module):
        """Without the last row and column, which Keras leaves out too."""

        def forward(self, x: Any) -> Any:
            return x[..., :-1, :-1]

    def tensor(array: np.ndarray) -> Any:
        return torch.nn.Parameter(torch.tensor(array))

    layers: list[Any] = []
    with np.load(Path(folder, "weights.npz")) as file:
        arrays = [file[str(i)] for i in range(len(file.files))]
    pairs = list(zip(arrays[::2], arrays[1::2], strict=True))
    for i, (kernel, bias) in enumerate(pairs):
        if kernel.ndim == 2:
            layer = torch.nn.Linear(*kernel.shape)
            kernel = kernel.T
        elif i < len(pairs) - 1:
            before = pairs[i - 1][0]
            if before.ndim == 2:  # its columns are [height, width, channels]
                side = int((before.shape[1] // kernel.shape[3]) ** 0.5)
                order = np.arange(before.shape[1]).reshape(side, side, -1).transpose(2, 0, 1)
                dense = layers[-2]
                dense.weight = tensor(before.T[order.ravel()])
                dense.bias = tensor(pairs[i - 1][1][order.ravel()])
                layers.append(torch.nn.Unflatten(1, (kernel.shape[3], side, side)))
            layer = torch.nn.ConvTranspose2d(kernel.shape[3], kernel.shape[2], 3, 2)
            kernel = kernel.transpose(3, 2, 0, 1)
        else:
            layer = torch.nn.Conv2d(kernel.shape[2], kernel.shape[3], 3, padding=1)
            kernel = kernel.transpose(3, 2, 0, 1)
        layer.weight, layer.bias = tensor(np.ascontiguousarray(kernel)), tensor(bias)
        layers.append(layer)
        if isinstance(layer, torch.nn.ConvTranspose2d):
            layers.append(Cropped())
        if i < len(pairs) - 1:
            layers.append(torch.nn.ReLU())
    network = torch.nn.Sequential(*layers, torch.nn.Sigmoid()).eval()

    def decode(z: np.ndarray) -> np.ndarray:
        with torch.inference_mode():
            mean: np.ndarray = network(torch.from_numpy(z)).numpy()
        return mean.reshape(-1, *SHAPE)

    return decode


CONTENDERS = {f.__name__: f for f in (runtime, onnxruntime, saved_model, pytorch)}


def contend(name: str, folder: str, batch: int, turns: Turns) -> None:
    """Reports what it decodes, then times blocks of calls: the median of each."""
    z = np.random.default_rng(0).standard_normal((batch, LATENT_DIM), dtype=np.float32)
    decode = CONTENDERS[name](folder)
    turns.ready(decode(z))
    while True:
        turns.wait()
        seconds = []
        for _ in range(BATCHES[batch]):
            start = time.perf_counter()
            decode(z)
            seconds.append(time.perf_counter() - start)
        turns.done(statistics.median(seconds))


def decoding(entry: str) -> dict[str, Any]:
    """Seconds of a call, and its ratio to the runtime's: medians and quartiles over rounds."""
    network, batch = entry.split(", batch ")
    contenders = {name: functools.partial(contend, name) for name in CONTENDERS}
    with tempfile.TemporaryDirectory() as folder:
        arguments = (network, f"{folder}/export")
        worker = multiprocessing.get_context("spawn").Process(target=export, args=arguments)
        worker.start()
        worker.join()
        outcome = contest(contenders, [f"{folder}/export", int(batch)], ROUNDS)
    for pixels in outcome.firsts.values():
        np.testing.assert_allclose(pixels, outcome.firsts["runtime"], atol=1e-5)
    return summary(outcome.rounds, "runtime")


def process(command: list[str], folder: str) -> tuple[float, float]:
    """Wall seconds and peak MiB of one run."""
    start = time.perf_counter()
    run = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    _, status, usage = os.wait4(run.pid, 0)
    seconds = time.perf_counter() - start
    run.returncode = os.waitstatus_to_exitcode(status)
    if run.returncode:
        raise SystemExit(f"{' '.join(command)} failed")
    return seconds, usage.ru_maxrss / 1024


def cold_start() -> dict[str, Any]:
    """New processes: wall time to the first picture, and memory, against `vaezoo generate`."""
    vaezoo = str(Path(sys.executable).with_name("vaezoo"))
    export = str(ROOT / "export" / "digits_vae")
    first_picture = FIRST_PICTURE.format(folder=f"{export}/saved_model")
    commands = {
        "vaezoo generate": [vaezoo, "generate", export, "--seed", "0", "-o", "grid.png"],
        "vaezoo --help": [vaezoo, "--help"],
        "imports alone": [sys.executable, "-c", "import numpy, onnxruntime, PIL.Image"],
        "TensorFlow": [sys.executable, "-c", first_picture],
    }
    runs: dict[str, list[tuple[float, float]]] = {name: [] for name in commands}
    with tempfile.TemporaryDirectory() as folder:
        for round_ in range(COLD_ROUNDS + 1):
            for name, command in commands.items():
                measured = process(command, folder)
                if round_:  # the first round warms the file cache
                    runs[name].append(measured)
    seconds = {name: [time for time, _ in results] for name, results in runs.items()}
    result = summary(seconds, "vaezoo generate")
    for name, results in runs.items():
        result[name]["mebibytes"] = statistics.median(memory for _, memory in results)
    return result


def measure(entries: list[str]) -> Iterator[dict[str, Any]]:
    """Measures entries in turn."""
    for entry in entries:
        yield cold_start() if entry == COLD else decoding(entry)


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    others = {
        "onnxruntime": "ONNX Runtime alone",
        "saved_model": "SavedModel",
        "pytorch": "PyTorch",
    }
    lines = [
        f"| decoding 28×28 pixels | runtime | {' | '.join(others.values())} |",
        "|---|---|" + "---|" * len(others),
    ]
    for entry in filter(results.__contains__, DECODING):
        result = results[entry]
        cells = [entry, _time(result["runtime"]["seconds"])]
        for name in others:
            cells.append(f"{result[name]['ratio']:.2f}×" if name in result else "")
        lines.append("| " + " | ".join(cells) + " |")
    if COLD in results:
        lines += ["", "| new process | time | memory | × `vaezoo generate` |", "|---|---|---|---|"]
        for name, outcome in results[COLD].items():
            seconds, memory = _time(outcome["seconds"]), f"{outcome['mebibytes']:.0f} MiB"
            lines.append(f"| {name} | {seconds} | {memory} | {outcome['ratio']:.2f}× |")
    return "\n".join(lines) + "\n"


def _time(seconds: float) -> str:
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds / 1e-6:.0f} µs"


if __name__ == "__main__":
    report("serving", __doc__, [*DECODING, COLD], measure, table)
