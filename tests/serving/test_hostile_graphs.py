"""Graphs that someone has made to do harm, in exports whose hashes are right."""

from __future__ import annotations

import dataclasses
import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import onnx_writer as write
import pytest

import vaezoo
from vaezoo._storage.files import describe
from vaezoo.errors import ConfigError, DamagedFileError, DataError
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
ROWS = [
    write.node("Reshape", ["z", "four"], "row"),
    write.node("Expand", ["row", "all"], "picture"),
]
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
    return decoder(
        write.node("Expand", ["z", "s"], "picture"), constants=[write.tensor("s", sizes)]
    )


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
    return decoder(*nodes, constants=[write.tensor("five", [10**4]), write.tensor("ten", [10, 10])])


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


def test_memory_has_a_limit_whatever_a_graph_does(export: Path) -> None:
    """Forty times twice as much: no size in the file says so."""
    nodes = [write.node("Concat", ["z", "z"], "s0", axis=0)]
    nodes += [write.node("Concat", [f"s{i}", f"s{i}"], f"s{i + 1}", axis=0) for i in range(40)]
    nodes.append(write.node("Reshape", ["s40", "four"], "picture"))
    sign(export, decoder(*nodes, constants=[write.tensor("four", [-1, 8, 8, 1])]))
    code = f"""
import vaezoo
from vaezoo._storage import memory
memory.available = lambda: 300_000_000
try:
    vaezoo.load({str(export)!r}).generate(1)
except vaezoo.errors.ConfigError as error:
    print(error)
"""
    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300
    )
    assert "not enough memory to run the decoder" in result.stdout, result.stderr


def gives(**pictures: bytes) -> bytes:
    """A decoder with a node for each of its outputs."""
    constants = [
        write.tensor("one", [1, 8, 8, 1]),
        write.tensor("zero", [0.0]),
        write.tensor("place", [0]),
        *SHAPES,
    ]
    nodes = [write.node("Log", ["zero"], "infinite"), write.node("Sqrt", ["infinite"], "nan")]
    return write.model(write.graph([*nodes, *ROWS, *pictures.values()], constants, INPUTS, OUTPUTS))


FIRST = write.node("Gather", ["picture", "place"], "first", axis=0)
KEPT = write.node("Identity", ["picture"], LOGITS)
OUTCOMES = {
    "one row": (
        [FIRST, write.node("Identity", ["first"], MEAN), KEPT],
        DamagedFileError,
        r"decoder gave mean of shape \[1, 8, 8, 1\] for 4 rows: expected \[4, 8, 8, 1\]",
    ),
    "twice the rows": (
        [write.node("Concat", ["picture", "picture"], MEAN, axis=0), KEPT],
        DamagedFileError,
        r"shape \[8, 8, 8, 1\] for 4 rows",
    ),
    "NaN": (
        [write.node("Add", ["picture", "nan"], MEAN), KEPT],
        DataError,
        "NaN or infinite values in 4 of 4 rows, first in row 0",
    ),
    "infinite": (
        [write.node("Add", ["picture", "infinite"], MEAN), KEPT],
        DataError,
        "NaN or infinite values",
    ),
}
METHODS = {
    "generate": lambda model: model.generate(4, seed=0),
    "decode": lambda model: model.decode(np.zeros((4, 8))),
    "decode_mean": lambda model: model.decode_mean(np.zeros((4, 8))),
    "reconstruct": lambda model: model.reconstruct(np.zeros((4, 8, 8, 1))),
}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_a_graph_gives(outcome: str, method: str, export: Path) -> None:
    nodes, error, message = OUTCOMES[outcome]
    content = gives(**{str(number): node for number, node in enumerate(nodes)})
    model = vaezoo.load(sign(export, content))
    with pytest.raises(error, match=message):
        METHODS[method](model)


def test_rows_after_the_first_piece_are_named(export: Path) -> None:
    """1 / z of the one row in which z is 0."""
    nodes = [write.node("Reciprocal", ["picture"], MEAN), KEPT]
    content = gives(**{str(number): node for number, node in enumerate(nodes)})
    z = np.ones((600, 8), np.float32)
    z[523] = 0
    with pytest.raises(DataError, match="in 1 of 88 rows, first in row 523"):
        vaezoo.load(sign(export, content)).decode_mean(z)


def encoder_of(*nodes: bytes) -> bytes:
    """An encoder of which `nodes` make mean and scale of "row", eight numbers of x."""
    row = write.node("Slice", ["flat", "from", "to", "axis"], "row")
    constants = [write.tensor(*pair) for pair in (
        ("two", [-1, 64]), ("from", [0]), ("to", [8]), ("axis", [1]), ("inf", [float("inf")]),
    )]  # fmt: skip
    outputs = [write.port(name, "batch", 8) for name in ("mean", "scale")]
    inputs = [write.port("x", "batch", 8, 8, 1)]
    flat = write.node("Reshape", ["x", "two"], "flat")
    return write.model(write.graph([flat, row, *nodes], constants, inputs, outputs))


@pytest.mark.parametrize("method", ["encode", "encode_mean", "reconstruct"])
def test_what_an_encoder_gives(method: str, export: Path) -> None:
    """Of z = NaN a decoder can make a picture as if nothing had been."""
    nodes = [write.node("Mul", ["row", "inf"], "mean"), write.node("Exp", ["row"], "scale")]
    sign(export, encoder_of(*nodes), "encoder.onnx")
    sign(export, decoder(*ROWS, constants=SHAPES))
    with pytest.raises(DataError, match="the encoder gave mean with NaN"):
        getattr(vaezoo.load(export), method)(np.zeros((2, 8, 8, 1)))


@pytest.mark.parametrize("num", [10**9, 10**12, 10**30])
def test_too_many_examples(num: int, export: Path) -> None:
    model = vaezoo.load(export)
    with pytest.raises(ConfigError, match=r"GB of memory, and .* GB are available: ask for fewer"):
        model.generate(num)
    with pytest.raises(ConfigError, match=r"noise for num=.* needs .* GB of memory"):
        model.sample_latents(num)


def test_too_many_threads(export: Path) -> None:
    with pytest.raises(ConfigError, match="num_threads=1000000: give 1 to 1024"):
        vaezoo.load(export, num_threads=10**6).generate(1)


def test_every_published_graph_is_safe() -> None:
    from vaezoo.runtime import operators

    paths = sorted(ROOT.glob("export/*/*.onnx")) or pytest.skip("no checkout of the exports")
    for path in paths:
        others = {other.name: other.stat().st_size for other in path.parent.glob("*.onnx")}
        operators.check(path.read_bytes(), others)
