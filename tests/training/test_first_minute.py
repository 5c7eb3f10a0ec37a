"""The first minute: nothing of TensorFlow's start-up shows, and slips are answered at once."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

NOISE = re.compile(r"absl|oneDNN|cuda|port\.cc|InitializeLog|^[IWE]\d{4} |rebuild TensorFlow", re.I)
MAIN = "import sys; from vaezoo.cli import main; main()"


def run(code: str, *arguments: object, **variables: str) -> subprocess.CompletedProcess[str]:
    """A fresh process without the log level that the tests set."""
    environment = {k: v for k, v in os.environ.items() if k != "TF_CPP_MIN_LOG_LEVEL"} | variables
    command = [sys.executable, "-c", code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=environment)


IMPORT = """
import os
from vaezoo import Trace
import vaezoo.models
from vaezoo import _training
with _training._without_log():
    os.write(2, b"E0000 00:00:1.2 3 cuda.cc:4] hidden\\nother lines pass\\n")
"""


def test_importing_the_models_is_silent() -> None:
    result = run(IMPORT)
    assert (result.returncode, result.stdout, result.stderr) == (0, "", "other lines pass\n")


def test_training_shows_progress_figures_and_what_next(tmp_path: Path) -> None:
    out = tmp_path / "digits"
    changes = ("training.epochs=1", "evaluation.num_samples=5", "model.network.hidden=[8]")
    options = [word for change in changes for word in ("--set", change)]
    result = run(MAIN, "train", "digits", "--out", out, *options)
    assert result.returncode == 0, result.stderr
    lines = (result.stdout + result.stderr).splitlines()
    assert [line for line in lines if NOISE.search(line)] == []
    assert "lower bound of log p(x), nats per example" in result.stdout
    assert len([line for line in lines if not line.startswith("warning: ")]) < 20
    assert f"vaezoo evaluate {out} --report" in result.stdout
    steps = dict(re.findall(r"^  (generate|Python) +(.*)$", result.stdout, re.M))
    picture = tmp_path / "samples.png"
    words = steps["generate"].replace("samples.png", str(picture)).split()[1:]
    assert run(MAIN, *words).returncode == 0 and picture.exists()
    assert run(f"import vaezoo; {steps['Python']}").returncode == 0


def test_a_level_that_the_user_sets_stays() -> None:
    code = "import os, vaezoo._training, tensorflow; print(os.environ['TF_CPP_MIN_LOG_LEVEL'])"
    result = run(code, TF_CPP_MIN_LOG_LEVEL="0")
    assert result.stdout == "0\n" and NOISE.search(result.stderr)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["trian"], "unknown command 'trian': did you mean 'train'"),
        (["train", "digitz"], "did you mean 'digits'"),
        (["train", "digits", "--model", "BetaVEA"], "did you mean 'BetaVAE'"),
        (["train", "digits", "--set", "training.epoch=1"], "did you mean 'epochs'"),
        (["evaluate", "digit_vae"], "did you mean 'digits_vae'"),
        (["export", "digit_vae", "--out", "x"], "did you mean 'digits_vae'"),
    ],
)
def test_slips_are_answered_without_tensorflow(arguments: list[str], message: str) -> None:
    code = f"import sys\ntry:\n    {MAIN}\nfinally:\n    assert 'tensorflow' not in sys.modules"
    result = run(code, *arguments)
    assert result.returncode == 1 and message in result.stderr
    assert result.stderr.count("\n") == 1
