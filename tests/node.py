"""Exports in Node.js."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from shared_work import SharedWork

EXAMPLE = Path(__file__).parents[1] / "examples" / "node"


class Node:
    """The example of `examples/node`, installed once for all processes of a run."""

    def __init__(self, shared_work: SharedWork, arrays: Path) -> None:
        if not (shutil.which("node") and shutil.which("npm")):
            pytest.skip("needs Node.js and npm")
        self.arrays = arrays
        self.folder = shared_work.once("node", self._install)

    @staticmethod
    def _install(folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        for name in ("package.json", "package-lock.json", "generate.mjs"):
            shutil.copy(EXAMPLE / name, folder)
        install = "npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1"
        try:
            done = subprocess.run(
                install.split(), cwd=folder, capture_output=True, text=True, timeout=300
            )
        except subprocess.TimeoutExpired:
            pytest.skip("npm does not get onnxruntime-node within 5 minutes")
        if done.returncode:
            pytest.skip(f"npm cannot get onnxruntime-node: {done.stderr.strip()[-200:]}")

    def run(
        self, export: Path, noise: np.ndarray, condition: np.ndarray | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Writes noise and condition, and what is generated from them to `out.f32`."""
        files = [self.arrays / name for name in ("noise.f32", "out.f32", "condition.f32")]
        noise.astype("<f4").tofile(files[0])
        files[1].unlink(missing_ok=True)
        if condition is None:
            files.pop()
        else:
            condition.astype("<f4").tofile(files[2])
        command = ["node", "generate.mjs", str(export), *map(str, files)]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)

    def generate(
        self, export: Path, noise: np.ndarray, condition: np.ndarray | None = None
    ) -> np.ndarray:
        """Pictures, flat."""
        done = self.run(export, noise, condition)
        assert done.returncode == 0, done.stderr
        return np.fromfile(self.arrays / "out.f32", "<f4")
