"""The Python of README.md and of the pages that train runs as it is shown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import snippets

import vaezoo
from vaezoo.likelihoods import LIKELIHOODS
from vaezoo.models import VAE


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_the_readme_runs_and_its_export_agrees_with_keras() -> None:
    names = snippets.run_page("README.md")
    assert names["scores"].shape == (300,)
    vae, model = names["vae"], names["model"]
    np.testing.assert_allclose(vae.generate(16, seed=0), model.generate(16, seed=0), atol=1e-5)


def test_the_quickstart_runs_on_the_keras_model_too(monkeypatch: pytest.MonkeyPatch) -> None:
    models: dict[str, VAE] = {}
    monkeypatch.setattr(VAE, "save_to_preset", lambda self, path: models.update({path: self}))
    monkeypatch.setattr(vaezoo, "load", models.__getitem__, raising=False)
    names = snippets.run_page("docs/quickstart.md")
    assert names["model"] is names["vae"]
    assert names["samples"].shape == (16, 8, 8, 1) and names["pairs"].shape == (300, 8, 8, 1)
    assert names["z"].shape == (300, 8) and names["nats"].shape == (300,)
    assert names["q"].mean().shape == (300, 8)


@pytest.mark.slow
def test_the_page_on_sequences_runs() -> None:
    names = snippets.run_page("docs/sequences.md")
    assert names["nats"].shape == (64, 7) and names["dream"].returns.shape == (5,)


def test_the_page_on_extending_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIKELIHOODS, "logistic", None)  # removed again after the test
    model = snippets.run_page("docs/extending.md")["model"]
    x = np.random.default_rng(0).normal(size=(64, 64)).astype("float32")
    history = model.fit(x, epochs=1, verbose=0).history
    assert np.isfinite(history["elbo"]).all()
