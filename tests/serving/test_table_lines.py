"""Lines of a .csv, made of many rows at once, are those that texts give."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import vaezoo
from vaezoo.runtime.onnx_files import read
from vaezoo.runtime.pruning import pruned
from vaezoo.tables import Schema
from vaezoo.tables.csv_files import read_csv, write_csv, write_lines
from vaezoo.tables.kinds import (
    Category,
    Column,
    Constant,
    Count,
    Date,
    Identifier,
    Number,
    Ordinal,
    YesNo,
)
from vaezoo.tables.lines import Lines
from vaezoo.tables.turns import in_turn

EVERY: list[Column] = [
    Number("tenths", step=0.1, low=-3.0, high=4.0, special=(99.0,)),
    Number("halves", "learned", step=0.5),
    Number("thousands", step=1000.0, low=-5000.0, high=90_000.0),
    Number("any", "never"),
    Number("comma", step=0.01, comma=True),
    Number("wide", step=1.0, low=12_285.0, high=9_490_400.0),
    Number("hundredths", step=0.01, low=-1.0),
    Count("n", high=12.0, map="log", shift=1.0),
    Date("day"),
    Date("second", unit="s"),
    Ordinal("size", labels=("small", "big, or so")),
    Category("label", "learned", ('a "b"', "c,d", " e ", "", "ü\n", "f")),
    YesNo("zero", labels=("0", "1"), numeric=True),
    Identifier("key", "P", 7),
    Identifier("number"),
    Constant("same", "x, y"),
    Constant("nothing", ""),
]


def encoded(schema: Schema, num: int) -> np.ndarray:
    rng = np.random.default_rng(num)
    rows = rng.normal(size=(num, schema.width)) * rng.choice([1, 9, 2e4], (num, 1))
    rows[:, len(schema.learned) :] = rng.random((num, schema.width - len(schema.learned))) < 0.8
    return schema.nearest(rows)


@pytest.mark.parametrize("num", [1, 40, 3000])
def test_lines_are_those_of_texts(num: int, tmp_path: Path) -> None:
    """Of all columns at once, and of each alone: an empty cell is then no empty line."""
    for columns in (EVERY, *([column] for column in EVERY if column.is_learned)):
        schema = Schema(tuple(columns))
        rows, lines = encoded(schema, num), Lines(schema)
        table = schema.decode(rows, first=5)
        write_csv(tmp_path / "texts.csv", [schema.to_text(table)])
        write_lines(tmp_path / "lines.csv", [lines.header, lines(rows, 5)])
        expected = (tmp_path / "texts.csv").read_bytes()
        assert (tmp_path / "lines.csv").read_bytes() == expected, columns[0].name
        (read,) = read_csv(tmp_path / "lines.csv")
        if not any(column.name == "label" for column in columns):  # whose spaces a reader drops
            np.testing.assert_array_equal(schema.encode(read), rows)


def test_numbers_beyond_the_bounds_of_their_column_are_written() -> None:
    schema = Schema((Number("x", "never", step=0.1, low=0.0, high=2.0),))
    lines, rows = Lines(schema), np.repeat([[-0.5], [12.0], [1.0]], 9, axis=0)
    assert lines(rows).split() == [b"-0.5"] * 9 + [b"12.0"] * 9 + [b"1.0"] * 9
    assert lines(np.full((30, 1), 0.3)).split() == [b"0.3"] * 30


def test_results_come_in_turn_and_errors_are_raised() -> None:
    assert list(in_turn(lambda n: n * n, range(50))) == [n * n for n in range(50)]
    with pytest.raises(ZeroDivisionError):
        list(in_turn(lambda n: 1 // n, [1, 0, 2]))


EXPORT = Path(__file__).parents[2] / "export" / "nhanes_table"


def test_a_decoder_runs_what_its_output_needs() -> None:
    model, content = vaezoo.load(EXPORT), (EXPORT / "decoder.onnx").read_bytes()
    z = model.sample_latents(300, seed=0)
    whole = model.decode(z).parameters
    for name in ("cells", "mean"):
        np.testing.assert_array_equal(model.decoder_output(z, name), whole[name])
    nodes = {name: len(read(pruned(content, name)).nodes) for name in ("cells", "mean")}
    assert nodes["cells"] < 40 < nodes["mean"] <= len(read(content).nodes)


def test_generate_loads_no_more_than_it_needs(tmp_path: Path) -> None:
    """Of what takes long: the data sets, rules where there are none, masked arrays, pictures."""
    code = (
        "import sys; from vaezoo.cli import main\n"
        f"sys.argv[1:] = ['generate', {str(EXPORT.with_name('adult_table'))!r}, '-n', '5', '-o', "
        f"{str(tmp_path / 'x.csv')!r}]\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "slow = {'vaezoo.datasets', 'vaezoo.tables.rules', 'numpy.ma', 'PIL', 'tomllib', "
        "'vaezoo.latent', 'vaezoo.metrics.tables'}\n"
        "print('loaded', sorted(slow & {*sys.modules}))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert "loaded []" in result.stdout, result.stdout + result.stderr
    assert len((tmp_path / "x.csv").read_text().splitlines()) == 6
