"""The runtime: values, batches, and what it refuses."""

from __future__ import annotations

import functools
import hashlib
import json
import multiprocessing
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

import vaezoo
from vaezoo import _noise as noise
from vaezoo import zoo
from vaezoo.errors import ConfigError, DamagedFileError, DataError, UnknownNameError
from vaezoo.runtime import manifest, protobuf, verification
from vaezoo.runtime.graphs import ROWS
from vaezoo.runtime.model import Model


@pytest.fixture(scope="module")
def model() -> Model:
    return vaezoo.load("digits_vae")


def test_generation_is_decoding_of_numpy_noise(model: Model) -> None:
    z = np.random.default_rng(7).standard_normal((5, model.latent_dim), dtype=np.float32)
    np.testing.assert_array_equal(model.generate(5, seed=7), model.decode_mean(z))


def test_one_seed_one_picture(model: Model) -> None:
    again = vaezoo.load("digits_vae").generate(64, seed=0)
    np.testing.assert_array_equal(model.generate(64, seed=0), again)
    assert not np.array_equal(model.generate(4), model.generate(4))


def test_large_batches_are_split(model: Model, rng: np.random.Generator) -> None:
    z = rng.standard_normal((2 * ROWS["cpu"] + 3, model.latent_dim))
    one_by_one = np.concatenate([model.decode_mean(row[None]) for row in z[-5:]])
    decoded = model.decode_mean(z)
    assert decoded.shape == (len(z), 8, 8, 1)
    np.testing.assert_allclose(decoded[-5:], one_by_one, atol=1e-6)


def test_what_stays_on_the_device_is_the_same(model: Model, rng: np.random.Generator) -> None:
    z = rng.standard_normal((2 * ROWS["cpu"] + 3, model.latent_dim), dtype=np.float32)
    found = model.decode_on_device(model.to_device(z))
    assert (found.device_name(), found.shape()) == ("cpu", [len(z), 8, 8, 1])
    np.testing.assert_allclose(found.numpy(), model.decode_mean(z), atol=1e-6)
    x = model.decode_mean(z)
    np.testing.assert_allclose(
        model.reconstruct(x), model.decode_mean(model.encode_mean(x)), atol=1e-6
    )


def test_threads_share_a_model(rng: np.random.Generator) -> None:
    model = vaezoo.load("digits_vae")
    batches = [rng.standard_normal((1 + i % 5, 8)) for i in range(200)]
    with ThreadPoolExecutor(8) as pool:  # the first calls open the session at once
        found = list(pool.map(model.decode_mean, batches))
    for z, pictures in zip(batches, found, strict=True):
        np.testing.assert_allclose(pictures, model.decode_mean(z), atol=1e-6)


# That forks beside threads are dangerous is what this is about.
@pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
@pytest.mark.parametrize("method", ["spawn", "fork"])
def test_processes_open_sessions_of_their_own(model: Model, method: str) -> None:
    """A forked ONNX Runtime session would wait for ever for threads that are not there."""
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"this system has no {method}")
    if method == "fork" and "tensorflow" in sys.modules:
        pytest.skip("TensorFlow, which another test has imported, must not be forked")
    expected = model.generate(3, seed=5)
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.map_async(functools.partial(model.generate, seed=5), [3, 3]).get(timeout=100)
    for pictures in found:
        np.testing.assert_array_equal(pictures, expected)


def test_reconstruction_is_decoding_of_the_mean(model: Model) -> None:
    x = model.generate(3, seed=1)
    np.testing.assert_array_equal(model.reconstruct(x), model.decode_mean(model.encode_mean(x)))
    assert set(model.encode(x).parameters) == {"mean", "scale"}
    logits = model.decode(model.encode_mean(x)).parameters["logits"]
    np.testing.assert_allclose(1 / (1 + np.exp(-logits)), model.reconstruct(x), atol=1e-6)


@pytest.mark.parametrize(
    ("x", "message"),
    [
        (np.zeros((8, 8, 1)), r"shape \[8, 8, 1\]: expected \[N, 8, 8, 1\] \(one example"),
        (np.zeros((2, 8, 8)), r"shape \[2, 8, 8\]"),
        (np.zeros((0, 8, 8, 1)), "empty"),
        (np.full((2, 8, 8, 1), -1.0), "from -1 to -1: the Bernoulli likelihood needs 0 to 1"),
        (np.full((2, 8, 8, 1), 255), "divide by 255"),
        (np.full((2, 8, 8, 1), np.nan), "NaN or infinite values in 2 of 2 rows, first in row 0"),
        (np.full((2, 8, 8, 1), np.inf), "NaN or infinite"),
        (np.full((2, 8, 8, 1), "a"), "dtype <U1"),
        (np.full((2, 8, 8, 1), None), "dtype object"),
    ],
)
def test_bad_data_are_refused(model: Model, x: np.ndarray, message: str) -> None:
    with pytest.raises(DataError, match=message):
        model.encode_mean(x)


def test_a_condition_is_refused_where_z_needs_none(model: Model) -> None:
    with pytest.raises(ConfigError, match="has no condition"):
        model.sample_latents(2, condition=1, seed=0)
    conditional = vaezoo.load(Path(__file__).parents[2] / "export" / "mnist_cvae")
    with pytest.raises(DataError, match="labels"):
        conditional.sample_latents(2, condition=77, seed=0)
    assert conditional.sample_latents(2, condition=7, seed=0).shape == (2, conditional.latent_dim)


def test_bad_codes_and_counts_are_refused(model: Model) -> None:
    with pytest.raises(ConfigError, match="seed='a'"):
        model.generate(2, seed="a")  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"z has shape \[2, 3\]: expected \[N, 8\]"):
        model.decode_mean(np.zeros((2, 3)))
    with pytest.raises(ConfigError, match="num=0"):
        model.generate(0)
    with pytest.raises(ConfigError, match="seed=-1"):
        model.generate(1, seed=-1)


def test_noise_is_standard_normal() -> None:
    draws = noise.standard_normal(20_000, 5, seed=0).ravel()
    assert abs(draws.mean()) < 4 / np.sqrt(len(draws))
    assert abs((draws**2).mean() - 1) < 4 * np.sqrt(2 / len(draws))


def test_cuda_is_never_replaced_in_silence() -> None:
    model = vaezoo.load("digits_vae", device="cuda")
    import onnxruntime

    if "CUDAExecutionProvider" in onnxruntime.get_available_providers():
        pytest.skip("this ONNX Runtime has CUDA")
    with pytest.raises(ConfigError, match="no CUDAExecutionProvider"):
        model.generate(1)


@pytest.mark.parametrize("name", ["fp16", "int8"])
def test_a_variant_loses_as_little_as_the_manifest_says(
    model: Model, name: str, rng: np.random.Generator
) -> None:
    small = vaezoo.load("digits_vae", variant=name)
    described = model.manifest.variants[name]
    x = (model.generate(500, seed=1) > rng.random((500, 8, 8, 1))).astype(np.float32)
    pixels = np.sqrt(np.mean((small.reconstruct(x) - model.reconstruct(x)) ** 2))
    assert 0 < pixels < 2 * described.pixels  # other data than it was measured on
    assert described.nats is not None
    lost = (model.elbo(x, num_samples=8) - small.elbo(x, num_samples=8)).mean()
    assert lost == pytest.approx(described.nats, abs=0.02)
    for graph in described.graphs:
        whole, half = model.manifest.graphs[graph], described.graphs[graph]
        if graph != "score":  # which holds none of its weights
            files = model.manifest.files
            assert files[half.file].bytes < 0.6 * files[whole.file].bytes


def test_names_are_suggested() -> None:
    with pytest.raises(UnknownNameError, match="did you mean 'digits_vae'"):
        vaezoo.load("digit_vae")
    with pytest.raises(UnknownNameError, match="did you mean 'cuda'"):
        vaezoo.load("digits_vae", device="cude")


def test_a_folder_without_export_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DamagedFileError, match=r"holds no manifest\.json"):
        vaezoo.load(tmp_path)


def test_a_name_means_the_zoo_s_and_a_path_the_folder(
    tmp_path: Path, export: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(export, tmp_path / "digits_vae" / "export")
    monkeypatch.chdir(tmp_path)
    assert not zoo.find_export("digits_vae").resolve().is_relative_to(tmp_path)
    assert zoo.find_export("./digits_vae") == Path("digits_vae/export")


class TestDamage:
    """Hashes are checked before anything is parsed."""

    def test_flipped_bit(self, export: Path) -> None:
        path = export / "decoder.onnx"
        content = bytearray(path.read_bytes())
        content[len(content) // 2] ^= 1
        path.write_bytes(content)
        with pytest.raises(DamagedFileError, match="not the file that was exported"):
            vaezoo.load(export).generate(1)
        with pytest.raises(DamagedFileError, match="not the file that was exported"):
            verification.verify(export)

    def test_missing_graph(self, export: Path) -> None:
        (export / "encoder.onnx").unlink()
        assert vaezoo.load(export).generate(1).shape == (1, 8, 8, 1)  # needs the decoder only
        with pytest.raises(DamagedFileError, match=r"encoder\.onnx is missing"):
            vaezoo.load(export).encode_mean(np.zeros((1, 8, 8, 1)))

    def test_truncated_graph_with_the_right_hash(self, export: Path) -> None:
        path = export / "decoder.onnx"
        path.write_bytes(path.read_bytes()[:1000])
        values = json.loads((export / manifest.FILE).read_text())
        sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
        values["files"]["decoder.onnx"] = {"bytes": 1000, "sha256": sha256}
        (export / manifest.FILE).write_text(json.dumps(values))
        with pytest.raises(DamagedFileError, match="no ONNX file that is safe to run: truncated"):
            vaezoo.load(export).generate(1)

    @pytest.mark.parametrize(
        ("graph", "other"), [("decoder", "encoder"), ("decoder", "decoder.int8")]
    )
    def test_swapped_graphs_with_the_right_hashes(
        self, export: Path, graph: str, other: str
    ) -> None:
        values = json.loads((export / manifest.FILE).read_text())
        values["files"][f"{graph}.onnx"] = values["files"][f"{other}.onnx"]
        shutil.copy(export / f"{other}.onnx", export / f"{graph}.onnx")
        (export / manifest.FILE).write_text(json.dumps(values))
        if other == "encoder":
            with pytest.raises(DamagedFileError, match="its manifest promises"):
                vaezoo.load(export).generate(1)
        else:  # which takes and gives the same, so that only numbers tell
            with pytest.raises(DamagedFileError, match="differs by"):
                verification.verify(export)

    @pytest.mark.parametrize("name", ["../decoder.onnx", "/etc/passwd", "a\\b", "c:/x"])
    def test_path_out_of_the_folder(self, export: Path, name: str) -> None:
        values = json.loads((export / manifest.FILE).read_text())
        values["files"][name] = values["files"]["decoder.onnx"]
        values["graphs"]["decoder"]["file"] = name
        (export / manifest.FILE).write_text(json.dumps(values))
        with pytest.raises(DamagedFileError, match="is not the path of a file below"):
            vaezoo.load(export)

    @pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"format": 99}', "null"])
    def test_unreadable_manifest(self, export: Path, text: str) -> None:
        (export / manifest.FILE).write_text(text)
        with pytest.raises(DamagedFileError, match=r"manifest\.json"):
            vaezoo.load(export)


def test_the_manifest_comes_back_as_written(export: Path) -> None:
    read = manifest.Manifest.read(export)
    read.write(export)
    assert manifest.Manifest.read(export) == read
    assert read.graphs["decoder"].inputs == (manifest.Port("z", (8,)),)


class TestVerification:
    def test_the_shipped_export_is_whole(self, export: Path) -> None:
        assert verification.verify(export).keys() == {"decoder", "encoder", "score"}

    def test_other_numbers_are_noticed(self, export: Path) -> None:
        path = export / "test_data_set_0" / "decoder" / "output_0.pb"
        content = bytearray(path.read_bytes())
        content[-1] ^= 0x40  # the exponent of the last float
        path.write_bytes(content)
        values = json.loads((export / manifest.FILE).read_text())
        name = "test_data_set_0/decoder/output_0.pb"
        values["files"][name]["sha256"] = hashlib.sha256(content).hexdigest()
        (export / manifest.FILE).write_text(json.dumps(values))
        with pytest.raises(DamagedFileError, match="differs by"):
            verification.verify(export)

    def test_differences_are_in_proportion_to_the_largest_value_of_an_example(self) -> None:
        expected = {"a": np.array([[0.5, 200.0], [0.5, 0.25]])}
        for place, difference in (((0, 0), 0.005), ((0, 1), 0.005), ((1, 0), 1.0)):
            found = {"a": expected["a"].copy()}
            found["a"][place] += 1.0
            assert verification.relative_difference(found, expected) == difference

    def test_differences_that_cannot_be_computed_are_infinite(self) -> None:
        one = {"a": np.array([1.0, 200.0])}
        assert verification.relative_difference({"a": np.array([1.5, 201.0])}, one) == 0.5
        for other in (
            {"a": np.array([1.0, np.nan])},
            {"a": np.array([[1.0, 200.0]])},
            {"b": np.array([1.0, 200.0])},
            {},
        ):
            assert verification.relative_difference(other, one) == np.inf

    @pytest.mark.parametrize("content", [b"", b"\xff", b"\x08\x02", b"\x4a\xff\x01ab", b"\x0d1234"])
    def test_broken_tensors(self, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "x.pb").write_bytes(content)
        with pytest.raises(DamagedFileError, match="no readable float32 tensor"):
            protobuf.read_tensor(tmp_path / "x.pb")
