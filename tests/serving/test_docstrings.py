"""Examples in the docstrings of the half that serves run without TensorFlow."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import snippets

ROOMS = (
    "datasets",
    "errors",
    "images",
    "metrics",
    "protocols",
    "reference_classifiers",
    "report",
    "runtime",
    "tables",
    "tutorial",
    "world",
    "zoo",
)


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_room_has_examples_that_run(
    room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    np.random.seed(0)
    assert snippets.run_docstrings(f"vaezoo.{room}") > 0, f"vaezoo.{room} has no example"
    assert not list(tmp_path.iterdir()), "an example left files"


def test_a_wrong_example_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "lying.py").write_text('"""\n>>> 1 + 1\n3\n"""\n')
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(AssertionError, match=r"Expected:\s+3\s+Got:\s+2"):
        snippets.run_docstrings("lying")
