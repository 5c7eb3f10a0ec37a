"""The runtime keeps the protocol of both halves to the letter."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import get_type_hints

import numpy as np
import pytest

import vaezoo
from vaezoo.protocols import NUM_SAMPLES, Distribution, GenerativeModel
from vaezoo.runtime import Model
from vaezoo.runtime.families import ParametricDistribution

METHODS = [name for name in vars(GenerativeModel) if name[0] != "_" and name != "data_shape"]


def parameters(function: Callable[..., object]) -> list[tuple[object, ...]]:
    """Names, kinds, defaults and types, in order."""
    return [
        (p.name, p.kind, p.default, p.annotation)
        for p in inspect.signature(function).parameters.values()
    ]


def test_the_protocol_has_methods() -> None:
    assert len(METHODS) == 11
    assert isinstance(vaezoo.load("digits_vae"), GenerativeModel)


@pytest.mark.parametrize("name", METHODS)
def test_signatures_are_the_protocol_s(name: str) -> None:
    promised = getattr(GenerativeModel, name)
    assert parameters(getattr(Model, name)) == parameters(promised)
    for _, kind, *_ in parameters(promised)[2:]:
        assert kind is inspect.Parameter.KEYWORD_ONLY
    if name not in ("encode", "decode"):
        assert inspect.signature(getattr(Model, name)).return_annotation == (
            inspect.signature(promised).return_annotation
        )


@pytest.mark.parametrize("name", ["mean", "stddev", "sample", "log_prob", "log_prob_per_value"])
def test_records_have_the_methods_of_a_distribution(name: str) -> None:
    promised, own = getattr(Distribution, name), getattr(ParametricDistribution, name)
    assert parameters(own) == parameters(promised)
    assert get_type_hints(own)["return"] is np.ndarray


def test_further_methods_take_one_argument_by_place() -> None:
    for name in ("classify", "decode_on_device", "to_device"):
        kinds = [kind for _, kind, *_ in parameters(getattr(Model, name))[2:]]
        assert set(kinds) <= {inspect.Parameter.KEYWORD_ONLY}


def test_the_same_lines_run_on_either_half() -> None:
    model: GenerativeModel = vaezoo.load("digits_vae")
    x = np.round(model.generate(6, seed=0))
    z = model.encode(x).sample(seed=0)
    assert z.shape == model.encode_mean(x).shape == (6, model.latent_dim)
    assert model.decode(z).mean().shape == model.decode_mean(z).shape == x.shape
    assert model.elbo(x).shape == model.log_likelihood(x).shape == (6,)
    weights = model.importance_weights(x, seed=3, progress=True)
    assert weights.num_samples == NUM_SAMPLES
    np.testing.assert_array_equal(weights.elbo(), model.elbo(x, seed=3))
    assert (model.log_likelihood(x) >= model.elbo(x)).all()  # Jensen
