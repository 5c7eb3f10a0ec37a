"""Fields of a manifest against each other: what no model can be is refused when it is read."""

from __future__ import annotations

import copy
import json
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vaezoo.errors import DamagedFileError, ExportError
from vaezoo.runtime import manifest
from vaezoo.runtime.manifest import Condition, Family, Manifest

ROOT = Path(__file__).parents[2]
PRESETS = sorted(path.parent.name for path in ROOT.glob(f"export/*/{manifest.FILE}"))


def values_of(name: str) -> Any:
    return json.loads((ROOT / "export" / name / manifest.FILE).read_text())


def read(values: Any, folder: Path) -> Manifest:
    (folder / manifest.FILE).write_text(json.dumps(values))
    return Manifest.read(folder)


@pytest.mark.parametrize("name", PRESETS)
def test_published_manifests(name: str, tmp_path: Path) -> None:
    values = values_of(name)
    assert read(values, tmp_path) == Manifest.read(ROOT / "export" / name)
    values.pop("families", None)  # which the first version did not write
    values.pop("preparation", None)
    assert read(values, tmp_path).families == {}


def put(*place: Any, to: Any) -> Callable[[Any], None]:
    """A change of one field."""

    def change(values: Any) -> None:
        *outer, last = place
        for key in outer:
            values = values[key]
        values[last] = to

    return change


def port(graph: str, side: str, number: int, **changes: Any) -> Callable[[Any], None]:
    def change(values: Any) -> None:
        values["graphs"][graph][side][number].update(changes)

    return change


def everywhere(name: str, size: int) -> Callable[[Any], None]:
    """Another size of the latents or the condition, in all fields that have it."""

    def change(values: Any) -> None:
        old = values["latent_dim"] if name == "latent_dim" else values["condition"]["dim"]
        if name == "latent_dim":
            values["latent_dim"] = size
        else:
            values["condition"]["dim"] = size
        for graph in values["graphs"].values():
            for one in (*graph["inputs"], *graph["outputs"]):
                if name == "latent_dim" or one["name"] == "condition":
                    one["shape"] = [size if n == old else n for n in one["shape"]]

    return change


def copied(graph: str, name: str) -> Callable[[Any], None]:
    def change(values: Any) -> None:
        values["graphs"][name] = copy.deepcopy(values["graphs"][graph])

    return change


def without(*names: str) -> Callable[[Any], None]:
    def change(values: Any) -> None:
        for name in names:
            del values["graphs"][name]

    return change


WRONG: dict[str, tuple[str, Callable[[Any], None], str]] = {
    "latents": ("digits_vae", put("latent_dim", to=10**10), "latent_dim is 10,000,000,000"),
    "latents everywhere": ("digits_vae", everywhere("latent_dim", 10**10), "latent_dim is 10,000"),
    "other latents": ("digits_vae", put("latent_dim", to=9), r"decoder has z \[8\] where"),
    "data": ("digits_vae", put("data_shape", to=[10**5, 10**5, 3]), "data_shape is 30,000"),
    "dimensions": ("digits_vae", put("data_shape", to=[1] * 17), "is not up to 16 items"),
    "other data": ("digits_vae", put("data_shape", to=[8, 8, 3]), r"a mean of \[8, 8, 3\]"),
    "range": ("digits_vae", put("value_range", to=[1.0, 0.0]), "value_range is 1 to 0"),
    "empty range": ("digits_vae", put("value_range", to=[1.0, 1.0]), "value_range is 1 to 1"),
    "open range": ("digits_vae", put("value_range", to=[0, float("inf")]), "a finite number"),
    "codes": ("mnist_vqvae", put("codebook_size", to=2**24 + 1), "codebook_size is 16,777,217"),
    "kind": ("mnist_cvae", put("condition", "kind", to="text"), "one of labels, vector"),
    "classes": ("mnist_cvae", put("condition", "dim", to=11), r"condition \[10\] where"),
    "too many classes": ("mnist_cvae", everywhere("condition", 10**8), "condition.dim is 100,000"),
    "no condition": ("mnist_cvae", put("condition", to=None), r"condition \[10\] where"),
    "condition of none": (
        "digits_vae", put("condition", to={"kind": "labels", "dim": 3}), r"condition \[3\]",
    ),
    "no encoder": ("digits_vae", without("encoder"), "there is no graph 'encoder'"),
    "no decoder": ("digits_vae", without("decoder"), "there is no graph 'decoder'"),
    "z": ("digits_vae", port("decoder", "inputs", 0, name="y"), r"decoder has y \[8\]"),
    "x": ("digits_vae", port("encoder", "inputs", 0, shape=[8, 8]), r"encoder has x \[8, 8\]"),
    "mean": ("digits_vae", port("encoder", "outputs", 0, name="m"), r"expected a mean of \[8\]"),
    "logits": (
        "digits_vae", port("decoder", "outputs", 0, shape=[8, 8, 2]), "logits does not fit",
    ),
    "twice": ("digits_vae", port("decoder", "outputs", 0, name="mean"), "have one name"),
    "free axis": ("digits_vae", port("encoder", "outputs", 1, shape=[None]), "axis of any size"),
    "huge port": ("digits_vae", port("encoder", "outputs", 1, shape=[2**39]), "takes or gives"),
    "noise": ("digits_vae", port("score", "inputs", 1, shape=[8]), "expected noise, then"),
    "noise of any size": (
        "digits_vae", port("score", "inputs", 1, shape=[None, None]), "expected noise, then",
    ),
    "noise's name": ("digits_vae", port("score", "inputs", 1, name="normal"), "expected noise"),
    "score": ("digits_vae", port("score", "outputs", 0, shape=[1]), r"score has log_weights \[1\]"),
    "score of codes": (
        "mnist_vqvae", port("score", "outputs", 0, shape=[None]), r"score has log_weights \[None",
    ),
    "condition of the score": (
        "mnist_cvae", port("score", "inputs", 2, shape=[11]), "expected noise, then",
    ),
    "prior": ("mnist_flow", port("prior", "outputs", 0, shape=[41]), r"has z \[41\]"),
    "groups": ("mnist_hvae", port("prior", "inputs", 5, name="x"), "expected noise, then"),
    "sampler": ("mnist_pca", port("sampler", "outputs", 0, shape=[33]), r"has z \[33\]"),
    "step": ("mnist_vqvae", port("step", "inputs", 1, shape=[17]), r"step has codes \[16\], noise"),
    "prior and step": ("mnist_vqvae", copied("step", "prior"), "both the graphs"),
    "classifier": ("digits_vae", copied("encoder", "classifier"), "no condition of labels"),
    "probabilities": ("mnist_cvae", copied("encoder", "classifier"), "classifier has x"),
    "levels": (
        "digits_vae",
        put("families", to={"decoder": {"name": "Categorical", "numbers": {"levels": 1e9}}}),
        "levels is 1e[+]09",
    ),
    "degrees": (
        "digits_vae",
        put("families", to={"decoder": {"name": "StudentT", "numbers": {"df": 0}}}),
        "df is 0",
    ),
    "lines": ("digits_vae", put("model", to="VAE\nwhole and as exported"), "is not one line"),
    "escapes": ("digits_vae", put("preset", to="x\x1b[2J"), "is not one line"),
    "halves": ("digits_vae", put("data", to="\ud800"), "is not one line"),
    "long": ("digits_vae", put("version", to="1" * 5000), "is not one line"),
    "hash": ("digits_vae", put("weights_sha256", to="none"), "a SHA-256"),
    "depth": ("digits_vae", put("more", to=json.loads("[" * 300 + "]" * 300)), "nested more than"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WRONG)
def test_contradictions(kind: str, tmp_path: Path) -> None:
    name, change, message = WRONG[kind]
    values = values_of(name) | {"variants": {}}  # which have to be as the graphs are
    change(values)
    tracemalloc.start()
    start = time.monotonic()
    with pytest.raises(DamagedFileError, match=message):
        read(values, tmp_path)
    used = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert time.monotonic() - start < 1
    assert used < 10 * 2**20


def test_many_classes_are_honest(tmp_path: Path) -> None:
    values = values_of("mnist_cvae")
    everywhere("condition", 20_000)(values)
    assert read(values, tmp_path).condition == Condition("labels", 20_000)


def test_parameters_of_own_classes_have_any_shape(tmp_path: Path) -> None:
    values = values_of("digits_vae")
    port("decoder", "outputs", 0, shape=[2])(values)
    values["variants"] = {}
    values["families"] = {"decoder": {"name": "mine.Likelihood", "numbers": {}}}
    assert read(values, tmp_path).families["decoder"] == Family("mine.Likelihood", {})


def test_nothing_is_written_that_cannot_be_read(tmp_path: Path) -> None:
    found = Manifest.read(ROOT / "export" / "digits_vae")
    object.__setattr__(found, "value_range", (1.0, 0.0))
    with pytest.raises(ExportError, match="value_range is 1 to 0"):
        found.write(tmp_path)
    assert not list(tmp_path.iterdir())
