"""Tables of any cells return exactly."""

from __future__ import annotations

import numpy as np
import pytest

from vaezoo.errors import DataError
from vaezoo.tables import Schema

mutations = pytest.importorskip("mutations", reason="needs hypothesis")
hypothesis, st = mutations.hypothesis, mutations.st


@hypothesis.settings(max_examples=60, deadline=None)
@hypothesis.given(
    st.lists(st.none() | st.integers(-(2**40), 2**40), min_size=2, max_size=30),
    st.integers(0, 9),
    st.lists(st.none() | st.text('ab ,"\n;é', max_size=4), min_size=30, max_size=30),
)
def test_any_table_returns_exactly(
    numbers: list[int | None], digits: int, words: list[str | None]
) -> None:
    cells = {
        "n": np.array([None if n is None else f"{n / 10**digits!r}" for n in numbers], object),
        "w": np.array([None if w is None else w for w in words[: len(numbers)]], object),
        "b": np.array(["yes", "no"] * len(numbers), object)[: len(numbers)],
    }
    try:
        schema = Schema.infer(cells, missing=("",))
    except DataError as error:  # many words differ: free text
        assert "'w' looks like" in str(error)
        schema = Schema.infer(cells, missing=("",), leave_out=["w"])
    rows = schema.encode(cells)
    back = schema.decode(rows)
    np.testing.assert_array_equal(schema.encode(back), rows)
    texts = schema.to_text(back)["n"]
    for text, number in zip(texts, cells["n"], strict=True):
        assert (text == "") == (number is None) and (not text or float(text) == float(number))
    assert Schema.of_dict(schema.to_dict()) == schema
