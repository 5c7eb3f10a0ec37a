"""Fixtures of the half that trains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("tensorflow", reason="the train extra is not installed")

import keras
import tensorflow as tf
from shared_work import SharedWork
from training_helpers import small_recipe

from vaezoo.training import run


@pytest.fixture(autouse=True)
def _seed() -> None:
    keras.utils.set_random_seed(0)


@pytest.fixture
def _eager() -> Iterator[None]:
    """Without graphs, which take longer to make than a few rows."""
    tf.config.run_functions_eagerly(True)
    yield
    tf.config.run_functions_eagerly(False)
    keras.backend.clear_session()


@pytest.fixture
def binary(rng: np.random.Generator) -> np.ndarray:
    """256 binary images of 7×5 pixels with structure: a bright half, upper or lower."""
    top = rng.random((256, 1, 1, 1)) < 0.5
    rows = np.arange(7).reshape(1, 7, 1, 1) < 3
    p = np.where(rows == top, 0.9, 0.1)
    return (rng.random((256, 7, 5, 1)) < p).astype(np.float32)


@pytest.fixture(scope="session")
def trained(shared_work: SharedWork) -> Path:
    """The folder of a finished run of `small_recipe`."""
    return shared_work.once("small", lambda out: run.train(small_recipe(), out, progress=False))
