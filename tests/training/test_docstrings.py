"""Examples in the docstrings of the half that trains."""

from __future__ import annotations

from pathlib import Path

import pytest
import snippets

ROOMS = (
    "conditions",
    "corruptions",
    "evaluation",
    "export",
    "likelihoods",
    "models",
    "networks",
    "objectives",
    "posteriors",
    "priors",
    "quantisers",
    "samplers",
    "sequences",
    "training",
)


@pytest.mark.parametrize("room", ROOMS)
def test_every_public_room_has_examples_that_run(
    room: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert snippets.run_docstrings(f"vaezoo.{room}") > 0, f"vaezoo.{room} has no example"
    assert not list(tmp_path.iterdir()), "an example left files"
