"""Exports: parity, names, metadata, and nothing left of what fails."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import keras
import numpy as np
import onnx
import pytest
import tensorflow as tf
from node import Node
from training_helpers import fresh_process, slow

import vaezoo
from vaezoo import _noise as noise
from vaezoo import export, models, samplers
from vaezoo._storage.files import describe
from vaezoo.errors import ConfigError, DamagedFileError, ExportError
from vaezoo.export import export_model, exporter, saved_model
from vaezoo.export.graphs import export_graphs
from vaezoo.models import VAE
from vaezoo.runtime import verification
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.protobuf import read_tensor

NETWORK = {"name": "mlp", "hidden": [16]}


def exported(model: VAE, path: Path) -> Manifest:
    return export_model(model, path, preset="mine", weights_sha256="0" * 64, data="none")


@pytest.mark.parametrize(
    "arguments",
    [
        {"data_shape": (7, 5, 1), "network": NETWORK},
        {"data_shape": (7, 5, 1), "network": "conv"},
        slow({"data_shape": (9, 12, 3), "network": "conv", "likelihood": "normal"}),
        {"data_shape": (6,), "likelihood": {"name": "normal", "scale": "per_dimension"}},
        slow({"data_shape": (6,), "likelihood": {"name": "normal", "scale": 0.3}}),
        slow({"data_shape": (6,), "network": {"name": "mlp", "activation": "gated"}}),
        {"data_shape": (6,), "dtype": "mixed_bfloat16"},
    ],
)
def test_keras_saved_model_and_onnx_agree(arguments: Any, tmp_path: Path) -> None:
    model = VAE(latent_dim=3, **arguments)
    manifest = exported(model, tmp_path / "e")
    exact = VAE.from_config(model.get_config() | {"dtype": "float32"})
    exact.set_weights(model.get_weights())
    assert export.difference(export_graphs(exact), tmp_path / "e") <= 1e-5
    manifest.check(tmp_path / "e")
    assert Manifest.read(tmp_path / "e") == manifest
    assert max(verification.verify(tmp_path / "e").values()) <= 1e-5
    x = np.random.default_rng(0).random((5, *model.data_shape), dtype=np.float32)
    runtime = vaezoo.load(tmp_path / "e")
    np.testing.assert_allclose(runtime.reconstruct(x), exact(x), atol=1e-5)
    z = np.random.default_rng(1).normal(size=(300, 3)).astype(np.float32)
    np.testing.assert_allclose(runtime.decode_mean(z), exact.decode(z).mean(), atol=1e-5)
    np.testing.assert_allclose(runtime.encode(x).stddev(), exact.encode(x).stddev(), atol=1e-5)
    np.testing.assert_allclose(runtime.decode(z).stddev(), exact.decode(z).stddev(), atol=1e-5)


@pytest.mark.parametrize(
    "model",
    [
        slow(lambda: models.TwoLevelVAE((7, 5, 1), (2, 3), width=16, seed=0)),
        slow(lambda: models.ConvTwoLevelVAE((7, 5, 1), (2, 3), width=16, seed=0)),
        lambda: models.LadderVAE((6,), (2, 3), widths=(8, 8), likelihood="normal", seed=0),
        slow(lambda: models.ResidualVAE((9, 6, 3), (1, 1), likelihood="normal", seed=0)),
        lambda: models.TwoLevelVAE((7, 5, 1), prior={"name": "vamp", "num_components": 4}, seed=0),
    ],
    ids=("two_level", "conv_two_level", "ladder", "residual", "vamp"),
)
def test_a_hierarchy_takes_one_noise_array_a_group(model: Any, tmp_path: Path) -> None:
    model = model()
    manifest = exported(model, tmp_path / "e")
    ports = manifest.graphs["prior"].inputs
    assert tuple(port.shape[0] for port in ports) == model.noise_dims
    assert [port.name for port in ports] == [f"noise_{i + 1}" for i in range(len(ports))]
    assert max(verification.verify(tmp_path / "e").values()) <= 1e-5
    runtime = vaezoo.load(tmp_path / "e")
    x = np.random.default_rng(0).random((5, *model.data_shape), dtype=np.float32)
    np.testing.assert_allclose(
        runtime.generate(300, seed=1), model.generate(300, seed=1), atol=1e-5
    )
    np.testing.assert_allclose(runtime.reconstruct(x), model(x), atol=1e-5)
    np.testing.assert_allclose(runtime.encode_mean(x), model.encode_mean(x), atol=1e-5)


WIDE = {"name": "wide_resnet", "widths": [4], "dense": 8, "groups": 2, "pixel_width": 4}
SMALL = {"latent_dim": 3, "network": NETWORK, "seed": 0}


@pytest.mark.parametrize(
    "model",
    [
        lambda: models.CVAE((6, 6, 1), num_classes=4, **SMALL),
        lambda: VAE(
            (6,), prior="conditional_normal", condition=VECTOR, likelihood="normal", **SMALL
        ),
        slow(lambda: models.ResidualVAE((6, 6, 3), (1, 1), likelihood="normal", seed=0)),
        lambda: models.DiscretisedLogisticVAE((4, 4, 3), **SMALL),  # few nats: float32 has 7 digits
        lambda: VAE((4, 4, 3), 3, likelihood="colour_logistic_mixture", network=WIDE, seed=0),
        slow(lambda: models.FSQVAE((8, 8, 1), levels=[4, 3], seed=0)),
    ],
    ids=("labels", "vector", "residual", "levels", "colours", "codes"),
)
def test_the_runtime_scores_as_keras_does(
    model: Any, tmp_path: Path, rng: np.random.Generator
) -> None:
    model = model()
    manifest = exported(model, tmp_path / "e")
    shape = (9, *model.data_shape)
    x = model.likelihood.nearest(rng.uniform(0, 1, shape).astype(np.float32))
    condition = None if model.condition is None else model.condition.sample(rng, 9)
    found = export.parity(model, tmp_path / "e", x, condition)
    assert set(found) == {"generate", "reconstruct", "saved_model", "log_likelihood"}
    assert max(found.values()) <= 1e-4, found
    # a score is little more than a way through the weights of the others
    sizes = {name: manifest.files[graph.file].bytes for name, graph in manifest.graphs.items()}
    held = sum(weight.numpy().nbytes for weight in model.weights if weight.numpy().nbytes >= 1024)
    assert sum(sizes.values()) < held + 200_000

    runtime = vaezoo.load(tmp_path / "e")
    weights = runtime.importance_weights(
        x, num_samples=7, condition=None if model.sums_out_condition else condition
    )
    assert np.all(weights.log_likelihood() >= weights.elbo() - 1e-4)


VECTOR = {"name": "vector", "dim": 2}


def test_the_runtime_estimates_what_keras_estimates(tmp_path: Path) -> None:
    """Other noise, the same expectation, to four standard errors."""
    model = VAE((6, 6, 1), **SMALL)
    exported(model, tmp_path / "e")
    x = (np.random.default_rng(0).random((200, 6, 6, 1)) < 0.5).astype(np.float32)
    runtime = vaezoo.load(tmp_path / "e")
    pairs = [m.importance_weights(x, num_samples=200) for m in (runtime, model)]
    for name in ("elbo", "log_likelihood"):
        ours, theirs = (getattr(weights, name)() for weights in pairs)
        error = (ours - theirs).std() / np.sqrt(len(x))
        assert abs((ours - theirs).mean()) < 4 * error < 0.2


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (lambda: models.DirichletVAE((6, 6, 1), **SMALL), "no function of normal noise"),
        pytest.param(
            *(lambda: models.HVAE((6, 6, 1), **SMALL), "ONNX has no BroadcastGradientArgs"),
            marks=pytest.mark.slow,
        ),
        (lambda: models.Autoencoder((6, 6, 1), **SMALL), "no density that was fitted"),
    ],
    ids=("dirichlet", "slopes", "points"),
)
def test_what_cannot_be_exported_says_why(model: Any, reason: str, tmp_path: Path) -> None:
    assert reason in exported(model(), tmp_path / "e").refused["score"]
    with pytest.raises(ConfigError, match=f"mine has no score: .*{reason}"):
        vaezoo.load(tmp_path / "e").elbo(np.zeros((2, 6, 6, 1)))


SOURCES = ("sampler", "prior")


@pytest.mark.parametrize("name", ["mixture", "flow", slow("two_stage"), slow("hypersphere")])
def test_a_fitted_sampler_is_exported(name: str, tmp_path: Path) -> None:
    model = models.Autoencoder((6, 6, 1), **SMALL)
    z = np.random.default_rng(0).normal(3.0, 0.1, (200, 3)).astype(np.float32)
    few = {"flow": {"num_steps": 5}, "two_stage": {"epochs": 1}}
    sampler = samplers.fit_sampler(name, z, **few.get(name, {}))
    export_model(model, tmp_path / "e", preset="mine", weights_sha256="0" * 64, sampler=sampler)
    runtime = vaezoo.load(tmp_path / "e")
    expected = model.generate(300, seed=1, source=sampler)
    np.testing.assert_allclose(runtime.generate(300, seed=1), expected, atol=1e-5)
    radii = [
        np.linalg.norm(runtime.sample_latents(300, seed=1, source=s), axis=1).mean()
        for s in SOURCES
    ]
    np.testing.assert_allclose(radii, (27**0.5, (8 / np.pi) ** 0.5), rtol=0.1)
    with pytest.raises(ConfigError, match="source='posterior': z comes from sampler or prior"):
        runtime.generate(1, source="posterior")


def test_a_sampler_for_each_label_is_exported(tmp_path: Path) -> None:
    model = models.CVAE((6, 6, 1), num_classes=2, **SMALL)
    z = np.random.default_rng(0).normal(0.0, 0.1, (200, 3)).astype(np.float32)
    each = [samplers.fit_sampler("mixture", z + 3 * k, num_components=2) for k in (0, 1)]
    sampler = samplers.ByLabel(each)
    export_model(model, tmp_path / "e", preset="mine", weights_sha256="0" * 64, sampler=sampler)
    runtime, labels = vaezoo.load(tmp_path / "e"), np.arange(300) % 2
    expected = model.generate(300, condition=labels, seed=1, source=sampler)
    made = runtime.generate(300, condition=labels, seed=1)
    np.testing.assert_allclose(made, expected, atol=1e-5)
    found = runtime.sample_latents(300, condition=labels, seed=1)
    np.testing.assert_allclose(found.mean(axis=1), 3 * labels, atol=0.5)
    saved = tf.saved_model.load(str(tmp_path / "e" / "saved_model")).signatures["sample"]
    one_hot = tf.one_hot(labels, 2)
    means = saved(num=tf.constant(300), seed=tf.constant(0), condition=one_hot)["mean"]
    assert np.ptp([means[0::2].numpy().mean(0), means[1::2].numpy().mean(0)], axis=0).max() > 1e-3
    with pytest.raises(ConfigError, match="condition"):
        runtime.generate(3, seed=1)


@pytest.mark.parametrize(
    "model",
    [
        lambda: models.TwoLevelVAE((7, 5, 1), prior={"name": "vamp", "num_components": 4}, seed=0),
        slow(lambda: models.CVAE((6, 6, 1), num_classes=4, prior="conditional_normal", **SMALL)),
        slow(lambda: models.VQVAE((8, 8, 1), codebook_size=8, seed=0)),
    ],
    ids=("groups", "condition", "codes"),
)
def test_node_generates_as_the_runtime_does(
    model: Any, node: Node, tmp_path: Path, rng: np.random.Generator
) -> None:
    model = model()
    manifest = exported(model, tmp_path / "e")
    drawn = noise.standard_normal(20, sum(model.noise_dims), 3)
    condition = None if model.condition is None else model.condition.sample(rng, 20)
    expected = vaezoo.load(tmp_path / "e").generate(20, condition=condition, seed=3)
    found = node.generate(tmp_path / "e", drawn, condition)
    np.testing.assert_allclose(found.reshape(expected.shape), expected, atol=1e-5)
    assert {"prior", "step"} & set(manifest.graphs)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An export of a model of p(x|c)."""
    folder = tmp_path_factory.mktemp("conditional") / "e"
    exported(models.CVAE((6, 6, 1), num_classes=4, **SMALL), folder)
    return folder


class TestConditions:
    def test_labels_in_any_form(self, folder: Path) -> None:
        runtime = vaezoo.load(folder)
        expected = runtime.generate(3, condition=[2, 2, 2], seed=0)
        np.testing.assert_array_equal(runtime.generate(3, condition=2, seed=0), expected)
        np.testing.assert_array_equal(
            runtime.generate(3, condition=np.eye(4)[[2] * 3], seed=0), expected
        )
        assert np.abs(runtime.generate(3, condition=1, seed=0) - expected).max() > 1e-4
        np.testing.assert_array_equal(
            runtime.generate(2, condition=[-1, -1], seed=0),
            runtime.generate(2, condition=np.zeros((2, 4)), seed=0),
        )

    @pytest.mark.parametrize(
        ("condition", "message"),
        [
            (None, r"CVAE has a condition \(labels\): give condition="),
            (4, "in row 0: 4; expected whole numbers from 0 to 3"),
            ([0, 1], "condition has 2 rows: expected 3"),
            (np.zeros((3, 5)), "labels have shape"),
            (0.5, "expected whole numbers"),
            ("a", "dtype"),
            (np.full((3, 4), np.nan), "NaN"),
        ],
    )
    def test_what_is_no_condition(self, folder: Path, condition: Any, message: str) -> None:
        with pytest.raises(ValueError, match=message):
            vaezoo.load(folder).generate(3, condition=condition, seed=0)

    def test_a_condition_of_a_model_without(self, exported_model: Path) -> None:
        with pytest.raises(ConfigError, match="VAE has no condition: leave condition= out"):
            vaezoo.load(exported_model).generate(3, condition=1, seed=0)

    def test_the_saved_model_takes_it(self, folder: Path) -> None:
        sample = tf.saved_model.load(folder / "saved_model").signatures["sample"]
        condition = tf.one_hot([0, 1, 2], 4)
        drawn = sample(num=tf.constant(3), seed=tf.constant(0), condition=condition)
        assert drawn["mean"].shape == (3, 6, 6, 1)


@pytest.fixture
def model() -> VAE:
    return VAE((7, 5, 1), 3, network=NETWORK)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("whole") / "e"
    exported(VAE((7, 5, 1), 3, network=NETWORK), folder)
    return folder


@pytest.fixture
def exported_model(whole: Path, tmp_path: Path) -> Path:
    """An export of a model such as `model`, to damage."""
    return Path(shutil.copytree(whole, tmp_path / "e"))


def test_a_saved_preset_runs_without_tensorflow(model: VAE, tmp_path: Path) -> None:
    model.save_to_preset(tmp_path / "mine")
    runtime = vaezoo.load(tmp_path / "mine")
    assert runtime.manifest.preset == "mine"
    np.testing.assert_allclose(runtime.generate(4, seed=1), model.generate(4, seed=1), atol=1e-5)
    np.testing.assert_array_equal(
        VAE.from_preset(tmp_path / "mine").generate(4, seed=1), model.generate(4, seed=1)
    )


def test_a_preset_saved_anew_without_export_drops_the_old_one(model: VAE, tmp_path: Path) -> None:
    model.save_to_preset(tmp_path)
    model.save_to_preset(tmp_path, export=False)
    with pytest.raises(DamagedFileError, match=r"holds no manifest\.json"):
        vaezoo.load(tmp_path)


def test_onnx_names_axes_and_metadata(exported_model: Path) -> None:
    proto = onnx.load(exported_model / "decoder.onnx")
    assert [item.version for item in proto.opset_import if item.domain == ""] == [18]
    (z,) = proto.graph.input
    assert z.name == "z" and z.type.tensor_type.shape.dim[0].dim_param == "batch"
    assert [output.name for output in proto.graph.output] == ["logits", "mean"]
    for output in proto.graph.output:
        dims = output.type.tensor_type.shape.dim
        assert dims[0].dim_param == "batch" and [d.dim_value for d in dims[1:]] == [7, 5, 1]
    metadata = {item.key: item.value for item in proto.metadata_props}
    assert metadata["preset"] == "mine" and metadata["likelihood"] == "Bernoulli"
    assert metadata["value_range"] == "(0.0, 1.0)" and metadata["version"] == vaezoo.__version__
    assert metadata["weights_sha256"] == "0" * 64 and metadata["data"] == "none"


def test_test_data_are_onnx_s(exported_model: Path) -> None:
    for path in (exported_model / "test_data_set_0").rglob("*.pb"):
        tensor = onnx.TensorProto.FromString(path.read_bytes())
        expected = onnx.numpy_helper.to_array(tensor)
        np.testing.assert_array_equal(read_tensor(path), expected)
        if path.name == "output_0.pb" and path.parent.name == "decoder":
            assert tensor.name == "logits"  # the first output of the file


@pytest.mark.slow
def test_saved_model_needs_tensorflow_only(model: VAE, tmp_path: Path) -> None:
    exported(model, tmp_path / "e")
    code = f"""
import json, sys
import tensorflow as tf
signatures = tf.saved_model.load({str(tmp_path / "e" / "saved_model")!r}).signatures
z = tf.ones([2, 3]); x = tf.ones([2, 7, 5, 1])
sample = lambda seed: signatures["sample"](num=tf.constant(4), seed=tf.constant(seed))["mean"]
print(json.dumps({{
    "default": signatures["serving_default"](z=z)["mean"].numpy().tolist(),
    "decode": signatures["decode"](z=z)["mean"].numpy().tolist(),
    "encode": signatures["encode"](x=x)["mean"].numpy().tolist(),
    "shape": sample(0).shape.as_list(),
    "same": bool((sample(0).numpy() == sample(0).numpy()).all()),
    "other": bool((sample(0).numpy() == sample(1).numpy()).all()),
    "modules": [m for m in ("vaezoo", "tensorflow_probability") if m in sys.modules],
}}))
"""
    found = json.loads(fresh_process(code).splitlines()[-1])
    mean = model.decode(np.ones((2, 3))).mean()
    np.testing.assert_allclose(found["default"], mean, atol=1e-5)
    assert found["default"] == found["decode"]
    code_mean = model.encode(np.ones((2, 7, 5, 1))).mean()
    np.testing.assert_allclose(found["encode"], code_mean, atol=1e-5)
    assert found["shape"] == [4, 7, 5, 1] and found["same"] and not found["other"]
    assert found["modules"] == []


def test_the_saved_model_has_gradients_and_loads_in_silence(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    # TensorFlow's silu brings a gradient of its own.
    vae = VAE((7, 5, 1), 3, network=NETWORK | {"activation": "silu"}, seed=0)
    exported(vae, tmp_path / "e")
    loaded = tf.saved_model.load(tmp_path / "e" / "saved_model")
    assert not caplog.records
    decode = loaded.signatures["decode"]
    z = tf.constant(np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32))
    gradients = []
    for function in (lambda z: decode(z=z)["mean"], lambda z: vae.likelihood_of(z).mean()):
        with tf.GradientTape() as tape:
            tape.watch(z)
            pixels = function(z)
        gradients.append(tape.gradient(pixels, z).numpy())
    assert np.abs(gradients[1]).max() > 0.1
    np.testing.assert_allclose(*gradients, atol=1e-5)


def test_a_saved_models_nodes_are_numbered_and_its_arguments_keep_their_names(
    tmp_path: Path,
) -> None:
    weight = tf.Variable(3.0, name="n1")

    @tf.function(input_signature=[tf.TensorSpec([None], tf.float32, name="n0")])
    def doubled(n0: tf.Tensor) -> dict[str, tf.Tensor]:
        check = tf.debugging.assert_less(n0, 100.0, name="guard")
        with tf.control_dependencies([check]):
            return {"n2": tf.multiply(2 * n0, weight, name="a_long_name")}

    module = tf.Module()
    module.read = [weight]
    tf.saved_model.save(module, tmp_path, {"doubled": doubled.get_concrete_function()})
    before = (tmp_path / "saved_model.pb").read_bytes()
    saved_model.make_small(tmp_path)
    after = (tmp_path / "saved_model.pb").read_bytes()
    assert b"a_long_name" in before and b"a_long_name" not in after
    assert len(after) < 0.8 * len(before)
    function = tf.saved_model.load(tmp_path).signatures["doubled"]
    assert function.structured_outputs["n2"].shape.as_list() == [None]
    assert function(n0=tf.constant([1.0, 2.0]))["n2"].numpy().tolist() == [6.0, 12.0]
    with pytest.raises(tf.errors.InvalidArgumentError):
        function(n0=tf.constant([200.0]))


class Noisy(keras.layers.Layer):
    """A layer whose operation has no ONNX counterpart."""

    def call(self, x: Any) -> Any:
        return x + 1e-3 * tf.random.stateless_normal(tf.shape(x), [0, 1])


@pytest.mark.parametrize("location", ["../secret.bin", "/etc/passwd", "encoder.onnx"])
def test_weights_in_files_that_the_manifest_does_not_name_are_not_read(
    location: str, exported_model: Path, tmp_path: Path
) -> None:
    (tmp_path / "secret.bin").write_bytes(bytes(10_000))
    path = exported_model / "decoder.onnx"
    proto = onnx.load(path)
    tensor = max(proto.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    onnx.external_data_helper.set_external_data(tensor, location, 0, len(tensor.raw_data))
    tensor.ClearField("raw_data")
    path.write_bytes(proto.SerializeToString())
    manifest = exported_model / "manifest.json"
    values = json.loads(manifest.read_text())
    values["files"]["decoder.onnx"] = dataclasses.asdict(describe(path))
    manifest.write_text(json.dumps(values))
    with pytest.raises(DamagedFileError, match=f"refers to '{location}', which its manifest does"):
        vaezoo.load(exported_model).generate(1)


def decoder_with(layer: keras.layers.Layer) -> keras.Model:
    layers = keras.layers
    return keras.Sequential([keras.Input((3,)), layers.Dense(35), layer, layers.Reshape((7, 5, 1))])


def test_an_operation_that_does_not_convert_leaves_nothing(tmp_path: Path) -> None:
    model = VAE((7, 5, 1), 3, network=NETWORK, decoder=decoder_with(Noisy()))
    with pytest.raises(ExportError, match="the decoder does not convert to ONNX"):
        exported(model, tmp_path / "e")
    assert list(tmp_path.iterdir()) == []


def test_graphs_that_disagree_leave_the_old_export(
    model: VAE, exported_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = Manifest.read(exported_model)
    monkeypatch.setattr(exporter, "differences", lambda *_: {"decoder": 0.5})
    with pytest.raises(ExportError, match=r"differ from the model by 5\.0e-01"):
        exported(model, exported_model)
    assert [path.name for path in tmp_path.iterdir()] == ["e"]
    assert Manifest.read(exported_model) == old
    old.check(exported_model)


def test_a_score_that_rounding_changes_is_left_out(
    model: VAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = {"decoder": 1e-7, "encoder": 1e-7, "score": 6e-5}
    monkeypatch.setattr(exporter, "differences", lambda *_: found)
    manifest = exported(model, tmp_path / "e")
    assert "differ from the model's by 6.0e-05" in manifest.refused["score"]
    assert sorted(manifest.graphs) == ["decoder", "encoder"]
    assert not list((tmp_path / "e").rglob("*score*"))
    signatures = tf.saved_model.load(tmp_path / "e" / "saved_model").signatures
    assert "decode" in signatures and "score" not in signatures
    verification.verify(tmp_path / "e")
    with pytest.raises(ConfigError, match=r"mine has no score: .*too few digits"):
        vaezoo.load(tmp_path / "e").elbo(np.zeros((2, 7, 5, 1)))


def test_a_score_that_is_no_number_is_an_error(
    model: VAE, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exporter, "differences", lambda *_: {"score": float("inf")})
    with pytest.raises(ExportError, match="differ from the model by inf"):
        exported(model, tmp_path / "e")


def test_difference_sees_a_difference(model: VAE, tmp_path: Path) -> None:
    exported(model, tmp_path / "e")
    graphs = export_graphs(model)
    assert export.difference(graphs, tmp_path / "e") <= 1e-5
    bias = model.decoder.weights[-1]
    bias.assign(bias + 1e-3)
    assert export.difference(graphs, tmp_path / "e") > 1e-4
    bias.assign(bias * np.nan)
    assert export.difference(graphs, tmp_path / "e") == float("inf")
