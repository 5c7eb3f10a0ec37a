"""Schemas of tables: what columns are found to be, the way to numbers and back, and bad input."""

from __future__ import annotations

import csv
import functools
import re
from pathlib import Path

import numpy as np
import pytest

from vaezoo import datasets
from vaezoo.errors import ConfigError, DamagedFileError, DataError, UnknownNameError
from vaezoo.tables import Schema, as_columns, read_table
from vaezoo.tables.csv_files import write_csv
from vaezoo.tables.kinds import Category, Count, Date, Identifier, Number, Ordinal

RNG = np.random.default_rng(0)
N = 400


def table() -> dict[str, np.ndarray]:
    """A column of every kind, as texts."""

    def column(values: object) -> np.ndarray:
        return np.array([*map(str, values)], object)  # type: ignore[call-overload]

    gain = np.where(RNG.random(N) < 0.8, 0, RNG.integers(100, 9000, N))
    gain[:9] = 99999
    days = np.datetime64("1500-03-01") + RNG.integers(0, 99999, N)
    holes = column(RNG.integers(0, 60, N))
    holes[::7] = ""
    return {
        "key": column(range(1000, 1000 + N)),
        "patient": column(f"P{n:05d}" for n in range(N)),
        "real": column(RNG.normal(size=N)),
        "price": column(np.round(RNG.lognormal(3, 1, N), 2)),
        "gain": column(gain),
        "salary": column(1000 * RNG.integers(20, 90, N)),
        "holes": holes,
        "city": column(RNG.choice(['Bad "Ems"', "Ulm, old", "two\nlines"], N)),
        "smokes": column(RNG.choice(["yes", "no"], N)),
        "flag": column(RNG.choice([0, 1], N)),
        "born": column(days),
        "seen": column(f"2020-01-02 03:04:{s:02d}" for s in RNG.integers(0, 60, N)),
        "same": column(["here"] * N),
        "void": column([""] * N),
    }


def test_each_kind_is_found() -> None:
    schema = Schema.infer(table())
    found = {column.name: column for column in schema.columns}
    kinds = {name: column.kind for name, column in found.items()}
    assert kinds == {
        "key": "identifier", "patient": "identifier", "real": "number", "price": "number",
        "gain": "count", "salary": "number", "holes": "count", "city": "category",
        "smokes": "yes_no", "flag": "yes_no", "born": "date", "seen": "date", "same": "constant",
        "void": "constant",
    }  # fmt: skip
    price, gain, holes = found["price"], found["gain"], found["holes"]
    assert isinstance(price, Number) and (price.step, price.map) == (0.01, "log")
    assert isinstance(gain, Number) and gain.special == (0, 99999)
    assert isinstance(holes, Number) and (holes.missing, holes.special) == ("learned", ())
    assert found["salary"].step == 1000 and found["real"].step == 0  # type: ignore[attr-defined]
    assert found["seen"].unit == "s" and found["born"].unit == "D"  # type: ignore[attr-defined]


def test_the_way_to_numbers_and_back_is_exact() -> None:
    cells = table()
    schema = Schema.infer(cells)
    rows = schema.encode(cells)
    assert rows.shape == (N, schema.width) == (N, 20)
    back = schema.decode(rows)
    np.testing.assert_array_equal(schema.encode(back), rows)
    texts = schema.to_text(back)
    for name in ("gain", "holes", "salary", "city", "smokes", "flag", "born", "same", "void"):
        assert texts[name] == cells[name].tolist(), name
    for name in ("real", "price"):  # the same numbers, maybe with a 0 at their end
        assert [float(text) for text in texts[name]] == [float(text) for text in cells[name]]
    assert back["born"].dtype == "M8[D]" and back["born"].min() < np.datetime64("1677-01-01")
    assert texts["seen"][0] == cells["seen"][0].replace(" ", "T")
    assert texts["patient"][:2] == ["P1", "P2"] and texts["key"][0] == "1000"  # made anew


def test_a_file_has_the_same_table(tmp_path: Path) -> None:
    cells = table()
    schema = Schema.infer(cells)
    rows = schema.encode(cells)
    texts = schema.to_text(schema.decode(rows))
    assert write_csv(tmp_path / "t.csv", [texts, texts]) == 2 * N
    with open(tmp_path / "t.csv", newline="", encoding="utf-8") as file:
        assert next(csv.reader(file)) == schema.names
    pieces = list(read_table(tmp_path / "t.csv", piece=150))
    assert [len(piece["real"]) for piece in pieces] == [150] * 5 + [50]
    found = np.concatenate([schema.encode(piece) for piece in pieces])
    np.testing.assert_array_equal(found, np.concatenate([rows, rows]))
    again = Schema.infer(read_table(tmp_path / "t.csv", piece=150), leave_out=["patient", "key"])
    assert again.learned == schema.learned


def test_a_schema_is_written_read_and_corrected(tmp_path: Path) -> None:
    schema = Schema.infer(table(), missing=("", "void"))
    schema.write(tmp_path / "s.toml")
    assert Schema.read(tmp_path / "s.toml") == schema
    text = (tmp_path / "s.toml").read_text()
    assert 'name = "price"\nkind = "number"' in text
    (tmp_path / "s.toml").write_text(text.replace('kind = "number"', 'kind = "numbr"', 1))
    with pytest.raises(DamagedFileError, match=r"columns\[2\]: 'numbr' is not one of number, "):
        Schema.read(tmp_path / "s.toml")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has no columns"),
        ("columns = []", "0 columns: expected 1 to"),
        ("colours = 1\ncolumns = []", "'colours' is no key of a schema"),
        ('[[columns]]\nkind = "count"', r"columns\[0\]: a column has no name"),
        ('[[columns]]\nname = "a"\nkind = "count"\nlabels = ["b"]', "'labels' is no key"),
        ('[[columns]]\nname = "a"\nkind = "count"\nmissing = "maybe"', "'maybe' is not one of"),
        ('[[columns]]\nname = "a"\nkind = "category"', "has 0 labels"),
        ('[[columns]]\nname = "a"\nkind = "ordinal"\nlabels = ["b"]', "two labels or more"),
        ('[[columns]]\nname = "a"\nkind = "number"\nmap = "log"', "map 'log' needs low"),
        ('[[columns]]\nname = "a"\nkind = "number"\nlow = 2\nhigh = 1', "a low below the high"),
        ('[[columns]]\nname = "a"\nkind = "constant"', "no column can be learned"),
        ('[[columns]]\nname = "a"\nkind = "count"\n' * 2, "two columns 'a'"),
    ],
)
def test_a_wrong_schema_is_refused(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "s.toml").write_text(text)
    with pytest.raises(DamagedFileError, match=message):
        Schema.read(tmp_path / "s.toml")


def test_typed_columns_are_the_same_as_their_texts() -> None:
    typed = {
        "int": np.arange(40) % 7, "float": np.round(RNG.normal(size=40), 2),
        "bool": RNG.random(40) < 0.5, "day": np.datetime64("2001-01-01") + np.arange(40),
        "text": np.array(["a", "b", None, "c"] * 10, object),
    }  # fmt: skip
    schema = Schema.infer(typed)
    kinds = [column.kind for column in schema.columns]
    assert kinds == ["number", "number", "yes_no", "date", "category"]
    rows = schema.encode(typed)
    texts = schema.to_text(schema.decode(rows))
    as_texts = {name: np.array(column, object) for name, column in texts.items()}
    np.testing.assert_array_equal(schema.encode(as_texts), rows)
    np.testing.assert_array_equal(schema.decode(rows)["float"], typed["float"])


def test_frames_of_other_packages(tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(
        {
            "age": pandas.array([34, None, 7], "Int64"), "score": [0.5, np.nan, 1.5],
            "kind": pandas.Categorical(["a", "b", None]), "on": [True, False, True],
            "day": pandas.to_datetime(["2001-02-03", None, "1999-01-01"]),
        }
    )  # fmt: skip
    expected = as_columns(frame)
    assert expected["kind"].tolist() == ["a", "b", None]
    np.testing.assert_array_equal(expected["age"], [34, np.nan, 7])
    assert expected["day"].dtype == "M8[D]" and np.isnat(expected["day"][1])
    others = []
    if pytest.importorskip("pyarrow"):
        frame.to_parquet(tmp_path / "t.parquet")
        others += [next(read_table(tmp_path / "t.parquet"))]
    if polars := pytest.importorskip("polars"):
        others += [as_columns(polars.from_pandas(frame))]
    for found in others:
        for name, column in expected.items():
            np.testing.assert_array_equal(found[name], column)


def read(folder: Path, content: bytes | str) -> Schema:
    path = folder / "t.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return Schema.infer(read_table(path))


ROWS = "\n".join(f"{i % 13},x{i % 3}" for i in range(30))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "no name in its header for column 1"),
        ("a,b\n", "has no rows"),
        ("a,,c\n1,2,3", "no name in its header for column 2"),
        ("a,a\n1,2", "two columns 'a' in its header"),
        ("a,b\n1,2\n3\n", "1 cells in the row that ends in line 3: expected 2"),
        (f"a,b\n{ROWS}\ninf,x1", "column 'a', row 30: 'inf' is no finite number"),
        (f"a,b\n{ROWS}\n1e308,x1", "column 'a', row 30: '1e308' is no finite number"),
        (f"a,b\n{ROWS}\n".encode() + b"\xe9,x1\n", "a byte in line 32 that is not utf-8"),
        ("a,b\n" + "\n".join(f"{i},x" for i in range(40)) + "\nold,x",
         "column 'a' has numbers, and others such as 'old' in row 40"),
        ("a,b\n" + "\n".join(f'"{i},{i % 9 + 1}00",x{i % 2}' for i in range(1, 40)),
         "decimal comma"),
        ("a,b\n" + "\n".join(f"{i % 5},he said {i} words of it" for i in range(40)),
         "column 'b' looks like free text"),
        ('a,b\n1,"x\n', "cannot be read as a .csv"),
        ("a,b\n1,x\n1,x\n", "no column can be learned"),
        ("a,b\n1,x\n", "no column can be learned"),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_its_place(
    content: bytes | str, message: str, tmp_path: Path
) -> None:
    with pytest.raises(DataError, match=message) as error:
        read(tmp_path, content)
    assert "\n" not in str(error.value)


def test_odd_files_that_are_right(tmp_path: Path) -> None:
    plain = read(tmp_path, f"a,b\n{ROWS}\n")
    assert read(tmp_path, b"\xef\xbb\xbf" + f"a,b\r\n{ROWS}\n".encode()) == plain
    assert read(tmp_path, f"a,b\n{ROWS}\n".encode("utf-16")) == plain
    assert read(tmp_path, f"a;b\n{ROWS}\n".replace(",", ";")) == plain
    comma = read(tmp_path, "a;b\n" + "\n".join(f"{i},25;x{i % 2}" for i in range(30)))
    (number, _) = comma.learned
    assert isinstance(number, Number) and number.comma and number.low == 0.25
    assert number.text(np.array([1.5, np.nan])) == ["1,50", ""]
    assert number.read(np.array(["1,25"], object)).tolist() == [1.25]
    wide = read(tmp_path, "a,b\n" + "\n".join(f"{2**60 + i},x{i % 2}" for i in range(30)))
    assert isinstance(wide.columns[0], Identifier)
    labels = "a,b\n" + "\n".join(f"{i % 7},c{i % 10_000}" for i in range(20_000))
    many = read(tmp_path, labels).learned[1]
    assert isinstance(many, Category) and len(many.labels) == 10_000
    header = ",".join(f"c{i}" for i in range(2000))
    line = ",".join(str(i % 5) for i in range(2000))
    other = line.replace("4", "3")
    assert read(tmp_path, f"{header}\n{line}\n{other}").width == 2 * 400


def test_cells_that_the_schema_does_not_have_are_named() -> None:
    schema = Schema(
        (
            Number("age", low=0, high=120, step=1), Category("sex", labels=("f", "m")),
            Date("day"), Count("visits", "never"),
            Ordinal("pain", labels=("none", "mild", "bad")),
        )
    )  # fmt: skip
    good = {"age": ["5"], "sex": ["m"], "day": ["2000-01-01"], "visits": ["2"], "pain": ["mild"]}

    def encode(**changes: list[object]) -> np.ndarray:
        columns = {k: np.array(v, object) for k, v in {**good, **changes}.items()}
        return schema.encode({"other": np.array([1]), **columns}, first=10)

    assert encode().tolist() == [[5, 1, 10957, 2, 1, 1, 1, 1, 1]]
    assert schema.decode(encode(pain=["bad"]))["pain"].tolist() == ["bad"]
    for name, cell, message in (
        ("age", "old", "'old' is no number"), ("age", "-1", "'-1' is below the schema's 0"),
        ("age", "121", "above the schema's 120"), ("age", "1.5", "no multiple of the schema's"),
        ("sex", "x", "none of the column's labels, f, m"), ("day", "1/2/99", "no date such as"),
        ("day", "2001-02-30", "no date such as"), ("visits", "", "is missing, which this column"),
        ("pain", "awful", "none of the column's labels"), ("age", "1e300", "no finite number"),
    ):  # fmt: skip
        with pytest.raises(DataError, match=f"column '{name}', row 10: .*{re.escape(message)}"):
            encode(**{name: [cell]})
    with pytest.raises(DataError, match="lacks the column 'sex' and 3 more: it has age"):
        schema.encode({"age": np.array([1])})
    part = schema.encode({"visits": np.array([1]), "age": np.array([1])}, absent=True)
    assert part.tolist() == [[1, 0, 0, 1, 0, 1, 0, 0, 0]]


def test_rare_labels_are_pooled_by_choice() -> None:
    cells = {"c": np.array(["a"] * 20 + ["b"] * 20 + ["x", "y", "z"], object)}
    assert Schema.infer(cells).learned[0].labels == ("a", "b", "x", "y", "z")  # type: ignore
    schema = Schema.infer(cells, rare=5)
    assert schema.encode({"c": np.array(["b", "new"], object)})[:, 0].tolist() == [1, 2]
    assert schema.decode(schema.encode(cells))["c"].tolist()[-1] == "(other)"
    with pytest.raises(UnknownNameError, match="did you mean 'c'"):
        Schema.infer(cells, leave_out=["C"])


def test_what_is_no_table_is_refused() -> None:
    with pytest.raises(DataError, match="a int is no table"):
        as_columns(3)
    with pytest.raises(DataError, match=r"shape \[2, 2\]: expected \[N\]"):
        as_columns({"a": np.zeros((2, 2))})
    with pytest.raises(ConfigError, match=r"expected a table, a name that ends in \.csv"):
        read_table("x.txt")
    with pytest.raises(DataError, match="does not exist"):
        list(read_table("absent.csv"))


def test_a_table_that_does_not_fit_into_memory_stays_on_disk(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a,b\n" + "\n".join(f"{i % 97},x{i % 3}" for i in range(900)))
    every = datasets.load_rows(path)
    assert isinstance(every.test, np.ndarray) and every.schema is not None
    assert every.test.shape == (900, Schema.of_dict(every.schema).width) == (900, 4)
    pieces = functools.partial(read_table, piece=100)
    monkeypatch.setattr("vaezoo.datasets.own.tabular.read_table", pieces)
    monkeypatch.setattr("vaezoo.datasets.own.tabular.fits", lambda size: size < 2 * 350 * 16)
    on_disk = datasets.load_rows(path)
    assert not isinstance(on_disk.test, np.ndarray)
    np.testing.assert_array_equal(on_disk.test[np.arange(900)], every.test)
    assert on_disk.train.dtype == np.float32
    split = datasets.load(path, leave_out=["a"])
    assert split.data_shape == (2,) and len(split.train) == 720
