"""The Python of README.md and of the pages that train runs as it is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import snippets

from vaezoo.likelihoods import LIKELIHOODS


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_readme_runs_and_its_export_agrees_with_keras() -> None:
    names = snippets.run_page("README.md")
    assert names["scores"].shape == (300,)
    vae, model = names["vae"], names["model"]
    np.testing.assert_allclose(vae.generate(16, seed=0), model.generate(16, seed=0), atol=1e-5)


def test_the_quickstart_runs_on_either_half() -> None:
    names = snippets.run_page("docs/quickstart.md")
    shapes = {name: np.shape(names[name]) for name in ("samples", "z", "x", "pairs", "nats")}
    *_, use = snippets.python_blocks("docs/quickstart.md")
    names["vaezoo"] = None  # not needed: the Keras model runs the same lines
    exec(use.partition("\n\n")[2], names | {"model": names["vae"]}, again := {})
    assert {name: np.shape(again[name]) for name in shapes} == shapes


def test_the_page_on_extending_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIKELIHOODS, "logistic", None)  # removed again after the test
    model = snippets.run_page("docs/extending.md")["model"]
    x = np.random.default_rng(0).normal(size=(64, 64)).astype("float32")
    history = model.fit(x, epochs=1, verbose=0).history
    assert np.isfinite(history["elbo"]).all()
