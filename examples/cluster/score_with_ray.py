"""Scores data on many cores or machines: Ray Data sends batches to processes, each of which holds
the model on ONNX Runtime.

    pip install "vaezoo[cluster]"
    python score_with_ray.py digits_vae folder/of/npy/files scores.npy
"""

from __future__ import annotations

import sys

import numpy as np
import ray
from ray.data import DataContext

import vaezoo


class Scorer:
    """Loaded once per process; the preset is downloaded once per machine."""

    def __init__(self, name: str) -> None:
        self.model = vaezoo.load(name, num_threads=1)

    def __call__(self, batch: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        return {"score": self.model.log_likelihood(batch["data"], num_samples=64)}


def main(name: str, data: str, out: str) -> None:
    DataContext.get_current().execution_options.preserve_order = True
    examples = ray.data.read_numpy(data)
    pool = ray.data.ActorPoolStrategy(min_size=1, max_size=64)
    scores = examples.map_batches(
        Scorer, fn_constructor_args=(name,), batch_size=64, num_cpus=1, compute=pool
    )
    batches = [batch["score"] for batch in scores.iter_batches(batch_format="numpy")]
    np.save(out, np.concatenate(batches))


if __name__ == "__main__":
    main(*sys.argv[1:])
