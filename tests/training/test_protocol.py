"""Both halves keep `vaezoo.protocols.GenerativeModel`, to the letter and in what they compute."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import vaezoo
from vaezoo import runtime
from vaezoo._model import array_methods
from vaezoo.errors import ConfigError, DataError
from vaezoo.models import CVAE, M2, MODELS, VAE, VQVAE, LatentVariableModel, TwoLevelVAE
from vaezoo.protocols import GenerativeModel

METHODS = [name for name, value in vars(GenerativeModel).items() if inspect.isfunction(value)]
METHODS = [name for name in METHODS if not name.startswith("_")]
SHAPE = (7, 5, 1)
NETWORK = {"name": "mlp", "hidden": [8]}


def signature(function: Callable[..., Any]) -> list[tuple[str, object, object]]:
    """Name, kind and default of every parameter."""
    parameters = inspect.signature(function).parameters.values()
    return [(item.name, item.kind, item.default) for item in parameters]


def differences(cls: type) -> list[str]:
    return [
        name
        for name in METHODS
        if not hasattr(cls, name)
        or signature(getattr(cls, name)) != signature(getattr(GenerativeModel, name))
    ]


@pytest.mark.parametrize(
    "cls", [LatentVariableModel, runtime.Model, *MODELS.values()], ids=lambda cls: cls.__name__
)
def test_signatures(cls: type) -> None:
    assert len(METHODS) == 11
    assert differences(cls) == []


def test_signatures_are_compared_by_name_kind_and_default() -> None:
    class Other(VAE):
        def decode(self, z: Any, condition: Any = None) -> Any: ...

        def generate(self, num: int, *, seed: Any = 0, condition: Any = None) -> Any: ...

        def elbo(self, x: Any, *, num_samples: int = 5) -> Any: ...

    assert differences(Other) == ["decode", "generate", "elbo"]


def arrays(model: Any, x: np.ndarray, condition: Any = None) -> dict[str, np.ndarray]:
    """The same lines for either half."""
    c = {} if condition is None else {"condition": condition}
    z = model.encode_mean(x, **c)
    p = model.decode(z, **c)
    noise = np.random.default_rng(0).standard_normal((len(x), 3, z.shape[1]), np.float32)
    return {
        "z": z,
        "p.mean": p.mean(),
        "p.stddev": p.stddev(),
        "decode_mean": model.decode_mean(z, **c),
        "reconstruct": model.reconstruct(x, **c),
        "sample_latents": model.sample_latents(4, seed=1, **c),
        "generate": model.generate(4, seed=1, source="prior", **c),
        "score": model.score(x, noise=noise, **c),
    }


CASES = {
    "VAE": (lambda: VAE(SHAPE, 3, network=NETWORK, seed=0), None),
    "CVAE": (lambda: CVAE(SHAPE, 3, num_classes=3, network=NETWORK, seed=0), 2),
    "TwoLevelVAE": (lambda: TwoLevelVAE(SHAPE, latent_dims=[2, 3], seed=0), None),
}


@pytest.mark.parametrize("name", CASES)
def test_the_same_lines_run_on_a_model_and_on_its_export(
    name: str, binary: np.ndarray, tmp_path: Path
) -> None:
    build, condition = CASES[name]
    model = build()
    model.compile("adam", run_eagerly=True)
    labels = np.arange(len(binary)) % 3
    model.fit(binary, None if condition is None else labels, epochs=1, verbose=0)
    model.save_to_preset(tmp_path / "preset")
    export = vaezoo.load(tmp_path / "preset")
    x = binary[:20]
    ours, theirs = arrays(model, x, condition), arrays(export, x, condition)
    for key, value in ours.items():
        np.testing.assert_allclose(theirs[key], value, atol=1e-4, err_msg=key)
    c = {} if condition is None else {"condition": condition}
    for half in (model, export):
        assert isinstance(half, GenerativeModel)
        assert (half.data_shape, half.latent_dim) == (SHAPE, model.latent_dim)
        for method in ("encode_mean", "reconstruct", "score", "elbo", "log_likelihood"):
            more = {"noise": np.zeros((20, 1, half.latent_dim))} if method == "score" else {}
            result = getattr(half, method)(x, **more, **c)
            assert isinstance(result, np.ndarray), method
        bound = half.elbo(x, num_samples=2000, **c)
        assert (bound < half.log_likelihood(x, num_samples=2000, **c)).all()
        weights = half.importance_weights(x, num_samples=2000, **c)
        np.testing.assert_array_equal(bound, weights.elbo())
    if name != "TwoLevelVAE":  # whose q(z|x) is not determined by the encoder's outputs
        posteriors = [half.encode(x, **c) for half in (model, export)]
        for moment in ("mean", "stddev"):
            np.testing.assert_allclose(*(getattr(q, moment)() for q in posteriors), atol=1e-4)
        assert all(q.sample(seed=3).shape == (20, model.latent_dim) for q in posteriors)
    bounds = [half.elbo(x, num_samples=2000, **c) for half in (model, export)]
    np.testing.assert_allclose(*bounds, atol=0.5)  # by other noise


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (lambda m, x: m.encode(x[0]), "x has shape"),
        (lambda m, x: m.encode_mean(x + 1), "x has values from"),
        (lambda m, x: m.reconstruct(np.full_like(x, np.nan)), "x has NaN"),
        (lambda m, x: m.decode(np.zeros((2, 4))), "z has shape"),
        (lambda m, x: m.decode_mean(np.full((2, 3), np.inf)), "z has NaN or infinite"),
        (lambda m, x: m.score(x, noise=np.zeros((1, 2, 3))), "noise has shape"),
        (lambda m, x: m.score(x), "noise is None"),
        (lambda m, x: m.encode(x, condition=1), "has no condition"),
        (lambda m, x: m.generate(2, condition=1), "has no condition"),
        (lambda m, x: m.generate(2, source="best"), "source='best'"),
        (lambda m, x: m.sample_latents(0), "num=0"),
        (lambda m, x: m.sample_latents(1, seed=-1), "seed=-1"),
        (lambda m, x: m.elbo(x, num_samples=0), "num_samples=0"),
    ],
)
def test_arguments_are_checked(call: Callable[..., object], error: str, binary: np.ndarray) -> None:
    model = CASES["VAE"][0]()
    with pytest.raises((ConfigError, DataError), match=error):
        call(model, binary[:3])


def test_one_condition_stands_for_all(binary: np.ndarray) -> None:
    model, x = CASES["CVAE"][0](), binary[:5]
    one_hot = np.eye(3)[[2] * 5]
    for condition in ([2] * 5, one_hot):
        for method in ("encode_mean", "reconstruct"):
            expected = getattr(model, method)(x, condition=condition)
            np.testing.assert_array_equal(getattr(model, method)(x, condition=2), expected)
        expected = model.generate(5, condition=condition, seed=0)
        np.testing.assert_array_equal(model.generate(5, condition=2, seed=0), expected)
        expected = model.log_likelihood(x, condition=condition, num_samples=3)
        np.testing.assert_array_equal(model.log_likelihood(x, condition=2, num_samples=3), expected)
    assert np.abs(model.generate(5, condition=1, seed=0) - expected[0]).max() > 0
    with pytest.raises(ConfigError, match="give condition="):
        model.encode(x)
    with pytest.raises(DataError, match="condition has 4 rows: expected 5, one per example"):
        model.encode(x, condition=[0, 1, 2, 0])
    vector = VAE(SHAPE, 3, network=NETWORK, condition={"name": "vector", "dim": 2}, seed=0)
    expected = vector.generate(4, condition=[[0.5, -1.0]] * 4, seed=0)
    np.testing.assert_array_equal(vector.generate(4, condition=[0.5, -1.0], seed=0), expected)


def test_labels_that_are_latents_are_inferred(binary: np.ndarray) -> None:
    model, x = M2(SHAPE, 3, num_classes=3, network=NETWORK, hidden=[8], seed=0), binary[:300]
    probabilities = model.classify(x)
    assert probabilities.shape == (len(x), 3)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)
    labels = probabilities.argmax(axis=1)
    np.testing.assert_array_equal(model.encode_mean(x), model.encode_mean(x, condition=labels))
    np.testing.assert_array_equal(model.reconstruct(x), model.reconstruct(x, condition=labels))
    with pytest.raises(ConfigError, match="M2 scores x alone: leave condition= out"):
        model.elbo(x, condition=labels)


GRID = {"name": "mlp", "positions": 2, "hidden": [8]}


@pytest.mark.parametrize(
    "build",
    [
        CASES["VAE"][0],
        CASES["TwoLevelVAE"][0],
        lambda: VQVAE(SHAPE, channels=4, codebook_size=8, network=GRID, seed=0),
    ],
    ids=["VAE", "TwoLevelVAE", "VQVAE"],
)
def test_batches_do_not_change_results(
    build: Callable[[], Any], binary: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, x, sizes = build(), binary[:20], []
    outputs = model.decoder_outputs

    def counting(z: Any, *rest: Any) -> Any:
        sizes.append(len(z))
        return outputs(z, *rest)

    def results() -> list[np.ndarray]:
        p = model.decode(model.encode_mean(x))
        return [p.mean(), model.reconstruct(x), model.generate(20, seed=0)]

    expected = results()
    monkeypatch.setattr(array_methods.in_batches, "__kwdefaults__", {"rows": 8})
    object.__setattr__(model, "decoder_outputs", counting)
    for result, value in zip(results(), expected, strict=True):
        np.testing.assert_allclose(result, value, atol=1e-5)
    assert sizes == [8, 8, 4] * 3
