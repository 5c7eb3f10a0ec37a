"""Networks and Keras' global settings."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from pathlib import Path

import keras
import numpy as np
import pytest
from training_helpers import slow

import vaezoo
from vaezoo import models

SHAPE = (6, 5, 3)
MODELS = {
    "conv": lambda: models.VAE(SHAPE, 2, network={"name": "conv", "filters": [4]}),
    "resnet": lambda: models.VAE(SHAPE, 2, network={"name": "resnet", "widths": [4]}),
    "wide_resnet": lambda: models.VAE(SHAPE, 2, network={"name": "wide_resnet", "widths": [4]}),
    "mlp": lambda: models.VAE(SHAPE, 2, network="mlp"),
    "grid": lambda: models.VQVAE(SHAPE, network={"name": "conv", "widths": [4]}),
    "hierarchy": lambda: models.ConvTwoLevelVAE(SHAPE),
    "residual": lambda: models.ResidualVAE(SHAPE),
}


@pytest.fixture
def channels_first() -> Iterator[None]:
    keras.config.set_image_data_format("channels_first")
    yield
    keras.config.set_image_data_format("channels_last")


@pytest.mark.parametrize("name", MODELS)
def test_networks_have_their_own_layout(name: str, channels_first: None) -> None:
    first = MODELS[name]()
    keras.config.set_image_data_format("channels_last")
    last = MODELS[name]()
    last.set_weights(first.get_weights())
    x = np.random.default_rng(0).random((2, *SHAPE), dtype=np.float32)
    np.testing.assert_array_equal(first.reconstruct(x), last.reconstruct(x))


@pytest.mark.parametrize("name", ["dsprites_beta_tcvae", slow("fashion_vaegan")])
def test_presets(name: str, channels_first: None) -> None:
    model, export = models.LatentVariableModel.from_preset(name), vaezoo.load(name)
    z = model.sample_latents(2, seed=0)
    np.testing.assert_allclose(model.decode_mean(z), export.decode_mean(z), atol=1e-4)


def test_no_layer_is_left_to_the_setting() -> None:
    """Layers with a layout come from `vaezoo.networks.images` only."""
    names = [
        name
        for name, layer in vars(keras.layers).items()
        if inspect.isclass(layer) and "data_format" in inspect.signature(layer.__init__).parameters
    ]
    pattern = re.compile(rf"\blayers\.({'|'.join(names)})\(")
    package = Path(vaezoo.__file__).parent
    found = [path.name for path in package.rglob("*.py") if pattern.search(path.read_text())]
    assert names and not found
