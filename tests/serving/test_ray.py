"""The runtime in the processes of Ray."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vaezoo

EXAMPLE = Path(__file__).parents[2] / "examples" / "cluster" / "score_with_ray.py"
QUIET = {"RAY_ADDRESS": "local", "RAY_USAGE_STATS_ENABLED": "0", "RAY_AUTH_MODE": "disabled"}


def test_ray_gives_the_scores_of_one_process(
    rng: np.random.Generator, export: Path, tmp_path: Path
) -> None:
    if not all(importlib.util.find_spec(name) for name in ("ray", "pyarrow")):
        pytest.skip('needs Ray Data: pip install "vaezoo[cluster]"')
    x = (rng.random((3, 128, 8, 8, 1)) < 0.3).astype(np.float32)
    (tmp_path / "data").mkdir()
    for index, part in enumerate(x):
        np.save(tmp_path / "data" / f"{index}.npy", part)
    command = [sys.executable, EXAMPLE, export, tmp_path / "data", tmp_path / "scores.npy"]
    done = subprocess.run(
        [*map(str, command)], env=os.environ | QUIET, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stderr[-3000:]
    model, batches = vaezoo.load(export), x.reshape(6, 64, 8, 8, 1)
    expected = [model.log_likelihood(batch, num_samples=64) for batch in batches]
    np.testing.assert_allclose(np.load(tmp_path / "scores.npy"), np.ravel(expected), rtol=1e-6)
