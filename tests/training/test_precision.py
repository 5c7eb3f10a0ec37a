"""Lower precision of the hidden layers: the same ELBO, within noise."""

from __future__ import annotations

import keras
import numpy as np
import pytest

from vaezoo import datasets
from vaezoo.models import VAE


def best_elbo(dtype: str, seed: int) -> float:
    """On validation data, after 40 epochs of the digits."""
    data = datasets.load("digits", binarise="static")
    train, validation = (datasets.as_float(x) for x in (data.train, data.validation))
    keras.utils.set_random_seed(seed)
    vae = VAE((8, 8, 1), 8, network={"name": "mlp", "hidden": [64]}, dtype=dtype, seed=seed)
    vae.compile(keras.optimizers.Adam(2e-3))
    history = vae.fit(
        train, validation_data=validation, epochs=40, batch_size=32, verbose=0
    ).history["val_elbo"]
    assert history[-1] > history[0] + 3
    return max(history)


@pytest.mark.exhaustive  # nine trainings
def test_mixed_policies_train_to_the_same_elbo() -> None:
    """Seeds spread by a tenth of a nat: means of three differ by less than 0.3."""
    means = {
        dtype: np.mean([best_elbo(dtype, seed) for seed in range(3)])
        for dtype in ("float32", "mixed_bfloat16", "mixed_float16")
    }
    for dtype, mean in means.items():
        assert mean == pytest.approx(means["float32"], abs=0.3), dtype
