"""Fixtures of both halves. Nothing here imports TensorFlow: the base install runs tests too."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from node import Node

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
ROOT = Path(__file__).parents[1]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A copy of the shipped export, to damage."""
    return Path(shutil.copytree(ROOT / "export" / "digits_vae", tmp_path / "export"))


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Exports in Node.js; skips where it is not installed and cannot be."""
    return Node(tmp_path_factory.mktemp("node"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAEZOO_CACHE", str(tmp_path / "cache"))
