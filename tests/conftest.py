"""Fixtures of both halves. Nothing here imports TensorFlow: the base install runs tests too."""

from __future__ import annotations

import gc
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from budget import pytest_terminal_summary  # noqa: F401  (a hook)
from node import Node
from shared_work import SharedWork

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
# tf2onnx copies a graph before each of its 19 optimisers, to go on where one fails. Here a failure
# is an error, and an export takes half the time.
os.environ.setdefault("TF2ONNX_CATCH_ERRORS", "FALSE")
ROOT = Path(__file__).parents[1]


@pytest.hookimpl(tryfirst=True)  # before pytest-xdist reads the options
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Folders run in two processes where pytest-xdist is installed; single files run in this one.

    `-n 0` and `-p no:xdist` run everything in one process.
    """
    option = config.option
    decided = getattr(option, "numprocesses", 0) is not None or "PYTEST_XDIST_WORKER" in os.environ
    folders = all(Path(path).is_dir() for path in config.args)
    if folders and (os.cpu_count() or 1) > 1 and not (decided or option.usepdb):
        option.numprocesses, option.dist = 2, "worksteal"


def pytest_collection_finish() -> None:
    """What is imported stays: no garbage collection goes through TensorFlow's objects again.

    It saves about a third of the CPU time of tests that build many models.
    """
    gc.freeze()


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(0)


@pytest.fixture
def export(tmp_path: Path) -> Path:
    """A copy of the shipped export, to damage."""
    return Path(shutil.copytree(ROOT / "export" / "digits_vae", tmp_path / "export"))


@pytest.fixture(scope="session")
def shared_work(tmp_path_factory: pytest.TempPathFactory) -> SharedWork:
    """Folders made once, however many processes run the tests."""
    return SharedWork(tmp_path_factory)


@pytest.fixture(scope="session")
def node(shared_work: SharedWork, tmp_path_factory: pytest.TempPathFactory) -> Node:
    """Exports in Node.js; skips where it is not installed and cannot be."""
    return Node(shared_work, tmp_path_factory.mktemp("arrays"))


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAEZOO_CACHE", str(tmp_path / "cache"))
