"""What tests of the training half share, beside their fixtures."""

from __future__ import annotations

import dataclasses
import os
import subprocess
import sys
from collections.abc import Iterable
from typing import Any

import pytest

from vaezoo.training import recipe as recipes

# One of each kind of model: of each way to draw z, to learn and to keep state.
KINDS = (
    *("VAE", "AnnealedVAE", "CapacityVAE", "FactorVAE", "AttributeVAE", "IWAE", "DReGIWAE", "WAE"),
    *("VAEGAN", "IAFVAE", "HVAE", "HypersphericalVAE", "PoincareVAE", "CategoricalVAE", "VampVAE"),
    *("SigmaVAE", "PoissonVAE", "LogisticMixtureVAE", "TableVAE", "CVAE", "M2", "TwoLevelVAE"),
    *("ResidualVAE", "VQVAE", "FSQVAE", "PCA", "DenoisingAutoencoder", "RAEGP"),
)


def slow(*values: Any) -> Any:
    """Parameters of a test that is marked slow for these."""
    return pytest.param(*values, marks=pytest.mark.slow)


def each(names: Iterable[str], fast: Iterable[str] = (), late: Iterable[str] = ()) -> list[Any]:
    """Names of models as parameters of a test: those of `fast` for the default run, one of each
    kind for the slow one, the others, and those of `late`, for `-m exhaustive`."""
    marks = {name: [pytest.mark.slow] for name in KINDS} | {name: [] for name in fast}
    marks |= {name: [pytest.mark.exhaustive] for name in late}
    return [pytest.param(n, marks=marks.get(n, [pytest.mark.exhaustive])) for n in names]


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


class OtherProcess:
    """An interpreter that runs `code`, and answers each line that it is asked."""

    def __init__(self, code: str) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
        command = [sys.executable, "-c", code]
        self.process = subprocess.Popen(command, text=True, **pipes)

    def __enter__(self) -> OtherProcess:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()

    def ask(self, question: object) -> str:
        """What stands after "answer: " on a line of its own."""
        print(question, file=self.process.stdin, flush=True)
        for line in self.process.stdout:
            if line.startswith("answer: "):
                return line.removeprefix("answer: ").strip()
        raise RuntimeError(f"the process ended with {self.process.wait()}: see its errors above")
