"""What tests of the training half share, beside their fixtures."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from typing import Any

import pytest

from vaezoo.training import recipe as recipes


def slow(value: Any) -> Any:
    """A parameter of a test that is marked slow for this one."""
    return pytest.param(value, marks=pytest.mark.slow)


def small_recipe(**changes: Any) -> recipes.Recipe:
    """digits_vae, made small: three epochs, few importance samples."""
    recipe = recipes.load_recipe(
        "digits",
        ["training.epochs=3", "evaluation.num_samples=50", "model.network.hidden=[32]"],
    )
    return dataclasses.replace(recipe, **changes)


def fresh_process(code: str, **variables: str) -> str:
    """What `code` prints in a new interpreter; fails with its traceback."""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=os.environ | variables
    )
    assert result.returncode == 0, result.stderr[-3000:]
    return result.stdout
