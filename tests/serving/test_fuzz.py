"""Any change to a manifest, an index or an ONNX file: what is read is sound, or it is refused."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vaezoo._storage.files import File
from vaezoo.errors import DamagedFileError
from vaezoo.runtime import protobuf
from vaezoo.runtime.manifest import Manifest
from vaezoo.zoo import index

hypothesis = pytest.importorskip("hypothesis", reason="needs hypothesis")
st = hypothesis.strategies

ROOT = Path(__file__).parents[2]
EXPORT = ROOT / "export" / "digits_vae"
# The same ones every time.
SETTINGS = hypothesis.settings(
    deadline=5000,  # milliseconds: none hangs
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)

PATHS = ["", ".", "..", "../x", "/etc/passwd", "a\\b", "c:/x", "a//b", "a/../../b", "~/x", "a."]
TEXTS = ["nul\0", "é", "con", "manifest.json", "decoder.onnx", "0" * 64, "x" * 5000, "http://x/y"]
HOSTILE_TEXT = st.sampled_from([*PATHS, *TEXTS])
HOSTILE_NUMBER = st.sampled_from([-1, 0, 1, 2**31, 2**63, 2**70, 1e308, -0.0, 0.5, True])
VALUES = st.recursive(
    st.none() | st.booleans() | HOSTILE_NUMBER | st.integers() | HOSTILE_TEXT | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(HOSTILE_TEXT, inner, max_size=3),
    max_leaves=6,
)
SPECIAL = st.sampled_from([float("nan"), float("inf"), float("-inf")])


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Where anything is, in nested lists and dictionaries."""
    found = [path]
    if isinstance(value, dict | list):
        for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
            found += places(inner, (*path, key))
    return found


def mutated(original: Any) -> Any:
    """Strategy of JSON values: up to three changes, each at any place."""
    everywhere = st.sampled_from(places(original)[1:])
    kinds = st.sampled_from(["replace", "replace", "remove", "rename", "move", "add"])
    changes = st.lists(
        st.tuples(kinds, everywhere, everywhere, VALUES | SPECIAL, HOSTILE_TEXT),
        min_size=1,
        max_size=3,
    )

    def changed(changes: list[Any]) -> Any:
        value = copy.deepcopy(original)
        for kind, place, other, new, name in changes:
            try:
                inner, key = _at(value, place[:-1]), place[-1]
                if kind == "replace":
                    inner[key] = new
                elif kind == "remove":
                    del inner[key]
                elif kind == "rename":
                    inner[name] = inner.pop(key)
                elif kind == "move":
                    inner[key] = copy.deepcopy(_at(value, other))
                else:
                    inner[key][name] = new
            except (KeyError, IndexError, TypeError, AttributeError):
                continue  # an earlier change has taken the place away
        return value

    return st.builds(changed, changes)


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for key in path:
        value = value[key]
    return value


def broken(content: bytes) -> Any:
    """Strategy of bytes: cut, flipped, repeated, or with others put in."""
    somewhere = st.integers(0, len(content) - 1)

    def changed(start: int, stop: int, new: bytes, flips: list[tuple[int, int]]) -> bytes:
        result = bytearray(content[:start] + new + content[stop:])
        for place, bit in flips:
            if result:
                result[place % len(result)] ^= 1 << bit
        return bytes(result)

    flips = st.lists(st.tuples(somewhere, st.integers(0, 7)), max_size=5)
    return st.builds(changed, somewhere, somewhere, st.binary(max_size=20), flips)


def assert_sound(names: Any) -> None:
    """Each is the path of a file below a folder, on every system."""
    for name in names:
        assert isinstance(name, str) and "\\" not in name and ":" not in name
        assert all(part.strip(".") == part and part for part in name.split("/")), name
        assert (Path("/home/zoo") / name).resolve().is_relative_to("/home/zoo")


def read_manifest(folder: Path) -> None:
    try:
        manifest = Manifest.read(folder)
    except DamagedFileError as error:
        assert str(folder) in str(error)
        return
    assert_sound(manifest.files)
    variants = [graph for v in manifest.variants.values() for graph in v.graphs.values()]
    for graph in (*manifest.graphs.values(), *variants):
        assert {graph.file, *graph.weights} <= set(manifest.files)
    assert {"decoder", "encoder"} <= set(manifest.graphs)
    assert manifest.latent_dim >= 1 and all(size >= 1 for size in manifest.data_shape)
    assert all(isinstance(file, File) and file.bytes >= 0 for file in manifest.files.values())


def read_index(path: Path) -> None:
    try:
        presets = index.read(path)
    except DamagedFileError as error:
        assert str(path) in str(error)
        return
    for name, preset in presets.items():
        assert_sound([name])
        assert "/" not in name
        for files in preset.parts.values():
            assert_sound(files)
            assert all(file.bytes >= 0 and len(file.sha256) == 64 for file in files.values())


@pytest.fixture(params=[1000, pytest.param(4000, marks=pytest.mark.slow)])
def num(request: pytest.FixtureRequest) -> int:
    """How many examples of each test: together 6,000, and 24,000 of the slow ones."""
    return int(request.param)


def _fuzz(strategy: Any, check: Callable[[Any], None], num: int) -> None:
    seen = 0

    @hypothesis.settings(SETTINGS, max_examples=num)
    @hypothesis.given(strategy)
    def test(value: Any) -> None:
        nonlocal seen
        seen += 1
        check(value)

    start = time.monotonic()
    test()
    assert seen >= num, f"{seen} in {time.monotonic() - start:.0f} s"


MANIFEST = (EXPORT / "manifest.json").read_text()


def smaller(index: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    """An index of these presets only: each change is as likely to meet each kind of field."""
    return index | {"presets": {name: index["presets"][name] for name in names}}


# Presets with and without a sampler, a score, a condition and a density.
SEVERAL = ("digits_vae", "mnist_pca", "fashion_vaegan")
INDEX = json.dumps(
    smaller(json.loads((ROOT / "vaezoo" / "zoo" / "index.json").read_text()), SEVERAL), indent=2
)


def test_manifests_of_other_values(num: int, tmp_path: Path) -> None:
    def check(value: Any) -> None:
        (tmp_path / "manifest.json").write_text(json.dumps(value))
        read_manifest(tmp_path)

    _fuzz(mutated(json.loads(MANIFEST)), check, num)


def test_indices_of_other_values(num: int, tmp_path: Path) -> None:
    def check(value: Any) -> None:
        (tmp_path / "index.json").write_text(json.dumps(value))
        read_index(tmp_path / "index.json")

    _fuzz(mutated(json.loads(INDEX)), check, num)


@pytest.mark.parametrize("name", ["manifest.json", "index.json"])
def test_files_of_other_bytes(name: str, num: int, tmp_path: Path) -> None:
    def check(content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        if name == "index.json":
            read_index(tmp_path / name)
        else:
            read_manifest(tmp_path)

    _fuzz(broken((INDEX if name == "index.json" else MANIFEST).encode()), check, num)


@pytest.mark.parametrize("name", ["score.onnx", "test_data_set_0/decoder/output_0.pb"])
def test_onnx_files_of_other_bytes(name: str, num: int, tmp_path: Path) -> None:
    def check(content: bytes) -> None:
        path = tmp_path / "x"
        path.write_bytes(content)
        try:
            if name.endswith(".onnx"):
                found = protobuf.external_files(path)
                assert all(isinstance(file, str) for file in found)
            else:
                protobuf.read_tensor(path)
        except DamagedFileError as error:
            assert str(path) in str(error)

    _fuzz(broken((EXPORT / name).read_bytes()), check, num)
