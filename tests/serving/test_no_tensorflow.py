"""The half that serves imports nothing of the half that trains."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"tensorflow", "keras", "tensorflow_probability", "tf2onnx", "onnx", "sklearn", "requests"}


def modules_after(code: str, cwd: Path) -> set[str]:
    code += "\nimport sys; print('\\n'.join(sys.modules))"
    run = [sys.executable, "-c", code]
    return set(subprocess.check_output(run, text=True, cwd=cwd).split())


@pytest.mark.parametrize(
    "code",
    [
        "import vaezoo.runtime, vaezoo.datasets, vaezoo.metrics, vaezoo.images",
        "import vaezoo.report, vaezoo.reference_classifiers, vaezoo.zoo.check, vaezoo.zoo.table",
        "import vaezoo.explorer",
        "import vaezoo.runtime.verification, vaezoo.training.recipe, vaezoo.tutorial",
        "import vaezoo; vaezoo.load('digits_vae').generate(2, seed=0)",
        "from vaezoo.cli.group import group\n"
        "group(['generate', 'digits_vae', '-n', '2', '-o', 'x.png'], standalone_mode=False)",
    ],
)
def test_serving_imports_nothing_heavy(code: str, tmp_path: Path) -> None:
    assert not modules_after(code, tmp_path) & HEAVY


def test_import_is_light(tmp_path: Path) -> None:
    assert not modules_after("import vaezoo", tmp_path) & {"numpy", "onnxruntime", "click", *HEAVY}


def test_help_is_light(tmp_path: Path) -> None:
    code = "import sys; sys.argv = ['vaezoo', '--help']; from vaezoo.cli import main; main()"
    assert not modules_after(code, tmp_path) & {"numpy", "onnxruntime", "click", *HEAVY}
