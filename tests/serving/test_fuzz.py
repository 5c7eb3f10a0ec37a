"""Any change to a file of a preset or of the zoo: what is read is sound, or it is refused."""

from __future__ import annotations

import contextlib
import copy
import hashlib
import importlib.util
import json
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx_writer as write
import pytest

import vaezoo
from vaezoo import _named_figures, world
from vaezoo._loading import _preparation as preparation_of
from vaezoo._storage import files
from vaezoo._storage.files import File
from vaezoo.cli import figures
from vaezoo.errors import ConfigError, DamagedFileError, DataError, VaezooError
from vaezoo.runtime import operators, protobuf
from vaezoo.runtime.manifest import Manifest
from vaezoo.runtime.preparation import Preparation
from vaezoo.zoo import index

mutations = pytest.importorskip("mutations", reason="needs hypothesis")
hypothesis, st = mutations.hypothesis, mutations.st
mutated, broken = mutations.mutated, mutations.broken

ROOT = Path(__file__).parents[2]
EXPORT = ROOT / "export" / "digits_vae"
# The same ones every time.
SETTINGS = hypothesis.settings(
    deadline=60_000,  # milliseconds: none hangs
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
)


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
        for part in preset.parts.values():
            assert_sound(part)
            assert all(file.bytes >= 0 and len(file.sha256) == 64 for file in part.values())


@pytest.fixture(params=[400, pytest.param(1200, marks=pytest.mark.slow)])
def num(request: pytest.FixtureRequest) -> int:
    """How many examples of each of 19 tests: together 7,600, and 22,800 more of the slow ones."""
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


AGENT = ROOT / "export" / "cartpole_world" / "agent"


def read_agent(folder: Path) -> None:
    with contextlib.suppress(DamagedFileError):
        facts = world.AgentFacts.read(folder)
        assert facts.limit >= 1 and len(facts.frame_shape) == 3
        assert facts.earned is None or np.isfinite(facts.earned.mean)


def read_memory(folder: Path) -> None:
    with contextlib.suppress(DamagedFileError):
        manifest = world.MemoryManifest.read(folder)
        assert_sound(manifest.files)
        assert min(manifest.latent_dim, manifest.num_actions, manifest.state_dim) >= 1


def read_controller(folder: Path) -> None:
    with contextlib.suppress(DamagedFileError):
        assert world.LinearController.load(folder / "controller.npz").num_actions >= 1


AGENTS: dict[str, Callable[[Path], None]] = {
    "agent.json": read_agent,
    "memory/manifest.json": read_memory,
    "controller.npz": read_controller,
}


@pytest.mark.parametrize("name", AGENTS)
def test_files_of_agents_of_other_bytes(name: str, num: int, tmp_path: Path) -> None:
    path = tmp_path / Path(name).name

    def check(content: bytes) -> None:
        path.write_bytes(content)
        AGENTS[name](tmp_path)

    _fuzz(broken((AGENT / name).read_bytes()), check, num)


@pytest.mark.parametrize("name", ["agent.json", "memory/manifest.json"])
def test_files_of_agents_of_other_values(name: str, num: int, tmp_path: Path) -> None:
    path = tmp_path / Path(name).name

    def check(value: Any) -> None:
        path.write_text(json.dumps(value))
        AGENTS[name](tmp_path)

    _fuzz(mutated(json.loads((AGENT / name).read_text())), check, num)


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
        try:
            if name.endswith(".onnx"):
                operators.check(content, WEIGHTS)
            else:
                protobuf.read_tensor(tmp_path / "x", content)
        except DamagedFileError as error:
            assert str(tmp_path) in str(error)
        except ValueError as error:
            assert name.endswith(".onnx") and type(error) in (ValueError, UnicodeDecodeError)

    _fuzz(broken((EXPORT / name).read_bytes()), check, num)


WEIGHTS = {file.name: file.stat().st_size for file in EXPORT.glob("*.onnx")}
PRESET = ROOT / "saved_models" / "digits_vae"
CORPUS = {
    "metrics.json": json.loads((PRESET / "metrics.json").read_text()),
    "metadata.json": json.loads((PRESET / "metadata.json").read_text()),
    "recipe.toml": tomllib.loads((PRESET / "recipe.toml").read_text()),
}


def read_figures(path: Path) -> None:
    with _named_figures.whole(path):
        assert all(isinstance(line, str) for line in figures.figures(_named_figures.read(path)))


def read_recipe(path: Path) -> None:
    values = files.read_toml(path)
    if importlib.util.find_spec("tensorflow") is not None:  # as vaezoo.training asks for
        from vaezoo.training.recipe import from_dict

        from_dict(values)


def read_metadata(path: Path) -> None:
    """As a preset's export looks there for what it does not know itself."""
    prepared = preparation_of(Manifest.read(EXPORT), path.parent)
    assert prepared is None or isinstance(prepared, Preparation)


READERS: dict[str, Callable[[Path], None]] = {
    "metrics.json": read_figures,
    "metadata.json": read_metadata,
    "recipe.toml": read_recipe,
}


@pytest.mark.parametrize("name", READERS)
def test_files_of_presets_of_other_bytes(name: str, num: int, tmp_path: Path) -> None:
    def check(content: bytes) -> None:
        (tmp_path / name).write_bytes(content)
        with contextlib.suppress(VaezooError):
            READERS[name](tmp_path / name)

    _fuzz(broken((PRESET / name).read_bytes()), check, num)


@pytest.mark.parametrize("name", READERS)
def test_files_of_presets_of_other_values(name: str, num: int, tmp_path: Path) -> None:
    def check(value: Any) -> None:
        with contextlib.suppress(VaezooError):
            if name.endswith(".json"):
                (tmp_path / name).write_text(json.dumps(value))
                READERS[name](tmp_path / name)
            elif importlib.util.find_spec("tensorflow") is not None:
                from vaezoo.training.recipe import from_dict

                from_dict(value)

    _fuzz(mutated(CORPUS[name]), check, num)


# A decoder, of which every part can be changed: operators, names, numbers.
GRAPH: dict[str, Any] = {
    "nodes": [
        ["Shape", ["z"], ["s"], {}],
        ["Gather", ["s", "zero"], ["n"], {"axis": 0}],
        ["Concat", ["n", "rest"], ["all"], {"axis": 0}],
        ["ConstantOfShape", ["all"], ["empty"], {}],
        ["Reshape", ["z", "four"], ["row"], {}],
        ["Expand", ["row", "all"], ["rows"], {}],
        ["Add", ["rows", "empty"], ["logits"], {}],
        ["Sigmoid", ["logits"], ["mean"], {}],
        ["Range", ["none_", "ten_", "step_"], ["unused"], {}],
        ["Tile", ["row", "ones"], ["tiled"], {}],
    ],
    "constants": {
        "zero": [0], "rest": [8, 8, 1], "four": [-1, 1, 8, 1], "ones": [1, 1, 2, 3],
        "none_": [0], "ten_": [10], "step_": [1],
    },
}  # fmt: skip
HARMFUL = ["Loop", "If", "Scan", "Pad", "OneHot", "Resize", "RandomNormal", "Mul", "Div", "Log"]
NUMBERS = [-(2**63), -1, 0, 1, 2, 8, 10**4, 2**31, 10**10, 2**63 - 1]
NAMES = ["z", "s", "n", "all", "row", "rows", "empty", "logits", *GRAPH["constants"], "", "new"]


def other_graphs() -> Any:
    """Strategy of graphs with up to three changes, each of which a file can hold."""
    node = st.integers(0, len(GRAPH["nodes"]) - 1)
    operators_of = st.sampled_from([*HARMFUL, *(node[0] for node in GRAPH["nodes"])])
    change = st.one_of(
        st.tuples(st.just("operator"), node, operators_of),
        st.tuples(st.just("input"), node, st.integers(0, 2), st.sampled_from(NAMES)),
        st.tuples(st.just("attribute"), node, st.sampled_from(NUMBERS)),
        st.tuples(st.just("move"), node, node),
        st.tuples(
            st.just("constant"),
            st.sampled_from(sorted(GRAPH["constants"])),
            st.lists(st.sampled_from(NUMBERS), min_size=1, max_size=4),
        ),
    )

    def changed(changes: list[Any]) -> bytes:
        graph = copy.deepcopy(GRAPH)
        for kind, place, *more in changes:
            if kind == "constant":
                graph["constants"][place] = more[0][:1] if place.endswith("_") else more[0]
            elif kind == "operator":
                graph["nodes"][place][0] = more[0]
            elif kind == "attribute":
                graph["nodes"][place][3]["axis"] = more[0]
            elif kind == "input":
                inputs = graph["nodes"][place][1]
                inputs[more[0] % len(inputs)] = more[1]
            else:
                graph["nodes"].insert(more[0], graph["nodes"].pop(place))
        return written(graph)

    return st.builds(changed, st.lists(change, min_size=1, max_size=3))


def written(spec: Any) -> bytes:
    """The file of a graph as above."""
    nodes = [write.node(kind, ins, *outs, **more) for kind, ins, outs, more in spec["nodes"]]
    constants = [
        write.tensor(name, values, [] if name.endswith("_") else None)
        for name, values in spec["constants"].items()
    ]
    pictures = [write.port(name, "batch", 8, 8, 1) for name in ("logits", "mean")]
    return write.model(write.graph(nodes, constants, [write.port("z", "batch", 8)], pictures))


def run_signed(content: bytes, export: Path, expected: dict[str, Any]) -> None:
    """Runs a graph under its own hash, as far as it is let."""
    (export / "decoder.onnx").write_bytes(content)
    file = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
    expected["files"]["decoder.onnx"] = file
    (export / "manifest.json").write_text(json.dumps(expected))
    try:
        mean = vaezoo.load(export).decode_mean(Z)
    except VaezooError as error:
        assert isinstance(error, DamagedFileError | DataError | ConfigError)
    else:
        assert mean.shape == (2, 8, 8, 1) and np.isfinite(mean).all()


Z = np.linspace(-1, 1, 16, dtype=np.float32).reshape(2, 8)


@pytest.mark.parametrize("kind", ["values", "bytes"])
def test_signed_graphs(kind: str, num: int, export: Path) -> None:
    expected = json.loads((export / "manifest.json").read_text())
    strategy = other_graphs() if kind == "values" else mutations.flipped(written(GRAPH))
    _fuzz(strategy, lambda content: run_signed(content, export, expected), num)


def test_names_that_are_no_text(export: Path) -> None:
    """Of axes, which ONNX Runtime gives as they are."""
    content = written(GRAPH)
    assert content.count(b"\x05batch") >= 2
    expected = json.loads((export / "manifest.json").read_text())
    run_signed(content.replace(b"\x05batch", b"\x05batc\x80"), export, expected)
    with pytest.raises(DamagedFileError, match="are no text"):
        vaezoo.load(export).decode_mean(Z)


def test_the_graph_that_is_changed_runs(export: Path) -> None:
    expected = json.loads((export / "manifest.json").read_text())
    run_signed(written(GRAPH), export, expected)
    found = vaezoo.load(export).decode_mean(Z)
    row = 1 / (1 + np.exp(-Z.reshape(2, 1, 8, 1)))
    np.testing.assert_allclose(found, np.broadcast_to(row, found.shape), atol=1e-6)
