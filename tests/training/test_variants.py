"""Smaller variants of an export: what they hold, what they lose, and when they are refused."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest

import vaezoo
from vaezoo import models
from vaezoo.errors import ConfigError, UnknownNameError
from vaezoo.export import add_variants, export_model, variants
from vaezoo.export.variants import Tolerance
from vaezoo.models import VAE
from vaezoo.runtime.manifest import Manifest

NETWORK = {"name": "mlp", "hidden": [64]}


def exported(model: Any, path: Path) -> Path:
    export_model(model, path, preset="mine", weights_sha256="0" * 64, data="none")
    return path


def split(model: Any, rng: np.random.Generator, num: int = 100) -> tuple[np.ndarray, Any]:
    x = rng.uniform(0, 1, (num, *model.data_shape)).astype(np.float32)
    condition = None if model.condition is None else model.condition.sample(rng, num)
    return model.likelihood.nearest(x), condition


@pytest.mark.parametrize(
    "model",
    [
        lambda: VAE((7, 5, 1), 4, network=NETWORK, seed=0),
        lambda: VAE((12, 12, 1), 4, network="conv", likelihood="normal", seed=0),
        lambda: models.CVAE((6, 6, 1), num_classes=4, latent_dim=4, network=NETWORK, seed=0),
        lambda: models.Autoencoder((30,), 4, network=NETWORK, seed=0),
    ],
    ids=("dense", "conv", "condition", "no_score"),
)
def test_variants_are_smaller_and_lose_what_the_manifest_says(
    model: Any, tmp_path: Path, rng: np.random.Generator
) -> None:
    model = model()
    x, condition = split(model, rng)
    folder = exported(model, tmp_path / "e")
    manifest = add_variants(folder, ["fp16", "int8"], split(model, rng), (x, condition))
    assert Manifest.read(folder) == manifest
    manifest.check(folder)
    whole = vaezoo.load(folder)
    sizes = [manifest.files["decoder.onnx"].bytes]
    for name, most in variants.TOLERANCES.items():
        variant = manifest.variants[name]
        sizes.append(manifest.files[f"decoder.{name}.onnx"].bytes)
        small = vaezoo.load(folder, variant=name)
        pair = [runtime.reconstruct(x, condition=condition) for runtime in (whole, small)]
        rms = np.sqrt(np.mean((pair[0] - pair[1]) ** 2)) / np.ptp(x)
        assert rms > 0 and variant.pixels <= most.pixels
        assert variant.pixels == pytest.approx(rms, rel=1e-3, abs=1e-6)
        assert (variant.nats is None) == ("score" not in manifest.graphs)
        if variant.nats is not None:
            # another number of draws than was used for the manifest
            elbos = [
                runtime.elbo(x, num_samples=64, condition=condition, seed=1).mean()
                for runtime in (whole, small)
            ]
            assert abs(variant.nats) <= most.nats
            assert variant.nats == pytest.approx(elbos[0] - elbos[1], abs=0.05)
        # what is no network stays in float32, and so do inputs and outputs
        proto = onnx.load(folder / f"decoder.{name}.onnx", load_external_data=False)
        ports = [*proto.graph.input, *proto.graph.output]
        assert {port.type.tensor_type.elem_type for port in ports} == {onnx.TensorProto.FLOAT}
    assert sizes == sorted(sizes, reverse=True)


def test_fp16_is_the_network_with_rounded_weights(tmp_path: Path, rng: np.random.Generator) -> None:
    model = VAE((7, 5, 1), 4, network=NETWORK, seed=0)
    folder = exported(model, tmp_path / "e")
    add_variants(folder, ["fp16"], split(model, rng), split(model, rng))
    z = rng.normal(size=(50, 4)).astype(np.float32)
    logits = vaezoo.load(folder, variant="fp16").decode(z).parameters["logits"]
    model.set_weights([np.float32(np.float16(weight)) for weight in model.get_weights()])
    expected = model.likelihood_parameters(z)["logits"].numpy()
    # halves have 11 bits, and each of the two layers rounds its inputs and outputs
    np.testing.assert_allclose(logits, expected, atol=4 * 2**-11 * np.abs(expected).max())


def test_int8_rounds_weights_to_255_steps_a_column_and_z_to_256(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    model = VAE((40,), 16, network={"name": "mlp", "hidden": []}, likelihood="bernoulli", seed=0)
    folder = exported(model, tmp_path / "e")
    add_variants(folder, ["int8"], split(model, rng), split(model, rng))
    z = rng.normal(size=(50, 16)).astype(np.float32)
    logits = vaezoo.load(folder, variant="int8").decode(z).parameters["logits"]
    kernel, bias = map(np.asarray, model.decoder.get_weights())
    half_weight = np.abs(kernel).max(axis=0) / 127 / 2  # [40]
    half_z = (max(z.max(), 0) - min(z.min(), 0)) / 255 / 2
    bound = np.abs(z).sum(axis=1, keepdims=True) * half_weight
    bound = bound + half_z * (np.abs(kernel) + half_weight).sum(axis=0)
    error = np.abs(logits - (z @ kernel + bias))
    assert (error <= 1.01 * bound).all()
    assert error.max() > 0.02 * bound.max()


def test_a_score_shares_the_weights_of_its_variant(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    model = VAE((28, 28, 1), 8, network={"name": "mlp", "hidden": [128, 64]}, seed=0)
    folder = exported(model, tmp_path / "e")
    manifest = add_variants(folder, ["int8"], split(model, rng), split(model, rng))
    graph = manifest.variants["int8"].graphs["score"]
    assert graph.weights == ("decoder.int8.onnx", "encoder.int8.onnx")
    assert manifest.files[graph.file].bytes < 0.5 * manifest.files["decoder.int8.onnx"].bytes


def test_what_loses_too_much_is_refused_with_the_reason(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = VAE((7, 5, 1), 4, network=NETWORK, seed=0)
    folder = exported(model, tmp_path / "e")
    monkeypatch.setitem(variants.TOLERANCES, "int8", Tolerance(0.5, 1e-6))
    manifest = add_variants(folder, ["fp16", "int8"], split(model, rng), split(model, rng))
    assert list(manifest.variants) == ["fp16"]
    assert "per pixel: more than 0.5 nats or 1e-06" in manifest.refused["int8"]
    assert not list(folder.glob("*int8*"))
    with pytest.raises(ConfigError, match="mine has no int8: it loses"):
        vaezoo.load(folder, variant="int8")
    with pytest.raises(UnknownNameError, match=r"unknown variant 'int4'.* Known: fp16\."):
        vaezoo.load(folder, variant="int4")


def test_a_failure_leaves_the_export_as_it_was(
    tmp_path: Path, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = VAE((7, 5, 1), 4, network=NETWORK, seed=0)
    folder = exported(model, tmp_path / "e")
    before = Manifest.read(folder)
    with pytest.raises(UnknownNameError, match=r"unknown variant 'int4'.* Known: fp16, int8"):
        add_variants(folder, ["int4"], split(model, rng), split(model, rng))

    def fail(*_: Any) -> Any:
        raise RuntimeError("no room")

    monkeypatch.setitem(variants._METHODS, "int8", fail)
    with pytest.raises(RuntimeError, match="no room"):
        add_variants(folder, ["fp16", "int8"], split(model, rng), split(model, rng))
    assert Manifest.read(folder) == before
    before.check(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["e"]
