"""Graphs that someone has made to do harm, in exports whose hashes are right."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx_writer as write
import pytest

import vaezoo
from vaezoo._storage.files import describe
from vaezoo.errors import DamagedFileError, DataError, VaezooError
from vaezoo.runtime import manifest

ROOT = Path(__file__).parents[2]
Z, LOGITS, MEAN = "z", "logits", "mean"
INPUTS = [write.port(Z, "batch", 8)]
OUTPUTS = [write.port(name, "batch", 8, 8, 1) for name in (LOGITS, MEAN)]


def decoder(*nodes: bytes, constants: list[bytes] | None = None, **more: Any) -> bytes:
    """A decoder of `nodes`, of which the last one makes "picture"."""
    pictures = [write.node("Identity", ["picture"], name) for name in (LOGITS, MEAN)]
    graph = write.graph([*nodes, *pictures], constants or [], INPUTS, OUTPUTS)
    return write.model(graph, **more)


def sign(export: Path, content: bytes, file: str = "decoder.onnx") -> Path:
    """Puts a graph into an export, with its hash."""
    (export / file).write_bytes(content)
    values = json.loads((export / manifest.FILE).read_text())
    values["files"][file] = dataclasses.asdict(describe(export / file))
    (export / manifest.FILE).write_text(json.dumps(values))
    return export


# z [N, 8] -> a picture [N, 8, 8, 1] of eight times the same row
ROWS = [write.node("Reshape", ["z", "four"], "row"), write.node("Expand", ["row", "all"], "picture")]
SHAPES = [write.tensor("four", [-1, 1, 8, 1]), write.tensor("all", [1, 8, 8, 1])]


def test_a_graph_of_own_makes_what_it_says(export: Path) -> None:
    """The files that these tests write are such as ONNX Runtime runs, but for one fault."""
    model = vaezoo.load(sign(export, decoder(*ROWS, constants=SHAPES)))
    z = np.arange(16, dtype=np.float32).reshape(2, 8)
    expected = np.broadcast_to(z.reshape(2, 1, 8, 1), (2, 8, 8, 1))
    np.testing.assert_array_equal(model.decode_mean(z), expected)


def endless() -> bytes:
    """Loop without a condition and without an end."""
    again = [write.node("Identity", ["going"], "on"), write.node("Identity", ["before"], "after")]
    ports = [write.port("turn", kind=7), write.port("going", kind=9), write.port("before", "n", 8)]
    body = write.graph(again, [], ports, [write.port("on", kind=9), write.port("after", "n", 8)])
    return decoder(write.node("Loop", ["", "", "z"], "picture", body=body))


def laughs() -> bytes:
    """Each function calls the one before it twice: 2^24 nodes."""

    def function(number: int) -> bytes:
        operator = "Identity" if number == 0 else f"f{number - 1}"
        domain = "" if number == 0 else "mine"
        nodes = [
            write.node(operator, [name], output, domain=domain)
            for name, output in (("a", "b"), ("b", "c"))
        ]
        body = [(7, node) for node in nodes]
        opsets = [(9, write.message((1, name), (2, 18))) for name in ("", "mine")]
        return write.message((1, f"f{number}"), (4, "a"), (5, "c"), *body, *opsets, (10, "mine"))

    functions = [(25, function(number)) for number in range(24)]
    graph = decoder(write.node("f23", ["z"], "picture", domain="mine"))
    return graph + write.message(*functions, (8, write.message((1, "mine"), (2, 1))))


def branches(depth: int) -> bytes:
    """Graphs within graphs."""
    node = write.node("Identity", ["z"], "picture")
    for _ in range(depth):
        inner = write.graph([node], [], [], [write.port("picture", "n", 8)])
        node = write.node("If", ["true"], "picture", then_branch=inner)
    return decoder(node)


def expanded(*sizes: int) -> bytes:
    return decoder(write.node("Expand", ["z", "s"], "picture"), constants=[write.tensor("s", sizes)])


def made_of(operator: str, *inputs: str, **constants: list[float]) -> bytes:
    """One node, and its constants by name."""
    tensors = [write.tensor(name, values) for name, values in constants.items()]
    return decoder(write.node(operator, inputs, "picture"), constants=tensors)


def products() -> bytes:
    """A shape in which the size of z is multiplied by itself again and again."""
    nodes = [write.node("Shape", ["z"], "s0")]
    nodes += [write.node("Mul", [f"s{i}", f"s{i}"], f"s{i + 1}") for i in range(6)]
    return decoder(*nodes, write.node("Expand", ["z", "s6"], "picture"))


def from_data() -> bytes:
    """As large as a number in z says."""
    cast = write.node("Cast", ["z"], "numbers", to=7)
    return decoder(cast, write.node("ConstantOfShape", ["numbers"], "picture"))


def joined() -> bytes:
    """10^10 in two parts, through a Concat and a Mul."""
    nodes = [write.node("Concat", ["five", "five"], "two", axis=0)]
    nodes += [write.node("Mul", ["two", "ten"], "s"), write.node("Tile", ["z", "s"], "picture")]
    return decoder(
        *nodes, constants=[write.tensor("five", [10**4]), write.tensor("ten", [10, 10])]
    )


def claims(num: int) -> bytes:
    """A constant that has four numbers and says that it has more."""
    return decoder(
        write.node("Identity", ["c"], "picture"),
        constants=[write.tensor("c", [1.0, 2.0, 3.0, 4.0], shape=[num])],
    )


def elsewhere(location: str, offset: str, length: str) -> bytes:
    """A constant in another file."""
    facts = (("location", location), ("offset", offset), ("length", length))
    entries = [(13, write.message((1, key), (2, value))) for key, value in facts]
    constant = write.message((1, 4), (2, 1), (8, "c"), *entries, (14, 1))
    return decoder(write.node("Identity", ["c"], "picture"), constants=[constant])


def sparse() -> bytes:
    part = write.message((1, write.tensor("v", [1.0])), (2, write.tensor("i", [0])), (3, 10**10))
    graph = write.graph([write.node("Identity", ["z"], "picture")], [], INPUTS, OUTPUTS)
    return write.model(graph + write.message((15, part)))


def twice() -> bytes:
    """Of two names of one node, readers may take either."""
    node = write.message((1, "z"), (2, "picture"), (4, "Identity"), (4, "Loop"))
    return decoder(node)


HARM = {
    "loop": (endless(), "operator 'Loop', which may not be in an export"),
    "functions": (laughs(), "holds functions"),
    "depth": (branches(40), "nested too deeply"),
    "scan": (made_of("Scan", "z"), "operator 'Scan'"),
    "random": (made_of("RandomNormalLike", "z"), "operator 'RandomNormalLike'"),
    "domain": (
        decoder(write.node("Identity", ["z"], "picture", domain="com.mine")),
        "operator 'Identity' of the domain 'com.mine'",
    ),
    "graph within": (
        decoder(write.node("Identity", ["z"], "picture", body=write.graph([]))),
        "a graph within 'Identity'",
    ),
    "expand": (expanded(10**10), "'Expand' makes 1e\\+10 numbers"),
    "expand in parts": (expanded(10**5, 10**5), "'Expand' makes 1e\\+10 numbers"),
    "tile": (made_of("Tile", "z", "s", s=[1, 10**10]), "'Tile' makes 1e\\+10"),
    "constant": (made_of("ConstantOfShape", "s", s=[10**10]), "'ConstantOfShape' makes 1e\\+10"),
    "range": (
        made_of("Range", "a", "b", "c", a=[0], b=[10**10], c=[1]), "'Range' makes 1e\\+10"
    ),
    "small steps": (
        made_of("Range", "a", "b", "c", a=[0.0], b=[1.0], c=[1e-12]), "'Range' makes 1e\\+12"
    ),
    "no steps": (made_of("Range", "a", "b", "c", a=[0], b=[1], c=[0]), "'Range' makes inf"),
    "one-hot": (made_of("OneHot", "z", "d", "v", d=[10**10], v=[0, 1]), "'OneHot' makes 1e\\+10"),
    "pad": (made_of("Pad", "z", "s", s=[0, 0, 0, 10**10]), "'Pad' makes 1e\\+10"),
    "resize": (
        made_of("Resize", "z", "", "s", s=[1.0, 1e10]), "'Resize' makes 1e\\+10"
    ),
    "attribute": (
        decoder(write.node("ConvTranspose", ["z", "z"], "picture", group=10**10)),
        "'ConvTranspose' makes 1e\\+10",
    ),
    "concatenated": (joined(), "'Tile' makes 1e\\+10"),
    "squares": (products(), "'Expand' makes"),
    "from data": (from_data(), "how much 'ConstantOfShape' makes depends on the data"),
    "claim": (claims(10**10), "says that it has 10,000,000,000 numbers, and has 4"),
    "negative": (claims(-4), "has type 1 and shape"),
    "stranger": (elsewhere("/etc/passwd", "0", "16"), "refers to '/etc/passwd'"),
    "sparse": (sparse(), "holds sparse tensors"),
    "two operators": (twice(), "2 values of field 4"),
    "two names": (
        decoder(
            write.node("Identity", ["z"], "picture"),
            constants=[write.tensor("s", [1]), write.tensor("s", [10**10])],
        ),
        "two constants have one name",
    ),
    "empty": (b"", "0 values of field 7"),
    "text": (b"no protobuf at all", "safe to run"),
}  # fmt: skip


@pytest.mark.parametrize("kind", HARM)
def test_harm_is_refused_before_anything_runs(kind: str, export: Path) -> None:
    content, message = HARM[kind]
    start = time.monotonic()
    with pytest.raises(DamagedFileError, match=message):
        vaezoo.load(sign(export, content)).generate(1)
    assert time.monotonic() - start < 2


def test_constants_in_other_files_end_before_these_do(export: Path) -> None:
    values = json.loads((export / manifest.FILE).read_text())
    values["graphs"]["decoder"]["weights"] = ["encoder.onnx"]
    (export / manifest.FILE).write_text(json.dumps(values))
    size = (export / "encoder.onnx").stat().st_size
    for offset, length, message in (
        (str(size - 8), "16", "ends after the end of 'encoder.onnx'"),
        ("0", "8", "says that it has 4 numbers, and has 2"),
        ("-4", "16", "lies at '-4' of another file"),
    ):
        with pytest.raises(DamagedFileError, match=message):
            vaezoo.load(sign(export, elsewhere("encoder.onnx", offset, length))).generate(1)


def test_every_published_graph_is_safe() -> None:
    from vaezoo.runtime import operators

    paths = sorted(ROOT.glob("export/*/*.onnx")) or pytest.skip("no checkout of the exports")
    for path in paths:
        others = {other.name: other.stat().st_size for other in path.parent.glob("*.onnx")}
        operators.check(path.read_bytes(), others)
