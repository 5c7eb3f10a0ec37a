"""How much memory training takes when the data are larger than memory.

    pip install -e ".[train,bench]"
    python benchmarks/memory.py [ENTRY ...]

Writes random data, trains on it for one epoch in a separate process, as `vaezoo train --data` does,
and records the resident size every 32 steps: for a .npy file of 10 GB, and for a folder of 60,000
PNG images. Needs 11 GB of disk, in the folder that TMPDIR names.

Writes benchmarks/results/memory.json and docs/images/memory.png; --docs also rewrites the table.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from report import DOCS, report

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

SHAPE, GIGABYTES, IMAGES = (64, 64, 3), 10, 60_000
ARRAY, FOLDER = "array of 10 GB", "folder of 60,000 images"
STEADY = 500  # steps after which nothing may grow


def write_array(path: Path) -> Path:
    """A .npy file of random bytes."""
    size = int(np.prod(SHAPE))
    count = GIGABYTES * 10**9 // size
    rng = np.random.default_rng(0)
    array = np.lib.format.open_memmap(path / "x.npy", "w+", np.uint8, (count, *SHAPE))
    for start in range(0, count, 10_000):
        rows = array[start : start + 10_000]
        rows[:] = np.frombuffer(rng.bytes(rows.size), np.uint8).reshape(rows.shape)
    array.flush()
    return path / "x.npy"


def write_images(path: Path) -> Path:
    """A folder of PNG images."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for index in range(IMAGES):
        pixels = rng.integers(0, 256, (8, 8, 3), dtype=np.uint8)
        image = Image.fromarray(pixels).resize(SHAPE[:2])
        image.save(path / f"{index:05}.png", compress_level=1)
    return path


WRITERS = {ARRAY: write_array, FOLDER: write_images}


def train(path: Path, pipe: Connection) -> None:
    """Trains for an epoch: steps, and MiB after them."""
    import keras
    import psutil
    import tensorflow as tf

    from vaezoo import datasets
    from vaezoo._model import pipeline
    from vaezoo.models import VAE

    process = psutil.Process()
    sizes: list[tuple[int, float]] = []

    class Watch(keras.callbacks.Callback):
        def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
            sizes.append((batch + 1, process.memory_info().rss / 2**20))

    data = datasets.load(str(path), image_size=SHAPE[0])
    network = {"name": "mlp", "hidden": [64]}
    model = VAE(data.data_shape, 16, likelihood="normal", network=network, seed=0)
    model.compile("adam")
    epoch = tf.Variable(0, dtype=tf.int64)
    batches = pipeline.shuffled(data.train, 64, epoch=epoch, seed=0)
    start = time.perf_counter()
    model.fit(batches, shuffle=False, callbacks=[Watch()], verbose=0)
    pipe.send({"sizes": sizes, "seconds": time.perf_counter() - start})


def measure(entries: list[str]) -> Iterator[dict[str, Any]]:
    """Measures entries in turn."""
    spawn = multiprocessing.get_context("spawn")
    for entry in entries:
        with tempfile.TemporaryDirectory() as folder:
            path = WRITERS[entry](Path(folder))
            pipe, end = spawn.Pipe()
            spawn.Process(target=train, args=(path, end)).start()
            result = pipe.recv()
        late = [size for step, size in result["sizes"] if step > STEADY]
        result["largest"] = max(size for _, size in result["sizes"])
        result["growth"] = float(np.mean(late[-10:]) - np.mean(late[:10]))
        yield result


def draw(results: dict[str, Any]) -> None:
    """The curves, as a picture."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(7, 3.2), layout="constrained")
    for name, result in results.items():
        axes.plot(*zip(*result["sizes"], strict=True), label=name)
    axes.axhline(2048, color="grey", linestyle=":", label="2 GiB")
    axes.axvline(STEADY, color="grey", linewidth=0.5)
    axes.set(xlabel="training steps", ylabel="resident MiB", ylim=(0, 2300), xscale="log")
    axes.legend()
    figure.savefig(DOCS / "images" / "memory.png", dpi=110)


def table(results: dict[str, Any]) -> str:
    """The results as Markdown."""
    draw(results)
    lines = [
        "| one epoch of | steps | largest resident size | growth after step 500 | time |",
        "|---|---|---|---|---|",
    ]
    for name, result in results.items():
        steps = result["sizes"][-1][0]
        lines.append(
            f"| {name} | {steps:,} | {result['largest']:.0f} MiB | {result['growth']:+.0f} MiB | "
            f"{result['seconds']:.0f} s |"
        )
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    report("memory", __doc__, WRITERS, measure, table)
