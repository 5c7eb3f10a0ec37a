"""Exports in Node.js."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest

EXAMPLE = Path(__file__).parents[1] / "examples" / "node"


class Node:
    """The example of `examples/node`, installed in a folder."""

    def __init__(self, folder: Path) -> None:
        if not (shutil.which("node") and shutil.which("npm")):
            pytest.skip("needs Node.js and npm")
        self.folder = folder
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
        noise.astype("<f4").tofile(self.folder / "noise.f32")
        (self.folder / "out.f32").unlink(missing_ok=True)
        command = ["node", "generate.mjs", str(export), "noise.f32", "out.f32"]
        if condition is not None:
            condition.astype("<f4").tofile(self.folder / "condition.f32")
            command.append("condition.f32")
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120)

    def generate(
        self, export: Path, noise: np.ndarray, condition: np.ndarray | None = None
    ) -> np.ndarray:
        """Pictures, flat."""
        done = self.run(export, noise, condition)
        assert done.returncode == 0, done.stderr
        return np.fromfile(self.folder / "out.f32", "<f4")
