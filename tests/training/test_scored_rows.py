"""Which rows get all importance samples, where not all of them do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from vaezoo.datasets.base import evenly_spaced
from vaezoo.evaluation import evaluate
from vaezoo.models import CVAE, VAE

NETWORK = {"name": "mlp", "hidden": [4]}


@dataclass
class Weights:
    """Importance weights whose log-likelihood is known."""

    values: np.ndarray

    def elbo(self) -> np.ndarray:
        return self.values

    def log_likelihood(self) -> np.ndarray:
        return self.values

    def effective_sample_size(self) -> np.ndarray:
        return np.ones(len(self.values))


@pytest.mark.parametrize("model", [VAE, CVAE])
def test_all_samples_go_to_the_rows_that_the_mean_is_corrected_by(
    model: type[VAE], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Row n has a log-likelihood of n, of n + n²/10 with all samples; a wrong label costs 1000."""
    arguments = {"num_classes": 3} if model is CVAE else {}
    made = model((6,), latent_dim=2, network=NETWORK, seed=0, **arguments)

    def weights(
        x: np.ndarray, *, num_samples: int, condition: np.ndarray | None, **_: Any
    ) -> Weights:
        n = np.rint(1000 * x[:, 0])
        wrong = 0 if condition is None else condition != n // 7 % 3
        return Weights(n + (n**2 / 10 if num_samples == 500 else 0) - 1000 * wrong)

    monkeypatch.setattr(made, "importance_weights", weights)
    rows = np.arange(256)
    x = np.tile(rows[:, None] / 1000, (1, 6)).astype(np.float32)
    labels = rows // 7 % 3 if model is CVAE else None
    found = evaluate(made, x, labels, num_samples=500, max_scored=10)["log_likelihood"]
    gains = evenly_spaced(256, 10) ** 2 / 10
    assert found["mean"] == pytest.approx(np.arange(256).mean() + gains.mean())
    errors = np.arange(256).std(ddof=1) / 16, gains.std(ddof=1) / np.sqrt(10)
    assert found["standard_error"] == pytest.approx(np.hypot(*errors))
    assert found["num_examples"] == 10
