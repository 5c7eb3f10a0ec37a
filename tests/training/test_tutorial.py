"""Every chapter runs as it is printed: those without TensorFlow, where the site is built."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from snippets import ROOT

from vaezoo import tutorial

WITH_TENSORFLOW = [
    pytest.param(
        name, marks=pytest.mark.slow if name == "own_data" else pytest.mark.exhaustive
    )  # a minute or two each
    for name, chapter in tutorial.chapters().items()
    if chapter.trains
]


@pytest.mark.parametrize("name", WITH_TENSORFLOW)
def test_a_chapter_runs(name: str, tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "docs" / "chapters.py"), "--execute", str(tmp_path), name]
    paths = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "PYTHONPATH": paths, "TF_NUM_INTRAOP_THREADS": "2"}
    result = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert result.returncode == 0, result.stderr[-3000:]
    found = json.loads((tmp_path / "outputs.json").read_text(encoding="utf-8"))
    assert any(kind == "picture" for cell in found["outputs"] for kind, _ in cell)
