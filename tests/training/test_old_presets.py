"""What earlier versions saved loads, and gives the numbers that it gave."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import keras
import numpy as np
import pytest
from training_helpers import fresh_process

from vaezoo.models import VAE, LatentVariableModel
from vaezoo.objectives import DecayingWeight
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.protobuf import read_tensor
from vaezoo.runtime.verification import TOLERANCE, relative_difference

ROOT = Path(__file__).parents[2]
PRESETS = sorted(path.name for path in (ROOT / "saved_models").iterdir())

# config.json of a preset by version 0.1, whose objective was called "relaxed".
BY_NAME = """{
  "module": "vaezoo.models.vae",
  "class_name": "VAE",
  "config": {
    "data_shape": [8, 8, 1],
    "latent_dim": 2,
    "likelihood": "bernoulli",
    "network": {"name": "mlp", "hidden": [8]},
    "encoder": null,
    "decoder": null,
    "posterior": "diagonal_normal",
    "prior": "standard_normal",
    "objective": {
      "name": "relaxed",
      "first_weight": 50.0,
      "num_steps": 10,
      "objective": {"name": "factor_adversarial", "weight": 10.0, "critic_hidden": [4]}
    },
    "condition": null,
    "corruption": null,
    "seed": 0,
    "name": "vae",
    "dtype": "float32"
  },
  "registered_name": "vaezoo>VAE"
}"""
# The same, where the objective was given as an object.
AS_OBJECT = """{
  "module": "vaezoo.objectives.relaxed",
  "class_name": "Relaxed",
  "config": {
    "objective": "elbo",
    "first_weight": 50.0,
    "num_steps": 10,
    "latent_dim": null,
    "data_shape": null,
    "name": "relaxed",
    "dtype": "float32"
  },
  "registered_name": "vaezoo>Relaxed"
}"""


def stored(name: str, graph: str) -> tuple[list[np.ndarray], dict[str, np.ndarray]]:
    """Inputs and outputs of a published graph, as they were when it was exported."""
    folder = ROOT / "export" / name
    ports = Manifest.read(folder).graphs[graph]

    def tensor(kind: str, index: int) -> np.ndarray:
        return read_tensor(folder / "test_data_set_0" / graph / f"{kind}_{index}.pb")

    outputs = {port.name: tensor("output", index) for index, port in enumerate(ports.outputs)}
    return [tensor("input", index) for index in range(len(ports.inputs))], outputs


@pytest.mark.parametrize("name", PRESETS)
def test_published_weights_give_what_was_exported(name: str) -> None:
    model = LatentVariableModel.from_preset(name)
    for graph, run in (
        ("decoder", model.likelihood_parameters),
        ("encoder", model.posterior_parameters),
    ):
        inputs, expected = stored(name, graph)
        outputs = {key: np.asarray(value) for key, value in run(*inputs).items()}
        assert relative_difference(outputs, expected) <= TOLERANCE, graph


@pytest.mark.parametrize("objective", [None, json.loads(AS_OBJECT)])
def test_a_config_of_version_0_1(objective: dict[str, Any] | None) -> None:
    config = json.loads(BY_NAME)
    if objective is not None:
        config["config"]["objective"] = objective
    model = keras.saving.deserialize_keras_object(config, safe_mode=True)
    assert type(model) is VAE and type(model.objective) is DecayingWeight
    assert float(model.objective.weight(0)) == pytest.approx(50)
    assert model.latent_dim == 2 and model.encoder.input_shape == (None, 8, 8, 1)


@pytest.mark.slow
def test_a_preset_loads_before_any_model_is_imported() -> None:
    code = "from vaezoo._model import presets; print(presets.load('digits_vae').latent_dim)"
    assert fresh_process(code).split()[-1] == "8"
